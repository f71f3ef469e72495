"""Asynchronous invocations: a failed event runs again, as often as on AWS."""

from __future__ import annotations

import pytest

from local_aws.functions.async_events import AsyncEvents
from tests.support.local_aws.toy_functions import make_function
from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import until

pytestmark = pytest.mark.usefixtures("no_function_stays")

HANDLER = """
def handle(event, context):
    print(f"attempt of {context.aws_request_id} at {event}")
    raise ValueError("no such film")
"""
FLAKY = """
n_calls = 0
def handle(event, context):
    global n_calls
    n_calls += 1
    print(f"attempt {n_calls}")
    if n_calls == 1:
        raise ValueError("not yet")
"""


def attempts(toys: ToyAccount, name: str) -> list[str]:
    return [line for line in toys.log(f"/aws/lambda/{name}") if "attempt" in line]


def send(toys: ToyAccount, name: str) -> str:
    answer = toys.functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'"film"')
    return answer["ResponseMetadata"]["RequestId"]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Let retries come at once; return a list with one entry per event that ended."""
    entries: list[object] = []
    deliver = AsyncEvents._deliver
    monkeypatch.setattr(AsyncEvents, "retry_pauses_s", (0, 0))
    monkeypatch.setattr(AsyncEvents, "_deliver", lambda *given: entries.append(deliver(*given)))
    return entries


def test_aws_waits_one_minute_and_then_two() -> None:
    """So long are the pauses where no test shortens them."""
    assert AsyncEvents.retry_pauses_s == (60, 120)


@pytest.mark.parametrize("n_retries", [None, 0, 1])
def test_a_failed_event_runs_again(
    toys: ToyAccount, ended: list[object], n_retries: int | None
) -> None:
    """Twice, or as often as MaximumRetryAttempts says, under the same request id."""
    name = make_function(toys, HANDLER)
    if n_retries is not None:
        toys.functions.put_function_event_invoke_config(
            FunctionName=name, MaximumRetryAttempts=n_retries
        )
    request_id = send(toys, name)
    until(lambda: ended, bool, "the event's end")
    expected = 1 + (2 if n_retries is None else n_retries)
    lines = until(lambda: attempts(toys, name), lambda seen: len(seen) >= expected, "its attempts")
    assert len(lines) == expected
    assert all(line.endswith(f"attempt of {request_id} at film") for line in lines)


def test_an_event_that_succeeds_at_last_is_not_run_again(
    toys: ToyAccount, ended: list[object]
) -> None:
    """The second attempt succeeds, so there is no third."""
    name = make_function(toys, FLAKY)
    send(toys, name)
    until(lambda: ended, bool, "the event's end")
    lines = until(lambda: attempts(toys, name), lambda seen: len(seen) >= 2, "two attempts")
    assert [line[-9:] for line in lines] == ["attempt 1", "attempt 2"]
