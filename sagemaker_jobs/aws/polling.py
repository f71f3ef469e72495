"""Delays between polls of something that takes time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

_FIRST_S = 0.2
_FACTOR = 1.4
_MOST_S = 3.0


def growing_delays() -> Iterator[float]:
    """Yield the seconds between polls without end: short at first, at most three.

    >>> from itertools import islice
    >>> [round(delay, 2) for delay in islice(growing_delays(), 4)]
    [0.2, 0.28, 0.39, 0.55]
    """
    delay_s = _FIRST_S
    while True:
        yield delay_s
        delay_s = min(delay_s * _FACTOR, _MOST_S)


def looks(
    timeout_s: float, *, sleep: Callable[[float], None], clock: Callable[[], float]
) -> Iterator[float]:
    """Yield the seconds waited so far, once per poll, until the timeout."""
    started = clock()
    for delay_s in growing_delays():
        waited_s = clock() - started
        yield waited_s
        if waited_s > timeout_s:
            return
        sleep(delay_s)
