"""The values of the report's lists: slices, mistakes, other measurements, the model itself."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

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
from sagemaker_jobs.report_page.tables import json_tables, table

_N_MISTAKES = 30
_LOWEST_FLOOR = 0.8  # the bars begin here, or lower if an interval does
_BAR = Markup(
    '<svg class="range" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
    '<line class="all" x1="{all:.1f}" y1="0" x2="{all:.1f}" y2="10"/>'
    '<line x1="{low:.1f}" y1="5" x2="{high:.1f}" y2="5"/>'
    '<line class="rate" x1="{rate:.1f}" y1="1.5" x2="{rate:.1f}" y2="8.5"/></svg>'
)


def slices(measured: Measured) -> dict[str, Any]:
    """Return accuracy by length, rating and, if the texts are there, genre, with intervals."""
    everything = whole(measured.rows)
    found = {
        "accuracy": everything.accuracy,
        "by_length": _slice_table("By length, in fifths", by_length(measured.rows), everything),
        "by_rating": _slice_table("By star rating", by_rating(measured.rows), everything),
        "by_genre": None,
    }
    if measured.genres is None:
        return found
    genres = by_genre(measured.rows, measured.genres)
    words = [(genre, ", ".join(listed)) for genre, listed in sorted(GENRE_WORDS.items())]
    return found | {
        "by_genre": _slice_table("By genre", genres, everything),
        "genre_words": table("Genre words", ("genre", "words"), words),
        "least_mentions": LEAST_MENTIONS,
    }


def _slice_table(caption: str, found: Sequence[Slice], everything: Slice) -> Markup:
    floor = min(_LOWEST_FLOOR, *(part.interval[0] for part in found))

    def percent(rate: float) -> float:
        return 100 * (rate - floor) / (1 - floor)

    rows = []
    for part in found:
        low, high = part.interval
        bar = _BAR.format(
            all=percent(everything.accuracy),
            low=percent(low),
            high=percent(high),
            rate=percent(part.accuracy),
        )
        interval = f"{low:.3f} to {high:.3f}"
        rows.append((part.name, f"{part.n:,}", f"{part.accuracy:.4f}", bar, interval))
    columns = ("reviews with", "count", "accuracy", f"from {floor:.2f} to 1", "95 % interval")
    return table(caption, columns, rows)


def mistakes(measured: Measured) -> dict[str, Any] | None:
    """Return the ids of the wrong verdicts with the highest confidence; None if there are none."""
    worst = worst_mistakes(measured.rows, _N_MISTAKES)
    if not worst:
        return None
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
    return {"example": shlex.quote(f"{measured.archive}/{worst[0].id}.txt"), "listed": listed}


def attachment(measured: Measured, title: str) -> dict[str, Any]:
    """Return another measurement as tables, and the model's version if it is another model."""
    content = measured.attachments[title]
    version = content.get("model_version")
    return {
        "other": version if version != measured.rows[0].model_version else None,
        "tables": json_tables(content, title),
    }


def facts(measured: Measured) -> Iterator[tuple[str, str]]:
    """Yield what the artifact says about itself: name and text."""
    left_out = {"training", "sha256", "digest"}
    shown = {name: field for name, field in measured.description.items() if name not in left_out}
    shown |= {k: v for k, v in measured.training.items() if not isinstance(v, list)}
    for name, field in shown.items():
        text = str(field)
        if isinstance(field, Mapping):
            text = ", ".join(f"{key.replace('_', ' ')} {part}" for key, part in field.items())
        yield name.replace("_", " "), text
