"""The report's sections that list: slices, mistakes, other measurements, the model itself."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from sagemaker_jobs.report_page.boxes import details
from sagemaker_jobs.report_page.genres import GENRE_WORDS, LEAST_MENTIONS
from sagemaker_jobs.report_page.measured import Measured
from sagemaker_jobs.report_page.slices import (
    Slice,
    by_genre,
    by_length,
    by_rating,
    whole,
    worst_mistakes,
)
from sagemaker_jobs.report_page.tables import Cell, Markup, json_tables, table

_N_MISTAKES = 30


def slices(measured: Measured) -> str:
    """Accuracy by length, rating and genre, with Wilson's interval."""
    everything = whole(measured.rows)
    made = [
        _slice_table("By length, in fifths", by_length(measured.rows), everything),
        _slice_table("By star rating", by_rating(measured.rows), everything),
    ]
    if measured.genres is None:
        place = escape(str(measured.archive))
        made.append(f"<p>By genre: left out, for the archive's texts are not in {place}.</p>")
    else:
        made.append(_slice_table("By genre", by_genre(measured.rows, measured.genres), everything))
        words = table(
            "Genre words",
            ("genre", "words"),
            [(genre, ", ".join(listed)) for genre, listed in sorted(GENRE_WORDS.items())],
        )
        made.append(
            f"<p>A review belongs to each genre of whose words it holds at least {LEAST_MENTIONS}, "
            "so to several or to none. That is a rough reading of texts, no catalogue of "
            f"films.</p>{details('The words of each genre', words)}"
        )
    return (
        "<p>The bar is Wilson's 95 % interval, the tick the accuracy; the dashed line is the "
        f"accuracy on all reviews, {everything.accuracy:.4f}.</p>{''.join(made)}"
    )


def _slice_table(caption: str, found: Sequence[Slice], everything: Slice) -> str:
    floor = min(0.8, *(part.interval[0] for part in found))

    def place(rate: float) -> float:
        return 100 * (rate - floor) / (1 - floor)

    rows: list[tuple[Cell, ...]] = []
    for part in found:
        low, high = part.interval
        bar = (
            '<svg class="range" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
            f'<line class="all" x1="{place(everything.accuracy):.1f}" y1="0" '
            f'x2="{place(everything.accuracy):.1f}" y2="10"/>'
            f'<line x1="{place(low):.1f}" y1="5" x2="{place(high):.1f}" y2="5"/>'
            f'<line class="rate" x1="{place(part.accuracy):.1f}" y1="1.5" '
            f'x2="{place(part.accuracy):.1f}" y2="8.5"/></svg>'
        )
        rows.append(
            (
                part.name,
                f"{part.n:,}",
                f"{part.accuracy:.4f}",
                Markup(bar),
                f"{low:.3f} to {high:.3f}",
            )
        )
    columns = ("reviews with", "count", "accuracy", f"from {floor:.2f} to 1", "95 % interval")
    return table(caption, columns, rows)


def mistakes(measured: Measured) -> str:
    """The ids of the wrong verdicts that the model was surest of."""
    worst = worst_mistakes(measured.rows, _N_MISTAKES)
    if not worst:
        return "<p>No verdict is wrong.</p>"
    example = shlex.quote(f"{measured.archive}/{worst[0].id}.txt")
    listed = table(
        f"The {len(worst)} wrong verdicts with the highest confidence",
        ("review", "label", "stars", "score", "words"),
        [
            (
                row.id,
                "positive" if row.label else "negative",
                str(row.rating or ""),
                f"{row.score:.6f}",
                f"{row.words:,}",
            )
            for row in worst
        ],
    )
    return (
        "<p>Ids only: the reviews' texts are their authors'. To read one in the extracted "
        f"archive:</p><pre><code>fold -s -w 100 {escape(example)}</code></pre>{listed}"
    )


def attachment(content: Mapping[str, Any], title: str, measured: Measured) -> str:
    """Another measurement's JSON as tables; said if it is another model's."""
    version = content.get("model_version")
    other = (
        f"<p><strong>Of another model: {escape(str(version))}.</strong></p>"
        if version and version != measured.rows[0].model_version
        else ""
    )
    return other + json_tables(content, title)


def model(measured: Measured) -> str:
    """What the artifact says of itself."""
    shown = {
        name: field
        for name, field in measured.description.items()
        if name not in {"training", "sha256", "digest"}
    }
    facts = {**shown, **{k: v for k, v in measured.training.items() if not isinstance(v, list)}}
    return f"<dl>{''.join(_fact(name, field) for name, field in facts.items())}</dl>"


def _fact(name: str, field: Any) -> str:
    if isinstance(field, Mapping):
        text = ", ".join(f"{key.replace('_', ' ')} {part}" for key, part in field.items())
    else:
        text = str(field)
    return f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(text)}</dd>"
