"""The suite's results as a table for people and as JSON for programs."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.pairing import Interval
from benchmarks.stage import Result

_HEADINGS = ("stage", "plain", "ours", "figure [95 %]", "target", "met?")


def write_table(results: Sequence[Result]) -> str:
    """Return a line for each stage, and below them what was measured and compared."""
    rows = [_row(result) for result in results]
    widths = [max(map(len, column)) for column in zip(_HEADINGS, *rows, strict=True)]
    return "\n".join(
        [
            _line(_HEADINGS, widths),
            "  ".join("-" * width for width in widths),
            *(_line(row, widths) for row in rows),
            "",
            *_notes(results),
        ]
    )


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return everything that was measured, for JSON."""
    return [
        {
            "stage": result.stage.name,
            "goal": result.stage.goal,
            "target": result.stage.target,
            "unit": result.stage.unit,
            "figure": asdict(result.figure),
            "met": result.is_met,
            "plain": list(result.measurement.plain),
            "ours": list(result.measurement.ours),
            "note": result.measurement.note,
            "checked": result.measurement.checked,
            "details": dict(result.measurement.details),
            "growths": [asdict(growth) for growth in result.measurement.growths],
        }
        for result in results
    ]


def _row(result: Result) -> tuple[str, ...]:
    stage, found = result.stage, result.measurement
    missed = "no *" if stage.why_missed else "no"
    return (
        stage.name,
        f"{_short(statistics.median(found.plain))} {stage.unit}" if found.plain else "-",
        f"{_short(statistics.median(found.ours))} {stage.unit}",
        _figure(result.figure, stage.goal != "at_most"),
        _target(result),
        "yes" if result.is_met else missed,
    )


def _figure(found: Interval, is_ratio: bool) -> str:
    sign = " x" if is_ratio else ""
    return f"{_short(found.median)}{sign} [{_short(found.low)}, {_short(found.high)}]"


def _target(result: Result) -> str:
    stage = result.stage
    if stage.goal == "at_most":
        return f"<= {_short(stage.target)} {stage.unit}"
    return f"{'>=' if stage.goal == 'times_faster' else '<='} {_short(stage.target)} x"


def _notes(results: Sequence[Result]) -> Iterator[str]:
    for result in results:
        found = result.measurement
        yield f"{result.stage.name}: {found.note}; checked: {found.checked}"
        if not result.is_met and result.stage.why_missed:
            yield f"  * {result.stage.why_missed}"


def _short(value: float) -> str:
    """Return the value with three significant digits, or as a whole number from 100.

    >>> _short(1234.6), _short(12.34), _short(0.01234)
    ('1,235', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
