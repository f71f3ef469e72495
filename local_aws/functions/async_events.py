"""Lambda's asynchronous invocations: events that wait for a free place, and are retried."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from local_aws.context import Context
from local_aws.errors import AwsError
from local_aws.functions.runtime_api import Outcome

logger = logging.getLogger(__name__)

TOO_MANY = "TooManyRequestsException"
_QUEUE_S = 0.2  # between two attempts to run a waiting event


@dataclass(frozen=True)
class Event:
    """An asynchronous event of a function; each attempt has the same request id, as on AWS."""

    function: str
    region: str
    payload: bytes
    request_id: str


class AsyncEvents:
    """Runs events in threads; `invoke` runs one and returns its outcome and log lines."""

    retry_pauses_s: ClassVar[Sequence[float]] = (60.0, 120.0)  # AWS's

    def __init__(
        self,
        context: Context,
        invoke: Callable[[str, str, bytes, str], tuple[Outcome, list[str]]],
    ) -> None:
        self._context = context
        self._invoke = invoke

    def accept(self, event: Event, n_retries: int | None) -> None:
        """Run the event soon, and again if it fails: `n_retries` times, None for AWS's default."""
        pauses_s = self.retry_pauses_s[:n_retries]
        self._context.spawn(lambda: self._deliver(event, pauses_s))

    def _deliver(self, event: Event, pauses_s: Sequence[float]) -> None:
        """Run the event until an attempt succeeds; only the function's log reports failures."""
        for pause_s in pauses_s:
            if not self._fails(event) or self._context.stopping.wait(pause_s):
                return
        self._fails(event)

    def _fails(self, event: Event) -> bool:
        """Run the event, once there is a place for it; return whether the function failed."""
        while True:
            try:
                parts = (event.function, event.region, event.payload, event.request_id)
                return self._invoke(*parts)[0].failed
            except AwsError as error:
                if error.code == TOO_MANY and not self._context.stopping.wait(_QUEUE_S):
                    continue
                if not self._context.stopping.is_set():
                    logger.warning("event for %s was not delivered: %s", event.function, error)
                return False
