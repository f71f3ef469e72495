"""Paired times of two implementations, and the ratio of the times.

The two take turns, so other load on the machine affects both: the ratio of one round is reliable
even where the times are not. The figure is the median of the rounds' ratios, with its bootstrap
interval (Efron, 1979).
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MS_PER_S = 1e3
_RESAMPLES = 2_000


@dataclass(frozen=True)
class Interval:
    """A median and its 95 % bootstrap interval."""

    median: float
    low: float
    high: float


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def take_turns(
    plain: Callable[[], float], ours: Callable[[], float], n_rounds: int
) -> tuple[list[float], list[float]]:
    """Return what both measured in each round; which goes first alternates.

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
    """Return the values' median and its 95 % bootstrap interval.

    >>> interval([3.0, 3.0, 3.0])
    Interval(median=3.0, low=3.0, high=3.0)
    """
    generator = random.Random(1)  # noqa: S311 - resampling, not a secret
    medians = sorted(
        statistics.median(generator.choices(values, k=len(values))) for _ in range(_RESAMPLES)
    )
    cut = _RESAMPLES // 40
    return Interval(statistics.median(values), medians[cut], medians[-cut - 1])


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Return the ratio of each round.

    >>> ratios([4.0, 9.0], [2.0, 3.0])
    [2.0, 3.0]
    """
    return [above / below for above, below in zip(numerators, denominators, strict=True)]
