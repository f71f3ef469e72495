"""The suite's results as pictures: each stage against its target, and how cost grows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.stage import Growth, Result

_MET, _MISSED = "#1b7f5c", "#b3401f"


def write_plot(results: Sequence[Result], path: Path) -> None:
    """Write an SVG; right of the line is better than the target, whiskers show the interval."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(8, 0.45 * len(results) + 1.2), layout="constrained")
    for place, result in enumerate(reversed(results)):
        low, middle, high = sorted(_share_of_target(result))
        colour = _MET if result.is_met else _MISSED
        axes.plot([low, high], [place, place], color=colour, linewidth=2)
        axes.plot([middle], [place], "o", color=colour)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_xlabel("share of the target reached (right of the line: better than the target)")
    axes.set_yticks(range(len(results)), [result.stage.name for result in reversed(results)])
    axes.grid(axis="x", which="both", alpha=0.25)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write_growth(growth: Growth, path: Path) -> None:
    """Write an SVG of cost against size, both logarithmic; the dashed line shows linear growth."""
    plt = _pyplot()
    middle = [statistics.median(of_size) for of_size in zip(*growth.values, strict=True)]
    figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
    for of_round in growth.values:
        axes.plot(growth.sizes, of_round, ".", color=_MET, alpha=0.5)
    axes.plot(growth.sizes, middle, color=_MET, linewidth=2)
    proportional = [middle[-1] * size / growth.sizes[-1] for size in growth.sizes]
    axes.plot(growth.sizes, proportional, "--", color="black", linewidth=1)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(growth.title)
    axes.set_xlabel(growth.x)
    axes.set_ylabel(growth.y)
    axes.grid(which="both", alpha=0.25)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _pyplot() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"  # the same results give the same file
    from matplotlib import pyplot as plt

    return plt


def _share_of_target(result: Result) -> tuple[float, float, float]:
    found, target = result.figure, result.stage.target
    values = (found.low, found.median, found.high)
    if result.stage.goal == "times_faster":
        low, median, high = (value / target for value in values)
    else:
        low, median, high = (target / value for value in values)
    return low, median, high
