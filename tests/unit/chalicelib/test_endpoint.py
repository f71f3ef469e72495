"""Asking the endpoint: what fails how, what is tried again, and for how long."""

import contextlib
import json
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import errors
from chalicelib.endpoint import Endpoint, make_client
from chalicelib.reviews import Review
from chalicelib.settings import (
    CONNECT_TIMEOUT_S,
    MAX_ANSWER_BYTES,
    READ_TIMEOUT_S,
    RETRY_PAUSES_S,
    RETRY_WINDOW_S,
)
from tests.support.web_fakes import (
    APP_ENVIRONMENT,
    ARN,
    CRASHED,
    FORBIDDEN,
    INTERNAL,
    MISSING,
    NOT_READY,
    THROTTLED,
    UNAVAILABLE,
    Failure,
    FakeClient,
    container_error,
    model_error,
)

LAMBDA_TIMEOUT_S = 20
N_ATTEMPTS = len(RETRY_PAUSES_S) + 1
URL = "https://runtime.sagemaker.us-east-1.amazonaws.com"


class Clock:
    """Time that passes only where the code sleeps or a call is said to take some."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, duration_s: float) -> None:
        self.now_s += duration_s


def endpoint(client: FakeClient, clock: Clock | None = None) -> Endpoint:
    clock = clock or Clock()
    return Endpoint(client, "movie-sentiment-local", sleep=clock.sleep, clock=clock)


def test_verdict_passes_through_unchanged() -> None:
    """Every field of the endpoint's answer arrives, those we do not know included."""
    verdict = {"sentiment": "negative", "score": 0.1, "confidence": 0.9, "mood": ["grim"]}
    client = FakeClient([json.dumps(verdict).encode()])
    assert endpoint(client).judge(Review("x", explain=True)) == verdict
    assert client.asked == [{"review": "x", "explain": True}]


@pytest.mark.parametrize(
    ("failure", "error", "n_asked"),
    [
        (THROTTLED, errors.EndpointThrottled, N_ATTEMPTS),
        (UNAVAILABLE, errors.EndpointUnavailable, N_ATTEMPTS),
        (NOT_READY, errors.EndpointUnavailable, N_ATTEMPTS),
        (container_error(503, "busy"), errors.EndpointUnavailable, N_ATTEMPTS),
        (MISSING, errors.EndpointMissing, 1),
        (FORBIDDEN, errors.EndpointError, 1),
        (INTERNAL, errors.EndpointError, 1),
        (CRASHED, errors.ModelFailed, 1),
        (model_error(500, '{"error": "text"}'), errors.ModelFailed, 1),
        (model_error(404, "no such path"), errors.ModelFailed, 1),
        (container_error(400, "empty_review"), errors.EmptyReview, 1),
        (container_error(400, "undecodable"), errors.Undecodable, 1),
        (container_error(400, "bad_request"), errors.RequestError, 1),
        (container_error(400, "too_long"), errors.TooLong, 1),
        (container_error(413, "too_long"), errors.TooLong, 1),
        (model_error(413, "<html>Payload Too Large"), errors.TooLong, 1),
        (EndpointConnectionError(endpoint_url=URL), errors.EndpointUnavailable, N_ATTEMPTS),
        (ConnectionClosedError(endpoint_url=URL), errors.EndpointUnavailable, N_ATTEMPTS),
        (
            IncompleteReadError(actual_bytes=1, expected_bytes=2),
            errors.EndpointUnavailable,
            N_ATTEMPTS,
        ),
        (model_error(0, "no response from primary"), errors.EndpointUnavailable, N_ATTEMPTS),
        (ReadTimeoutError(endpoint_url=URL), errors.EndpointTooSlow, 1),
        (ConnectTimeoutError(endpoint_url=URL), errors.EndpointTooSlow, 1),
        (NoCredentialsError(), errors.EndpointError, 1),
    ],
)
def test_each_failure_has_its_error_and_only_passing_ones_are_retried(
    failure: Failure | BotoCoreError,
    error: type[errors.WebError],
    n_asked: int,
) -> None:
    """AWS's failures become ours, exactly; a retry is made only where it can help."""
    client = FakeClient([failure] * 10)
    with pytest.raises(errors.WebError) as raised:
        endpoint(client).judge(Review("x"))
    assert type(raised.value) is error
    assert len(client.asked) == n_asked
    assert raised.value.message.endswith(".")
    for secret in ("arn:", "123456789012", "Traceback", "container's own words"):
        assert secret not in raised.value.message
        assert secret not in (raised.value.cause or "")


def test_passing_failure_is_survived() -> None:
    """One refusal for load is not the user's business."""
    client = FakeClient([THROTTLED, UNAVAILABLE])
    assert endpoint(client).judge(Review("good"))["sentiment"] == "positive"
    assert len(client.asked) == N_ATTEMPTS


