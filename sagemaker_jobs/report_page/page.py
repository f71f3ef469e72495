"""The report as one HTML file that needs nothing else: no script, no font, no address."""

from __future__ import annotations

from sagemaker_jobs.report_page import listings, sections
from sagemaker_jobs.report_page.measured import Measured
from sagemaker_jobs.report_page.tables import read_part, render_template

_TITLES = {
    "training": "Training curves",
    "verdicts": "Confusion matrix",
    "ranking": "ROC and precision-recall",
    "calibration": "Calibration",
    "coverage": "Accuracy against coverage",
    "slices": "Slices",
    "mistakes": "Worst mistakes",
}
# up to the model's version; `report` replaces a page only if it begins like this
PAGE_BEGINNING = read_part("page.html").partition("{{")[0]


def render(measured: Measured, made_on: str) -> str:
    """Return the page; `made_on` is the report's date."""
    attached = {f"attached-{n}": title for n, title in enumerate(measured.attachments, start=1)}
    return render_template(
        "page.html",
        style=read_part("page.css"),
        titles={**_TITLES, **attached, "model": "The model"},
        version=measured.rows[0].model_version,
        reviews=measured.reviews,
        made_on=made_on,
        archive=measured.archive,
        headline=sections.headline(measured),
        compared=measured.compared and measured.compared.text(),
        training=sections.training(measured),
        verdicts=sections.verdicts(measured),
        ranking=sections.ranking(measured),
        calibration=sections.calibration(measured),
        coverage=sections.coverage(measured),
        slices=listings.slices(measured),
        mistakes=listings.mistakes(measured),
        attachments={
            name: listings.attachment(measured, title) for name, title in attached.items()
        },
        facts=listings.facts(measured),
    )
