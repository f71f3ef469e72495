"""The circuit breaker: an endpoint that is down is left alone, and found again when it is up."""

from typing import Any

import pytest

from chalicelib import errors
from chalicelib.endpoint import Endpoint
from chalicelib.reviews import Review
from chalicelib.settings import CIRCUIT_FAILURES, CIRCUIT_PAUSE_S, RETRY_PAUSES_S
from tests.support.web_fakes import (
    APP_ENVIRONMENT,
    CRASHED,
    MISSING,
    NOT_READY,
    THROTTLED,
    Failure,
    FakeClient,
    model_error,
)

REVIEW = Review("A good film")
N_ATTEMPTS = len(RETRY_PAUSES_S) + 1
SLOW = model_error(0, "Your invocation timed out")


class Down:
    """An app whose endpoint fails in one way, with a clock that is set by hand."""

    def __init__(self, failure: Failure) -> None:
        self.now_s = 0.0
        self.client = FakeClient([failure] * 1_000)
        name = APP_ENVIRONMENT["ENDPOINT_NAME"]
        self._endpoint = Endpoint(self.client, name, sleep=lambda _: None, clock=lambda: self.now_s)

    def use(self, client: FakeClient) -> None:
        """Let another client make the next calls."""
        self.client = self._endpoint._client = client

    def ask(self) -> errors.WebError | None:
        try:
            self._endpoint.judge(REVIEW)
        except errors.WebError as error:
            return error
        return None

    def n_calls(self, n_requests: int) -> int:
        before = len(self.client.asked)
        for _ in range(n_requests):
            self.ask()
        return len(self.client.asked) - before


@pytest.mark.parametrize("failure", [THROTTLED, NOT_READY, SLOW])
def test_an_endpoint_that_is_down_gets_a_call_a_pause(failure: Failure) -> None:
    """A hundred visitors cost one call, without retries; each gets the failure's own answer."""
    down = Down(failure)
    assert down.n_calls(CIRCUIT_FAILURES) == CIRCUIT_FAILURES * N_ATTEMPTS
    assert down.n_calls(100) == 0
    for _ in range(5):
        down.now_s += CIRCUIT_PAUSE_S
        assert down.n_calls(100) == 1


def test_while_the_probe_waits_the_others_are_refused() -> None:
    """However long after the pause it comes."""
    down = Down(THROTTLED)
    down.n_calls(CIRCUIT_FAILURES)
    down.now_s += CIRCUIT_PAUSE_S + 5
    beside: list[int] = []

    class Waiting(FakeClient):
        def invoke_endpoint(self, **arguments: Any) -> Any:
            if not beside:
                beside.append(0)
                beside[0] = down.n_calls(5)
            return super().invoke_endpoint(**arguments)

    down.use(Waiting([THROTTLED] * 10))
    assert down.n_calls(1) == 1
    assert beside == [0]


def test_what_is_refused_says_when_to_come_back_and_why_in_the_log() -> None:
    """The status is the failure's; the log line tells an open circuit from a call."""
    down = Down(THROTTLED)
    down.n_calls(CIRCUIT_FAILURES)
    refused = down.ask()
    assert isinstance(refused, errors.EndpointThrottled)
    assert refused.retry_after_s
    assert refused.cause == "circuit open, ThrottlingException"


def test_the_first_answer_closes_it() -> None:
    """After one pause at the latest, all requests are answered again, retries included."""
    down = Down(MISSING)
    down.n_calls(CIRCUIT_FAILURES)
    down.client.script.clear()
    assert down.ask() is not None
    down.now_s += CIRCUIT_PAUSE_S
    assert down.n_calls(20) == 20
    down.client.script[:] = [THROTTLED, THROTTLED]
    assert down.ask() is None


def test_a_model_that_fails_on_reviews_is_up() -> None:
    """An error about one review is an answer: it neither opens the circuit nor keeps it open."""
    down = Down(CRASHED)
    assert down.n_calls(20) == 20
    down.client.script[:] = [NOT_READY] * 2 * N_ATTEMPTS + [CRASHED] + [NOT_READY] * 2 * N_ATTEMPTS
    down.n_calls(5)
    assert down.ask() is None


def test_a_slow_model_is_not_waited_for_by_everybody() -> None:
    """An answer that comes at once does not say 'too slow'."""
    from botocore.exceptions import ReadTimeoutError

    down = Down(THROTTLED)
    down.client.script[:] = [ReadTimeoutError(endpoint_url="http://x")] * CIRCUIT_FAILURES
    assert isinstance(down.ask(), errors.EndpointTooSlow)
    assert down.n_calls(20) == CIRCUIT_FAILURES - 1
    refused = down.ask()
    assert type(refused) is errors.EndpointUnavailable
    assert refused.retry_after_s
