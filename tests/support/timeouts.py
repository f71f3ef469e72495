"""The one time limit of the tests: it ends what hangs, on the slowest machine too."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

HANG_S = 600.0  # below pytest's own limit, so that the test that waits says what for
# boto3's waiters look every 30 seconds, and some give up after a minute
OFTEN: Any = {"Delay": 0.1, "MaxAttempts": int(HANG_S / 0.1)}

T = TypeVar("T")


def until(probe: Callable[[], T], accept: Callable[[T], bool], what: str) -> T:
    """Return what `probe` gave once `accept` likes it; fail after ten minutes."""
    deadline = time.monotonic() + HANG_S
    pause_s = 0.02
    while True:
        value = probe()
        if accept(value):
            return value
        assert time.monotonic() < deadline, f"{what} took too long; last seen: {value}"
        time.sleep(pause_s)
        pause_s = min(1.2 * pause_s, 0.25)  # many looks would slow down what they look for


def advance_clock(monkeypatch: pytest.MonkeyPatch, timed: type, seconds: float) -> None:
    """Let a class with a `clock` find that `seconds` more have passed."""
    before: Callable[[], float] = vars(timed)["clock"].__func__
    monkeypatch.setattr(timed, "clock", staticmethod(lambda: before() + seconds))