def test_no_attempt_starts_after_the_retry_window() -> None:
    """Slow refusals are not retried for ever: the whole request ends within the Lambda's time."""
    clock = Clock()

    class SlowClient(FakeClient):
        def invoke_endpoint(self, **arguments: Any) -> Any:
            started_s.append(clock.now_s)
            clock.sleep(2.5)
            return super().invoke_endpoint(**arguments)

    started_s: list[float] = []
    with pytest.raises(errors.EndpointUnavailable):
        endpoint(SlowClient([UNAVAILABLE] * 10), clock).judge(Review("x"))
    assert len(started_s) > 1
    assert max(started_s) <= RETRY_WINDOW_S


def test_pauses_are_random_and_at_least_half_as_long_as_named() -> None:
    """So that clients who were refused together do not come back together."""
    pauses_s: list[list[float]] = []
    for _ in range(50):
        slept_s: list[float] = []
        client = FakeClient([THROTTLED] * N_ATTEMPTS)
        asked = Endpoint(client, "movie-sentiment-local", sleep=slept_s.append, clock=Clock())
        with pytest.raises(errors.EndpointThrottled):
            asked.judge(Review("x"))
        pauses_s.append(slept_s)
    for named_s, slept in zip(RETRY_PAUSES_S, zip(*pauses_s, strict=True), strict=True):
        assert named_s / 2 <= min(slept) < max(slept) <= named_s


def test_a_review_takes_no_more_bytes_to_the_endpoint_than_it_has() -> None:
    """Escaped, a large list in another script would pass the endpoint's limit."""

    class Measuring(FakeClient):
        def invoke_endpoint(self, **arguments: Any) -> Any:
            sizes.append(len(arguments["Body"]))
            return super().invoke_endpoint(**arguments)

    sizes: list[int] = []
    endpoint(Measuring()).judge_all(["\N{CYRILLIC SMALL LETTER A}" * 1_000])
    assert sizes[0] < 2_050


def test_worst_case_stays_under_the_lambdas_time_with_a_margin() -> None:
    """Last start plus both time-outs leaves the Lambda two seconds to answer itself."""
    assert RETRY_WINDOW_S + CONNECT_TIMEOUT_S + READ_TIMEOUT_S <= LAMBDA_TIMEOUT_S - 2


def test_real_client_has_the_timeouts_and_no_retries_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """boto3's own five attempts of a minute each would outlast API Gateway."""
    for name, value in APP_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    client: Any = make_client()
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    assert config.retries["total_max_attempts"] == 1


def test_missing_region_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a region the app does not start; Chalice has a sentence for this error."""
    for name, value in APP_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(NoRegionError):
        make_client()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff",
        b"0.97",
        b"[]",
        b"{}",
        b'{"sentiment": "meh", "score": 0.5, "confidence": 0.5}',
        b'{"sentiment": "unsure", "score": 0.5, "confidence": 0.5}',
        b'{"sentiment": "not_a_review", "score": 0.5, "confidence": 0.5, "reason": 3}',
        b'{"sentiment": "positive", "score": NaN, "confidence": 0.5}',
        b'{"sentiment": "positive", "score": 1.5, "confidence": 0.5}',
        b'{"sentiment": "positive", "score": true, "confidence": 0.5}',
        b'{"sentiment": "positive", "score": 0.5}',
        b'{"sentiment": "positive", "score": 0.5, "confidence": 0.5}' + b" " * MAX_ANSWER_BYTES,
    ],
)
def test_senseless_answer_is_the_models_failure(answer: bytes) -> None:
    """An answer that is not a verdict is a 502, never a 200 with nonsense in it."""
    with pytest.raises(errors.ModelFailed):
        endpoint(FakeClient([answer])).judge(Review("x"))


@given(st.binary())
def test_any_answer_gives_a_verdict_or_a_declared_error(answer: bytes) -> None:
    """No bytes from the endpoint raise anything undeclared."""
    with contextlib.suppress(errors.ModelFailed):
        endpoint(FakeClient([answer])).judge(Review("x"))
    with contextlib.suppress(errors.ModelFailed):
        endpoint(FakeClient([answer])).judge_all(["x"])


def test_all_reviews_go_in_one_call() -> None:
    """A list costs one invocation, and its verdicts come in order."""
    client = FakeClient()
    results, version = endpoint(client).judge_all(["good", "bad", "great"])
    assert [result["sentiment"] for result in results] == ["positive", "negative", "positive"]
    assert version == "1.0.0-ab12cd34"
    assert len(client.asked) == 1


def test_containers_words_on_an_item_are_not_passed_on() -> None:
    """An item's error keeps its code; its sentence is ours."""
    error = {"error": {"code": "empty_review", "message": f"boom at {ARN}"}}
    client = FakeClient([json.dumps({"results": [error]}).encode()])
    results, _ = endpoint(client).judge_all(["x"])
    assert results[0]["error"]["code"] == "empty_review"
    assert "arn:" not in results[0]["error"]["message"]


@pytest.mark.parametrize("answer", [b'{"results": []}', b'{"results": 5}', b'{"results": [5]}'])
def test_results_that_do_not_match_the_question_are_a_failure(answer: bytes) -> None:
    """A verdict is never given to the wrong review."""
    with pytest.raises(errors.ModelFailed):
        endpoint(FakeClient([answer])).judge_all(["x"])
