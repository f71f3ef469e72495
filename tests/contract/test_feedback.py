"""POST /feedback: what is kept, for how long, and what is refused."""

import json
import logging
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.errors import InvalidSetup
from chalicelib.exchange import Answer, Request
from chalicelib.feedback import FeedbackTable
from chalicelib.settings import Settings
from chalicelib.web import Web, respond
from tests.support.fake_dynamodb import FakeDynamoDB, refusal
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import MODEL_VERSION, FakeClient

NOON_S = 1_767_268_800.0  # 2026-01-01, 12:00 UTC
KEPT = {"api_version": 1, "kept_until": "2027-01-01"}
FEEDBACK = {"right": False, "score": 0.973142, "model_version": MODEL_VERSION}


@pytest.fixture
def dynamodb() -> FakeDynamoDB:
    return FakeDynamoDB()


@pytest.fixture
def web(dynamodb: FakeDynamoDB) -> Web:
    table = FeedbackTable("the-table", lambda: dynamodb, clock=lambda: NOON_S)
    return make_web(table)


def make_web(table: FeedbackTable | None) -> Web:
    endpoint = Endpoint(FakeClient(), "movie-sentiment-local")
    return Web(endpoint, read_assets(find_static(APP_FOLDER)), table)


def send(web: Web, body: Any, content_type: str = "application/json", accept: str = "") -> Answer:
    headers = {"content-type": content_type, "accept": accept}
    text = body if isinstance(body, str) else json.dumps(body)
    request = Request("POST", "/feedback", headers=headers, body=text)
    return respond(request, web.feedback, web.endpoint_name)


def test_an_answer_is_kept_for_a_year_without_the_review(web: Web, dynamodb: FakeDynamoDB) -> None:
    """Exactly the verdict's number, its model, the day and the answer; nothing else."""
    answer = send(web, FEEDBACK)
    assert (answer.status, json.loads(answer.body)) == (201, KEPT)
    ((table, item),) = dynamodb.kept
    identifier = item["id"]["S"]
    assert table == "the-table"
    assert len(identifier) == 32
    assert item == {
        "id": {"S": identifier},
        "received_on": {"S": "2026-01-01"},
        "expires_at": {"N": str(int(NOON_S) + 365 * 86_400)},
        "right": {"BOOL": False},
        "score": {"N": "0.973142"},
        "model_version": {"S": MODEL_VERSION},
    }


def test_a_review_sent_along_is_kept_to_the_letter(web: Web, dynamodb: FakeDynamoDB) -> None:
    """Emoji, markup and white space at its ends included."""
    review = " A 🎬 film,<br />\r\nnot good.\n"
    assert send(web, {**FEEDBACK, "right": True, "review": review}).status == 201
    ((_, item),) = dynamodb.kept
    assert item["review"] == {"S": review}
    assert item["right"] == {"BOOL": True}


def test_only_the_beginning_of_a_review_is_kept(web: Web, dynamodb: FakeDynamoDB) -> None:
    """2,000 characters, so that a stranger can't fill the table."""
    assert send(web, {**FEEDBACK, "review": "x" * 2_000 + "y"}).status == 201
    ((_, item),) = dynamodb.kept
    assert item["review"] == {"S": "x" * 2_000}


@pytest.mark.parametrize("score", [0, 1])
def test_a_score_may_be_certain(web: Web, dynamodb: FakeDynamoDB, score: int) -> None:
    """From 0 to 1, both included."""
    assert send(web, {**FEEDBACK, "score": score}).status == 201
    assert dynamodb.kept[0][1]["score"] == {"N": f"{score}.000000"}


