"""What a stage of the suite is, and what comes of measuring it.

A stage measures itself: `measure(setting)` compares the optimised answer with the plain one first
(a wrong answer is not fast) and returns the times of both, one a round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.pairing import Interval, interval, ratios

# times_faster   plain / ours, at least the target
# times_as_long  ours / plain, at most the target
# at_most        ours, in the stage's unit, at most the target
Goal = Literal["times_faster", "times_as_long", "at_most"]
_SLACK = 2.0  # a quick run on any machine fails only where the target is missed twofold
_TIMES = ("ms", "s")  # which other machines, and busy ones, take more of


class WrongAnswerError(Exception):
    """The optimised way does not answer as the plain one does."""


@dataclass(frozen=True)
class Setting:
    """What stages are measured with."""

    quick: bool
    archive: Path | None  # the extracted IMDB archive; None for made-up reviews
    model: Path  # the served model: an artifact folder or a model.tar.gz

    def size(self, quick: int, full: int) -> int:
        """The quick or the full size."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Growth:
    """How a cost grows with a size; written as a plot of its own."""

    name: str  # of the file, after the suite's: 'reviews'
    title: str
    x: str  # what grows: 'reviews'
    y: str  # what it costs: 'seconds'
    sizes: Sequence[int]
    values: Sequence[Sequence[float]]  # one list a round, one value a size


@dataclass(frozen=True)
class Measurement:
    """One value a round of each way, in the stage's unit; `plain` is empty where there is none."""

    plain: Sequence[float]
    ours: Sequence[float]
    note: str  # what was measured: sizes, samples
    checked: str  # what was found equal before
    details: Mapping[str, Any] = field(default_factory=dict)  # for the JSON
    growths: Sequence[Growth] = ()


@dataclass(frozen=True)
class Stage:
    """One row of the table."""

    name: str
    goal: Goal
    target: float
    unit: str  # of one round's value: 'ms a review', 'kB'
    measure: Callable[[Setting], Measurement]
    why_missed: str = ""  # where the target is beyond this machine: the reason, in a sentence
    in_quick: bool = True
    forget: Callable[[], object] = lambda: None  # what earlier measurements left, before another


@dataclass(frozen=True)
class Result:
    """A measured stage."""

    stage: Stage
    measurement: Measurement

    @property
    def figure(self) -> Interval:
        """What is held against the target."""
        found = self.measurement
        if self.stage.goal == "times_faster":
            return interval(ratios(found.plain, found.ours))
        if self.stage.goal == "times_as_long":
            return interval(ratios(found.ours, found.plain))
        return interval(found.ours)

    @property
    def is_met(self) -> bool:
        return self._keeps(self.stage.target)

    @property
    def is_within_twice(self) -> bool:
        """Whether the target is met at least by half; an absolute time is never held against it."""
        if self.stage.goal == "at_most" and self.stage.unit in _TIMES:
            return True
        more = self.stage.goal == "times_faster"
        return self._keeps(self.stage.target / _SLACK if more else self.stage.target * _SLACK)

    def _keeps(self, target: float) -> bool:
        median = self.figure.median
        return median >= target if self.stage.goal == "times_faster" else median <= target


def require(*, equal: bool, what: str) -> None:
    """Raise WrongAnswerError unless `equal`."""
    if not equal:
        raise WrongAnswerError(what)


def furthest(plain: Sequence[float], ours: Sequence[float]) -> float:
    """The greatest distance of two answers' scores.

    >>> furthest([0.5, 0.25], [0.5, 0.5])
    0.25
    """
    return max(abs(a - b) for a, b in zip(plain, ours, strict=True))
