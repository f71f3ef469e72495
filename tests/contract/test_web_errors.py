"""How the HTTP API says no: the right status, a sentence, and nothing given away."""

import json
import logging
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.settings import MAX_REVIEW_CHARACTERS
from tests.support.api_client import FORM, JSON, TEXT, Api
from tests.support.web_fakes import (
    ARN,
    CRASHED,
    FORBIDDEN,
    MISSING,
    NOT_READY,
    THROTTLED,
    container_error,
)

DECLARED_STATUSES = {200, 400, 413, 415, 429, 502, 503, 504}


@pytest.mark.parametrize(
    ("path", "body", "headers", "status", "code"),
    [
        ("/review", '{"review": "  "}', JSON, 400, "empty_review"),
        ("/review", '{"review": NaN}', JSON, 400, "bad_json"),
        ("/review", "[" * 100_000, JSON, 400, "bad_json"),
        ("/review", '{"text": "x"}', JSON, 400, "bad_request"),
        ("/review", b'"\xff"', JSON, 400, "undecodable"),
        (
            "/review",
            json.dumps({"review": "x" * (MAX_REVIEW_CHARACTERS + 1)}),
            JSON,
            413,
            "too_long",
        ),
        ("/review", b"x" * 1_000_001, {**TEXT, "Accept": "application/json"}, 413, "too_long"),
        ("/review", "<x/>", {"Content-Type": "application/xml"}, 415, "unsupported_type"),
        ("/review", "A wonderful film", FORM, 400, "bad_request"),
        ("/reviews", "good", TEXT, 415, "unsupported_type"),
        ("/reviews", "{}", JSON, 400, "bad_request"),
    ],
)
def test_bad_request_learns_what_is_wrong(
    api: Api,
    path: str,
    body: bytes | str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    """Each mistake of the sender has its status and code, and costs no invocation."""
    reply = api.post(path, body, headers)
    assert (reply.status, reply.error_code) == (status, code)
    assert api.client.asked == []


@pytest.mark.parametrize(
    ("body", "headers", "known"),
    [
        ('{"review": "good", "explian": true}', JSON, "review, explain"),
        ("review=good&explian=true", FORM, "review"),
    ],
)
def test_unknown_field_is_named(api: Api, body: str, headers: dict[str, str], known: str) -> None:
    """A field misspelt is not a field ignored: a 400 that names it, and those there are."""
    reply = api.post("/review", body, headers)
    assert (reply.status, reply.error_code) == (400, "bad_request")
    message = reply.json["error"]["message"]
    assert message == f"There is no field 'explian'; the known fields are {known}."
    assert api.client.asked == []


@pytest.mark.parametrize(
    ("failure", "status", "code", "retry_after"),
    [
        (THROTTLED, 429, "throttled", "5"),
        (NOT_READY, 503, "unavailable", "10"),
        (MISSING, 503, "endpoint_missing", "60"),
        (FORBIDDEN, 502, "endpoint_failed", None),
        (CRASHED, 502, "model_failed", None),
        (container_error(400, "empty_review"), 400, "empty_review", None),
        (container_error(413, "too_long"), 413, "too_long", None),
    ],
)
def test_endpoint_failure_has_the_right_status(
    api: Api,
    failure: Any,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    """The model's troubles are told apart, and those that pass say when to come back."""
    api.client.script[:] = [failure] * 3
    reply = api.post("/review", '{"review": "good"}', JSON)
    assert (reply.status, reply.error_code) == (status, code)
    assert reply.headers.get("retry-after") == retry_after


def test_text_client_gets_its_errors_as_text(api: Api) -> None:
    """Who asks in plain text is answered in plain text, errors included."""
    reply = api.post("/review", " ", TEXT)
    assert reply.status == 400
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text == "The review is empty. Write a sentence or two about the film."


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        *(("good", failure) for failure in (THROTTLED, NOT_READY, MISSING, FORBIDDEN, CRASHED)),
        ("good", container_error(413, "too_long")),
        (" ", None),
        ("zxqvy", None),
        ("x" * (MAX_REVIEW_CHARACTERS + 1), None),
        (b"\xff\xfe\xfa", None),
        (b"x" * 1_000_001, None),
    ],
)
def test_no_refusal_in_text_reads_as_a_number(api: Api, body: bytes | str, failure: Any) -> None:
    """parseFloat, with which the original page reads any answer, finds no verdict in it."""
    api.client.script[:] = [failure] * 3 if failure else []
    reply = api.post("/review", body, TEXT)
    assert reply.status >= 400
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert not re.match(r"\s*[+-]?(Infinity|\.?[0-9])", reply.text)


def test_defect_of_ours_is_a_500_that_gives_nothing_away(
    api: Api,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An exception nobody expected reaches neither the client nor the log with its words."""
    api.client.script[:] = [RuntimeError(f"secret review text at {ARN}")]
    with caplog.at_level(logging.INFO):
        reply = api.post("/review", '{"review": "secret"}', JSON)
    assert (reply.status, reply.error_code) == (500, "internal")
    assert reply.headers["access-control-allow-origin"] == "*"
    for told in (reply.text, caplog.text):
        assert "secret" not in told
        assert "arn:" not in told
        assert "Traceback" not in told
    assert '"error":"RuntimeError"' in caplog.text


def test_log_line_says_what_became_of_a_request_and_never_what_it_said(
    api: Api,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One JSON line a request: status, duration, sizes, error code; no text, no ARN."""
    api.client.script[:] = [CRASHED]
    with caplog.at_level(logging.INFO, logger="chalicelib"):
        api.post("/review", '{"review": "zanzibar"}', JSON)
        api.post("/review", "zanzibar", TEXT)
        api.post("/review", "review=zanzibar&review=zanzibar", FORM)
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [line["status"] for line in lines] == [502, 200, 400]
    assert lines[0]["cause"] == "ModelError 500"
    assert lines[2]["code"] == "bad_request"
    for line in lines:
        assert (line["event"], line["method"], line["route"]) == ("request", "POST", "/review")
        assert line["ms"] >= 0
        assert line["bytes_out"] > 0
        assert line["bytes_in"] > 0
        assert line["request_id"]
    assert "zanzibar" not in caplog.text
    assert "arn:" not in caplog.text
    assert "Traceback" not in caplog.text


@settings(max_examples=150)
@given(
    path=st.sampled_from(["/review", "/reviews"]),
    body=st.one_of(
        st.binary(max_size=200),
        st.text(max_size=50).map(str.encode),
        st.from_type(type(None)).map(lambda _: b""),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["review"]), inner),
            max_leaves=5,
        ).map(lambda value: json.dumps(value).encode()),
    ),
    content_type=st.sampled_from(
        ["text/plain", "application/json", FORM["Content-Type"], "text/plain; charset=utf-16", ""],
    ),
    accept=st.sampled_from(["*/*", "text/plain", "application/json", "text/html", ";q=x,/"]),
)
def test_any_request_gets_a_declared_answer(
    running_api: Api,
    path: str,
    body: bytes,
    content_type: str,
    accept: str,
) -> None:
    """No bytes, of no type, bring out a 500."""
    reply = running_api.post(path, body, {"Content-Type": content_type, "Accept": accept})
    assert reply.status in DECLARED_STATUSES
    assert reply.headers["access-control-allow-origin"] == "*"
