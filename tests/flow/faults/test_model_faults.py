"""Faults of the model and of the network to it, as a visitor of the deployed app meets them."""

from __future__ import annotations

import json
import threading
from typing import Any

import psutil
import pytest

from chalicelib.settings import CIRCUIT_FAILURES, MAX_ANSWER_BYTES, RETRY_PAUSES_S
from local_aws.sagemaker.endpoints.serving_process import ServingProcess
from tests.flow.faults.conftest import FUNCTION, REVIEW, Road
from tests.support.faulty_network import Fault, answers, refuses, reset, silent
from tests.support.soak.__main__ import load, write_reviews
from tests.support.timeouts import until
from tests.support.web_fakes import CRASHED, NOT_READY, THROTTLED, UNAVAILABLE, Failure

EXPIRED = Failure("ExpiredTokenException", 403, {"message": "The security token is expired"})
VERDICT = json.dumps({"sentiment": "positive", "score": 0.9, "confidence": 0.9}).encode()
# fault, status, code, Retry-After, cause in the log
FAULTS: dict[str, tuple[Fault, int, str, str | None, str]] = {
    "throttled": (refuses(THROTTLED), 429, "throttled", "5", "ThrottlingException"),
    "scaling up": (refuses(NOT_READY), 503, "unavailable", "10", "ModelNotReadyException"),
    "unavailable": (refuses(UNAVAILABLE), 503, "unavailable", "10", "ServiceUnavailable"),
    "model error": (refuses(CRASHED), 502, "model_failed", None, "ModelError 500"),
    "expired credentials": (
        refuses(EXPIRED), 502, "endpoint_failed", None, "ExpiredTokenException",
    ),
    "reset": (reset, 503, "unavailable", "10", "ConnectionClosedError"),
    "cut midway": (
        answers(200, VERDICT, cut_after=20), 503, "unavailable", "10", "ResponseStreamingError",
    ),
    "malformed": (answers(200, b"<html>"), 502, "model_failed", None, "unreadable"),
    "oversized": (
        answers(200, VERDICT + b" " * MAX_ANSWER_BYTES), 502, "model_failed", None, "unreadable",
    ),
}  # fmt: skip
PASSING = [name for name, (*_, retry_after, _cause) in FAULTS.items() if retry_after]


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_reported_logged_and_gone(road: Road, name: str) -> None:
    """One sentence and the right status, a cause in the log; the next request is answered."""
    fault, status, code, retry_after, cause = FAULTS[name]
    with road.network.failing(fault):
        answer = road.judge()
    assert (answer.status, answer.error_code) == (status, code)
    assert answer.headers.get("retry-after") == retry_after
    assert answer.headers["access-control-allow-origin"] == "*"
    assert road.judge().json["sentiment"] == "positive"
    request_id = answer.headers.get("x-amzn-requestid")
    line = road.await_cause(cause)
    assert (line["status"], line["code"]) == (status, code), request_id
    assert REVIEW not in json.dumps(road.log())


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_not_noticed(road: Road, name: str) -> None:
    """Two refused attempts and then an answer: the visitor sees the answer."""
    with road.network.failing(FAULTS[name][0], times=len(RETRY_PAUSES_S)):
        answer = road.judge()
    assert (answer.status, answer.json["sentiment"]) == (200, "positive")


def test_connections_that_died_while_idle_are_replaced(road: Road) -> None:
    """A frozen function finds its kept connection dead when it is thawed."""
    assert road.judge().status == 200
    frozen = [
        process
        for process in psutil.Process().children(recursive=True)
        if "awslambdaric" in " ".join(process.cmdline())
    ]
    assert frozen
    for process in frozen:
        process.suspend()
    road.network.drop_idle_connections()
    for process in frozen:
        process.resume()
    assert road.judge().status == 200


def test_a_slow_model_is_given_up_in_time(road: Road) -> None:
    """Our own 504, before the Lambda, the page and API Gateway give up."""
    over = threading.Event()
    with road.network.failing(silent(over)):
        answer = road.judge()
    over.set()
    assert (answer.status, answer.error_code) == (504, "too_slow")
    assert road.judge().status == 200


