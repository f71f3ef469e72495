"""A stage of the suite, and the result of measuring it.

A stage measures itself: `measure(setting)` first compares our answer with the plain one (a wrong
answer is not fast), then returns the times of both, one a round.
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
_TIMES = ("ms", "s")  # slower on other machines and on busy ones
TOLERANCE = 1e-5  # between scores, losses or gradients that are equal


class WrongAnswer(Exception):
    """Our implementation's answer differs from the plain one's."""


@dataclass(frozen=True)
class Setting:
    """The sizes and files that stages are measured with."""

    quick: bool
    archive: Path | None  # the extracted IMDB archive; None for synthetic reviews
    model: Path  # the served model: an artifact folder or a model.tar.gz

    def size(self, quick: int, full: int) -> int:
        """Return the quick or the full size."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Growth:
    """How a cost grows with a size; it gets its own plot."""

    name: str  # the end of the plot's file name: 'reviews'
    title: str
    x: str  # what grows: 'reviews'
    y: str  # what it costs: 'seconds'
    sizes: Sequence[int]
    values: Sequence[Sequence[float]]  # one list a round, one value a size


@dataclass(frozen=True)
class Measurement:
    """One value a round for each implementation, in the stage's unit; `plain` may be empty."""

    plain: Sequence[float]
    ours: Sequence[float]
    note: str  # sizes and samples
    checked: str  # which answers were compared first
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
    why_missed: str = ""  # the reason, if this machine cannot reach the target
    in_quick: bool = True
    forget: Callable[[], object] = lambda: None  # clears caches before another measurement


@dataclass(frozen=True)
class Result:
    """A measured stage."""

    stage: Stage
    measurement: Measurement

    @property
    def figure(self) -> Interval:
        """The value that is compared with the target."""
        found = self.measurement
        if self.stage.goal == "times_faster":
            return interval(ratios(found.plain, found.ours))
        if self.stage.goal == "times_as_long":
            return interval(ratios(found.ours, found.plain))
        return interval(found.ours)

    @property
    def is_met(self) -> bool:
        return self._meets(self.stage.target)

    @property
    def is_within_twice(self) -> bool:
        """Whether the target is missed by less than twofold; always true of absolute times."""
        if self.stage.goal == "at_most" and self.stage.unit in _TIMES:
            return True
        more = self.stage.goal == "times_faster"
        return self._meets(self.stage.target / _SLACK if more else self.stage.target * _SLACK)

    def _meets(self, target: float) -> bool:
        median = self.figure.median
        return median >= target if self.stage.goal == "times_faster" else median <= target


def require(*, equal: bool, what: str) -> None:
    """Raise WrongAnswer with the message `what` unless `equal`."""
    if not equal:
        raise WrongAnswer(what)


def max_difference(plain: Sequence[float], ours: Sequence[float]) -> float:
    """Return the greatest absolute difference of two answers' scores.

    >>> max_difference([0.5, 0.25], [0.5, 0.5])
    0.25
    """
    return max(abs(a - b) for a, b in zip(plain, ours, strict=True))
