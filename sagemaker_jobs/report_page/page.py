"""The report as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from html import escape
from pathlib import Path

from sagemaker_jobs.report_page import listings, sections
from sagemaker_jobs.report_page.measured import Measured

_STYLE = Path(__file__).with_name("page.css")
_SECTIONS = (
    ("training", "Training curves", sections.training),
    ("verdicts", "Confusion matrix", sections.verdicts),
    ("ranking", "ROC and precision-recall", sections.ranking),
    ("calibration", "Calibration", sections.calibration),
    ("coverage", "Accuracy against coverage", sections.coverage),
    ("slices", "Slices", listings.slices),
    ("mistakes", "Worst mistakes", listings.mistakes),
)
# up to the model's version; by this a page is known as ours and may be replaced
PAGE_BEGINNING = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Model """


def render(measured: Measured, made_on: str) -> str:
    """The page; `made_on` is its day."""
    parts = [(name, title, write(measured)) for name, title, write in _SECTIONS]
    parts += [
        (f"attached-{n}", title, listings.attachment(content, title, measured))
        for n, (title, content) in enumerate(measured.attachments.items(), start=1)
    ]
    parts.append(("model", "The model", listings.model(measured)))
    links = "".join(f'<li><a href="#{name}">{escape(title)}</a></li>' for name, title, _ in parts)
    body = "\n".join(
        f'<section id="{name}" aria-labelledby="{name}-title">'
        f'<h2 id="{name}-title">{escape(title)}</h2>\n{content}</section>'
        for name, title, content in parts
    )
    version = escape(measured.rows[0].model_version)
    return f"""{PAGE_BEGINNING}{version} on {escape(measured.named)}</title>
<style>
{_STYLE.read_text("utf-8")}</style>
</head>
<body>
<header>
<h1>How good is the model?</h1>
<p class="lead">Model {version} on {escape(measured.named)}. Report of {escape(made_on)}.</p>
{sections.headline(measured)}
<nav aria-label="Sections"><ul>{links}</ul></nav>
</header>
<main>
{body}
</main>
<footer><p>Made by <code>python -m sagemaker_jobs report</code>. No text of a review is in this
page.</p></footer>
</body>
</html>
"""
