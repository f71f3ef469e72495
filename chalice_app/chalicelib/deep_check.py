"""The deep health check: asks the endpoint for a verdict, but not at every request."""

from __future__ import annotations

import time
from collections.abc import Callable

from chalicelib.endpoint import Endpoint
from chalicelib.errors import WebError
from chalicelib.reviews import Review
from chalicelib.settings import DEEP_CHECK_S

_REVIEW = Review("A wonderful film.", explain=False)  # short, so that the check costs little


class DeepCheck:
    """Asks the endpoint at most every DEEP_CHECK_S seconds; in between, its last answer counts.

    So a stranger who repeats the check cannot load the endpoint: each function, of which few run
    at a time, asks once.
    """

    def __init__(self, endpoint: Endpoint, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._checked_at: float | None = None
        self._found: str | WebError = ""

    def model_version(self) -> str:
        """Return the version of the model that answered.

        Raises:
            EndpointError: the endpoint failed or is unavailable.
        """
        now = self._clock()
        if self._checked_at is None or now - self._checked_at >= DEEP_CHECK_S:
            self._checked_at = now
            try:
                verdict = self._endpoint.judge(_REVIEW)
                self._found = str(verdict.get("model_version", "unknown"))
            except WebError as error:
                self._found = error
        if isinstance(self._found, WebError):
            raise self._found
        return self._found
