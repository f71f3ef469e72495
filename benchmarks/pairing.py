"""Times of two ways, taken in turns, and what can be said of their ratio.

Whatever else the machine does falls on both ways, so the ratio of one round is sound where the
times themselves are not. The figure is the median of the rounds' ratios, with a bootstrap interval
(Efron, 1979) around it.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A median, and where it lies in 95 of 100 resamples."""

    median: float
    low: float
    high: float


def seconds(work: Callable[[], object]) -> float:
    """How long `work` takes, on the wall clock."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def take_turns(
    plain: Callable[[], float], ours: Callable[[], float], n_rounds: int
) -> tuple[list[float], list[float]]:
    """What both ways measured in each round; who goes first changes from round to round.

    >>> take_turns(lambda: 2.0, lambda: 1.0, n_rounds=3)
    ([2.0, 2.0, 2.0], [1.0, 1.0, 1.0])
    """
    plainly, by_us = [], []
    for number in range(n_rounds):
        if number % 2:
            by_us.append(ours())
            plainly.append(plain())
        else:
            plainly.append(plain())
            by_us.append(ours())
    return plainly, by_us


def interval(values: Sequence[float]) -> Interval:
    """The values' median and its 95 % bootstrap interval.

    >>> interval([3.0, 3.0, 3.0])
    Interval(median=3.0, low=3.0, high=3.0)
    """
    chance = random.Random(1)  # noqa: S311 - resampling, not a secret
    medians = sorted(
        statistics.median(chance.choices(values, k=len(values))) for _ in range(_RESAMPLES)
    )
    cut = _RESAMPLES // 40
    return Interval(statistics.median(values), medians[cut], medians[-cut - 1])


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """One ratio a round.

    >>> ratios([4.0, 9.0], [2.0, 3.0])
    [2.0, 3.0]
    """
    return [above / below for above, below in zip(numerators, denominators, strict=True)]