def test_an_endpoint_that_is_down_is_left_alone(road: Road) -> None:
    """The circuit opens: of further visitors at most one a second reaches it, once."""
    before, n_visitors = road.network.n_requests, 20
    with road.network.failing(refuses(NOT_READY)):
        statuses = {road.judge().status for _ in range(n_visitors)}
    n_attempts = CIRCUIT_FAILURES * (1 + len(RETRY_PAUSES_S))
    assert statuses == {503}
    n_calls = road.network.n_requests - before
    assert n_attempts <= n_calls <= n_attempts + n_visitors - CIRCUIT_FAILURES
    road.await_cause("circuit open")
    until(lambda: road.judge().status, lambda status: status == 200, "the recovery")


@pytest.mark.parametrize(
    ("address", "cause"),
    [
        ("http://127.0.0.1:9", "EndpointConnectionError"),
        ("http://no-such-host.invalid", "EndpointConnectionError"),
    ],
    ids=["refused", "no such host"],
)
def test_an_address_that_does_not_answer_is_a_503(road: Road, address: str, cause: str) -> None:
    """A refused connection and a name that DNS does not know."""
    road.lead_to(address)
    answer = road.judge()
    road.lead_to(road.network.url)
    assert (answer.status, answer.error_code) == (503, "unavailable")
    assert answer.headers["retry-after"] == "10"
    road.await_cause(cause)
    assert road.judge().status == 200


def test_a_permission_that_is_missing_names_nobody(road: Road) -> None:
    """AccessDenied from IAM itself: no ARN in the answer, the code in the log."""
    iam = road.toys.iam
    found = road.toys.functions.get_function_configuration(FunctionName=FUNCTION)
    role = found["Role"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document: Any = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    kept = [one for one in document["Statement"] if one.get("Sid") != "AskThisStagesModel"]
    assert len(kept) == len(document["Statement"]) - 1

    def put(statements: object) -> None:
        changed = json.dumps({**document, "Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=changed)

    put(kept)
    answer = road.judge()
    put(document["Statement"])
    assert (answer.status, answer.error_code) == (502, "endpoint_failed")
    assert "arn:" not in answer.text
    road.await_cause("AccessDeniedException")
    assert road.judge().status == 200


def test_a_killed_model_comes_back(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until its container runs again: 503 with Retry-After, or an answer; never another error."""
    monkeypatch.setattr(ServingProcess, "restart_pauses_s", (0,))
    servers = [
        process
        for process in psutil.Process().children(recursive=True)
        if any(part.endswith("serve.py") or part == "serve" for part in process.cmdline())
    ]
    assert servers
    for process in servers:
        process.kill()
    answers_met = []

    def ask() -> int:
        answers_met.append(road.judge())
        return answers_met[-1].status

    until(ask, lambda status: status == 200, "the restart")
    for answer in answers_met[:-1]:
        assert (answer.status, answer.error_code) == (503, "unavailable")
        assert answer.headers["retry-after"] == "10"


def test_a_deleted_model_is_missed_until_it_is_back(road: Road) -> None:
    """While it is missing and while it is created; the form itself stays."""
    road.app.take_endpoint()
    answer = road.judge()
    assert (answer.status, answer.error_code) == (503, "endpoint_missing")
    assert answer.headers["retry-after"] == "60"
    met: list[tuple[int, str]] = []
    done = threading.Event()

    def ask_meanwhile() -> None:
        while not done.is_set():
            found = road.judge()
            met.append((found.status, "" if found.status == 200 else found.error_code))

    asking = threading.Thread(target=ask_meanwhile)
    asking.start()
    try:
        road.app.bring_endpoint()
    finally:
        done.set()
        asking.join()
    assert set(met) <= {(503, "endpoint_missing"), (200, "")}
    assert met[0] == (503, "endpoint_missing")
    until(lambda: road.judge().status, lambda status: status == 200, "the recovery")


def test_feedback_that_cannot_be_kept_is_a_503(road: Road) -> None:
    """The visitor may try again, and is then thanked."""
    with road.network.failing(refuses(THROTTLED)):
        answer = road.give_feedback()
    assert (answer.status, answer.error_code) == (503, "feedback_unavailable")
    assert answer.headers["retry-after"] == "30"
    assert road.give_feedback().status == 201


def test_every_client_gets_its_own_reviews_answer(road: Road) -> None:
    """A short `make soak`: none lost, none wrong, and refused load says when to come back.

    On a busy machine the model may be too slow for some; the one after the load is answered.
    """
    found = load(f"{road.app.url}review", write_reviews(), n_clients=12, seconds=4)
    assert set(found.answers) <= {"right", "shed", "status 504"}, found
