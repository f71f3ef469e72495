"""A circuit breaker: a dependency that is down gets a request a second, not every visitor's."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.errors import WebError
from chalicelib.settings import CIRCUIT_FAILURES, CIRCUIT_PAUSE_S


class Circuit:
    """Opens after CIRCUIT_FAILURES failures in a row, and refuses requests for CIRCUIT_PAUSE_S.

    Then one request may probe. If it succeeds, the circuit closes; else the next pause begins.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._n_failures = 0
        self._failure: WebError | None = None
        self._open_until = 0.0

    def enter(self) -> bool:
        """Return whether this request is a probe, which is to make one attempt only.

        Raises:
            WebError: the circuit is open; the last failure again.
        """
        if self._failure is None or self._n_failures < CIRCUIT_FAILURES:
            return False
        now = self._clock()
        if now < self._open_until:
            failure = self._failure
            raise type(failure)(failure.message, cause=f"circuit open, {failure.cause}")
        self._open_until = now + CIRCUIT_PAUSE_S  # for the requests beside the probe
        return True

    def note_failure(self, failure: WebError) -> None:
        """Count a failure; `failure` is what requests get while the circuit is open."""
        self._n_failures += 1
        self._failure = failure
        self._open_until = self._clock() + CIRCUIT_PAUSE_S

    def note_answer(self) -> None:
        """Close the circuit: the dependency answers."""
        self._n_failures = 0