def test_two_answers_are_two_items(web: Web, dynamodb: FakeDynamoDB) -> None:
    """Nobody's answer overwrites another's."""
    send(web, FEEDBACK)
    send(web, FEEDBACK)
    first, second = dynamodb.kept
    assert first[1]["id"] != second[1]["id"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"right": "no"}, "'right'"),
        ({"right": None}, "'right'"),
        ({"score": True}, "'score'"),
        ({"score": 1.5}, "'score'"),
        ({"score": -0.5}, "'score'"),
        ({"score": "0.9"}, "'score'"),
        ({"model_version": ""}, "'model_version'"),
        ({"model_version": "x" * 65}, "'model_version'"),
        ({"model_version": "a b"}, "'model_version'"),
        ({"review": 7}, "string"),
        ({"email": "me@example.org"}, "'email'"),
    ],
)
def test_bad_field_is_named(
    web: Web, dynamodb: FakeDynamoDB, change: dict[str, Any], named: str
) -> None:
    """A field that is wrong or unknown is a 400 that names it, and nothing is kept."""
    answer = send(web, {**FEEDBACK, **change})
    assert answer.status == 400
    assert named in json.loads(answer.body)["error"]["message"]
    assert dynamodb.kept == []


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "bad_json"),
        ("[]", "application/json", 400, "bad_request"),
        ("null", "application/json", 400, "bad_request"),
        (json.dumps({**FEEDBACK, "score": 0}).replace(": 0", ": NaN"), "", 400, "bad_json"),
        (json.dumps({**FEEDBACK, "review": " "}), "application/json", 400, "empty_review"),
        (json.dumps({**FEEDBACK, "review": "x" * 20_001}), "application/json", 413, "too_long"),
        (json.dumps({**FEEDBACK, "review": "\ud800"}), "application/json", 400, "undecodable"),
        ("right=no", "application/x-www-form-urlencoded", 415, "unsupported_type"),
    ],
)
def test_bad_body_is_refused(
    web: Web, dynamodb: FakeDynamoDB, body: str, content_type: str, status: int, code: str
) -> None:
    """Every unreadable body has its own status and code, and nothing is kept."""
    answer = send(web, body, content_type)
    assert (answer.status, answer.error_code) == (status, code)
    assert dynamodb.kept == []


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (refusal("ResourceNotFoundException"), "ResourceNotFoundException"),
        (refusal("ThrottlingException"), "ThrottlingException"),
        (EndpointConnectionError(endpoint_url="https://x"), "EndpointConnectionError"),
    ],
)
def test_a_table_out_of_reach_is_a_503(
    web: Web, dynamodb: FakeDynamoDB, failure: Exception, cause: str
) -> None:
    """The person can try again; AWS's words stay here; the next answer is kept."""
    dynamodb.script.append(failure)
    answer = send(web, FEEDBACK)
    assert (answer.status, answer.error_code) == (503, "feedback_unavailable")
    assert answer.headers["Retry-After"] == "30"
    assert "arn:" not in answer.body
    assert "123456789012" not in answer.body
    assert answer.cause == cause
    assert send(web, FEEDBACK).status == 201


def test_the_log_holds_no_review(
    web: Web, caplog: pytest.LogCaptureFixture, dynamodb: FakeDynamoDB
) -> None:
    """Whether it is kept or not."""
    caplog.set_level(logging.INFO)
    dynamodb.script.append(refusal("ThrottlingException"))
    for _ in range(2):
        send(web, {**FEEDBACK, "review": "A xylophonic film"})
    assert len(caplog.records) == 2
    assert "xylophonic" not in caplog.text


def test_without_a_table_nobody_is_asked() -> None:
    """The page lacks the question, and the address says that nothing is kept."""
    web = make_web(None)
    answer = send(web, FEEDBACK)
    assert (answer.status, answer.error_code) == (404, "not_found")
    assert "Was this right?" not in web.form(Request("GET", "/")).body


def test_with_a_table_the_page_asks(web: Web) -> None:
    """As a template, which a browser without JavaScript shows nobody."""
    body = web.form(Request("GET", "/")).body
    assert body.count('<template id="feedback">') == 1
    assert "Was this right?" in body


def test_the_table_is_a_setting() -> None:
    """FEEDBACK_TABLE names it; empty or absent means none; no table can have an odd name."""
    name = {"ENDPOINT_NAME": "an-endpoint"}
    assert Settings.from_env({**name, "FEEDBACK_TABLE": "a-table"}).feedback_table == "a-table"
    assert Settings.from_env({**name, "FEEDBACK_TABLE": ""}).feedback_table is None
    assert Settings.from_env(name).feedback_table is None
    with pytest.raises(InvalidSetup, match="FEEDBACK_TABLE"):
        Settings.from_env({**name, "FEEDBACK_TABLE": "a table"})


def test_a_leap_day_is_still_a_year(dynamodb: FakeDynamoDB) -> None:
    """365 days, whatever the calendar says."""
    leap_day_s = 1_835_395_200.0  # 2028-02-29
    table = FeedbackTable("the-table", lambda: dynamodb, clock=lambda: leap_day_s)
    answer = send(make_web(table), FEEDBACK)
    assert date.fromisoformat(json.loads(answer.body)["kept_until"]) == date(2029, 2, 28)
