"""The REST proxy event and what a function may answer to it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.functions.proxy_event import (
    MalformedAnswerError,
    ProxyRequest,
    proxy_event,
    read_answer,
)


def test_the_event_has_aws_members() -> None:
    """Headers, query, path variables and request context are all where a function looks."""
    event = proxy_event(
        ProxyRequest(
            "GET",
            "/static/a%20b.js",
            headers=[
                ("Host", "api"),
                ("Accept", "a"),
                ("Accept", "b"),
                ("X-Forwarded-For", "203.0.113.9"),
            ],
            query="q=1&q=2&empty=",
            resource="/static/{name}",
            path_parameters={"name": "a%20b.js"},
            stage="dev",
        )
    )
    assert event["resource"] == "/static/{name}"
    assert event["pathParameters"] == {"name": "a b.js"}
    assert event["headers"]["Accept"] == "b"
    assert event["multiValueHeaders"]["Accept"] == ["a", "b"]
    assert event["headers"]["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert event["multiValueQueryStringParameters"] == {"q": ["1", "2"], "empty": [""]}
    assert event["requestContext"]["path"] == "/dev/static/a%20b.js"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"
    assert (event["body"], event["isBase64Encoded"]) == (None, False)


@given(body=st.binary(min_size=1))
def test_any_binary_body_survives_and_any_event_is_json(body: bytes) -> None:
    """A body of a binary type is exact in base64; the event can always be sent as JSON."""
    headers = [("Content-Type", "image/png")]
    event = proxy_event(ProxyRequest("POST", "/", headers, body=body, binary_types=["image/*"]))
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(json.loads(json.dumps(event))["body"]) == body
    as_text = proxy_event(ProxyRequest("POST", "/", headers, body=body))
    assert as_text["body"] == body.decode("utf-8", "replace")


def test_an_answer_is_decoded_only_for_those_who_accept_it() -> None:
    """isBase64Encoded is undone when the first accepted type is binary for the API."""
    payload = json.dumps(
        {"statusCode": 200, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}
    ).encode()
    assert read_answer(payload, "image/png, */*", ["image/*"]).body == b"\xff"
    assert read_answer(payload, "text/html", ["image/*"]).body == base64.b64encode(b"\xff")


def test_multi_value_headers_win() -> None:
    """A header named in both forms is taken from multiValueHeaders; JSON is the default type."""
    answer = {
        "headers": {"A": "1", "B": 2},
        "multiValueHeaders": {"a": ["x", "y"]},
        "statusCode": 201,
    }
    read = read_answer(json.dumps(answer).encode(), "", [])
    assert read.status == 201
    assert read.headers == [
        ("a", "x"),
        ("a", "y"),
        ("B", "2"),
        ("Content-Type", "application/json"),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "text",
        5,
        {"statusCode": "abc"},
        {"body": {"a": 1}},
        {"headers": [1]},
        {"multiValueHeaders": {"X-Film": None}},
        {"multiValueHeaders": {"X-Film": "one"}},
    ],
)
def test_malformed_answers_are_errors(answer: Any) -> None:
    """What is not in the proxy format is refused, as API Gateway answers 502."""
    with pytest.raises(MalformedAnswerError):
        read_answer(json.dumps(answer).encode(), "", [])
