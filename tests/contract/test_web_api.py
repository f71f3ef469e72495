"""What clients of the HTTP API rely on, through Chalice's own local server."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.settings import MAX_REVIEW_CHARACTERS
from chalicelib.web import Web
from tests.paths import APP_FOLDER
from tests.web_fakes import (
    APP_ENVIRONMENT,
    ARN,
    CRASHED,
    FORBIDDEN,
    MISSING,
    MODEL_VERSION,
    NOT_READY,
    THROTTLED,
    FakeClient,
    container_error,
    local_server,
)

TEXT = {"Content-Type": "text/plain"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = {**FORM, "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
DECLARED_STATUSES = {200, 400, 413, 415, 429, 502, 503, 504}


@dataclass(frozen=True)
class Reply:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]  # names in lower case
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def error_code(self) -> str:
        error = self.json["error"]
        assert set(error) == {"code", "message"}
        assert error["message"].endswith(".")
        return str(error["code"])


@dataclass(frozen=True)
class Api:
    """The running app and the endpoint behind it."""

    url: str
    client: FakeClient

    def send(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        connection = HTTPConnection(self.url.removeprefix("http://"), timeout=10)
        try:
            sent = body.encode() if isinstance(body, str) else body
            connection.request(method, path, sent, headers or {})
            response = connection.getresponse()
            lower = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, lower, response.read().decode())
        finally:
            connection.close()

    def post(self, path: str, body: bytes | str, headers: dict[str, str] | None = None) -> Reply:
        return self.send("POST", path, body, headers)


@pytest.fixture(scope="module")
def running_api() -> Iterator[Api]:
    client = FakeClient()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in APP_ENVIRONMENT.items():
            patch.setenv(name, value)
        from app import create_app  # importing it reads the environment
    endpoint = Endpoint(client, "movie-sentiment-local", sleep=lambda _: None)
    app = create_app(Web(endpoint, read_assets(find_static(APP_FOLDER))))
    with local_server(app) as url:
        yield Api(url, client)


@pytest.fixture
def api(running_api: Api) -> Api:
    running_api.client.script.clear()
    running_api.client.asked.clear()
    return running_api


# ---- one review ----


@pytest.mark.parametrize(
    ("body", "expected"),
    [("A wonderful film", "1.0"), ("A dull, boring film", "0.0")],
)
@pytest.mark.parametrize("accept", [{}, {"Accept": "*/*"}, {"Accept": "text/plain"}])
def test_text_client_gets_a_bare_number(
    api: Api,
    body: str,
    expected: str,
    accept: dict[str, str],
) -> None:
    """Clients of the original web app post text and parse 1.0 or 0.0."""
    reply = api.post("/review", body, {**TEXT, **accept})
    assert (reply.status, reply.text) == (200, expected)
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"


def test_body_without_a_type_is_text(api: Api) -> None:
    """The plainest request there is works."""
    assert api.post("/review", "A dull film").text == "0.0"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        ('{"review": "A wonderful film"}', JSON),
        ('{"review": "A wonderful film"}', {"Content-Type": "APPLICATION/JSON; charset=UTF-8"}),
        ("A wonderful film", {**TEXT, "Accept": "application/json"}),
        ("review=A+wonderful+film", FORM),
    ],
)
def test_json_client_gets_the_endpoints_verdict(
    api: Api,
    body: str,
    headers: dict[str, str],
) -> None:
    """JSON carries the endpoint's fields as they are, and the version of them all."""
    reply = api.post("/review", body, headers)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json; charset=utf-8"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json == {
        "api_version": 1,
        "sentiment": "positive",
        "score": 0.973142,
        "confidence": 0.973142,
        "truncated": False,
        "model_version": MODEL_VERSION,
    }


@pytest.mark.parametrize(
    ("text", "sentiment"), [("good, bad", "unsure"), ("zxqvy", "not_a_review")]
)
def test_no_verdict_and_its_reason_are_passed_on(api: Api, text: str, sentiment: str) -> None:
    """JSON clients learn that there is no verdict and why, alone and in a list; it is no error."""
    reply = api.post("/review", json.dumps({"review": text}), JSON)
    assert (reply.status, reply.json["sentiment"]) == (200, sentiment)
    assert reply.json["reason"].endswith(".")
    listed = api.post("/reviews", json.dumps([text, "good"]), JSON).json["results"]
    assert {"api_version": 1, **listed[0]} == reply.json
    assert "reason" not in listed[1]


def test_text_client_gets_the_likelier_side_of_an_unsure_verdict(api: Api) -> None:
    """A bare number has no word for doubt."""
    reply = api.post("/review", "good, bad", TEXT)
    assert (reply.status, reply.text) == (200, "0.0")


def test_text_client_is_told_what_is_no_review(api: Api) -> None:
    """There is no honest 1.0 or 0.0 for it: a 422 with the sentence."""
    reply = api.post("/review", "zxqvy", TEXT)
    assert reply.status == 422
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text == (
        "This does not look like a review. The model knows none of its words; it reads English."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [("good%2C+bad", "Unsure</strong>"), ("zxqvy", "This does not look like a review</strong>")],
)
def test_form_post_without_a_verdict_answers_a_page(api: Api, text: str, words: str) -> None:
    """With JavaScript off, the page shows the same two states, and is no error."""
    reply = api.post("/review", f"review={text}", BROWSER)
    assert reply.status == 200
    assert words in reply.text
    assert 'aria-invalid="true"' not in reply.text


def test_explanation_is_asked_for_and_passed_on(api: Api) -> None:
    """`explain` reaches the endpoint, and its reasons reach the client."""
    reply = api.post("/review", '{"review": "good", "explain": true}', JSON)
    assert api.client.asked == [{"review": "good", "explain": True}]
    assert reply.json["sentences"] == [{"start": 0, "end": 4, "contribution": 2.0}]


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_text_arrives_at_the_endpoint_letter_by_letter(api: Api, encoding: str) -> None:
    """Accents survive in every encoding that is declared."""
    headers = {"Content-Type": f"text/plain; charset={encoding}"}
    api.post("/review", "Un film génial".encode(encoding), headers)
    assert api.client.asked[0]["review"] == "Un film génial"


def test_form_post_answers_a_page_with_verdict_and_text(api: Api) -> None:
    """With JavaScript off, a page comes back: the verdict, and the text still in its box."""
    reply = api.post("/review", "review=A+wonderful+%3Cb%3Efilm", BROWSER)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert "Positive</strong>" in reply.text
    assert "97%" in reply.text
    assert "A wonderful &lt;b&gt;film</textarea>" in reply.text


def test_form_post_that_fails_answers_a_page_that_keeps_the_text(api: Api) -> None:
    """An error with JavaScript off is a page too, with its status and what was typed."""
    api.client.script[:] = [MISSING]
    reply = api.post("/review", "review=A+wonderful+film", BROWSER)
    assert (reply.status, reply.headers["retry-after"]) == (503, "60")
    assert "No model is deployed here at the moment." in reply.text
    assert "A wonderful film</textarea>" in reply.text


@pytest.mark.parametrize("path", ["/", "/review"])
def test_pages_carry_their_security_headers(api: Api, path: str) -> None:
    """No inline script or style, no framing, no sniffing, no referrer."""
    reply = api.send("GET", "/") if path == "/" else api.post(path, "review=good", BROWSER)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    for inline in ("style=", "onclick=", "<style", "<script>"):
        assert inline not in reply.text


# ---- many reviews ----


def test_list_of_reviews_costs_one_call(api: Api) -> None:
    """Results in order, an error in a bad item's place, one invocation for all."""
    reply = api.post("/reviews", json.dumps(["good", "", "a bad film", 5]), JSON)
    assert reply.status == 200
    results = reply.json["results"]
    assert [item.get("sentiment") or item["error"]["code"] for item in results] == [
        "positive",
        "empty_review",
        "negative",
        "bad_request",
    ]
    assert reply.json["model_version"] == MODEL_VERSION
    assert api.client.asked == [{"reviews": ["good", "a bad film"]}]


@pytest.mark.parametrize("body", ["[]", '["", " "]'])
def test_list_without_a_review_asks_nobody(api: Api, body: str) -> None:
    """Nothing to judge, nothing to pay."""
    reply = api.post("/reviews", body, JSON)
    assert reply.status == 200
    assert len(reply.json["results"]) == len(json.loads(body))
    assert api.client.asked == []


def test_hundred_reviews_are_the_limit(api: Api) -> None:
    """A hundred pass, a hundred and one are a 413."""
    assert len(api.post("/reviews", json.dumps(["x"] * 100), JSON).json["results"]) == 100
    reply = api.post("/reviews", json.dumps(["x"] * 101), JSON)
    assert (reply.status, reply.error_code) == (413, "too_many")


# ---- errors ----


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
def test_bad_request_is_told_what_is_wrong(
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


# ---- the rest of HTTP ----


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/", None, {}, 200),
        ("GET", "/health", None, {}, 200),
        ("GET", "/static/style.css", None, {}, 200),
        ("GET", "/static/nothing.css", None, {}, 404),
        ("POST", "/review", b"good", TEXT, 200),
        ("POST", "/review", b"", TEXT, 400),
        ("POST", "/review", b"x", {"Content-Type": "image/png"}, 415),
        ("POST", "/reviews", b"[]", JSON, 200),
        ("POST", "/reviews", b"x", JSON, 400),
        ("GET", "/review", None, {}, 405),
        ("POST", "/", b"x", TEXT, 405),
        ("DELETE", "/reviews", None, {}, 405),
    ],
)
def test_every_answer_is_open_to_other_origins(
    api: Api,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
) -> None:
    """CORS stands on every answer, errors and refused methods included."""
    reply = api.send(method, path, body, headers)
    assert reply.status == status
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in reply.headers["access-control-expose-headers"]


def test_refused_method_names_the_one_that_works(api: Api) -> None:
    """405 comes in our own error shape, with Allow."""
    reply = api.send("GET", "/review")
    assert (reply.error_code, reply.headers["allow"]) == ("method_not_allowed", "POST")
    assert reply.status == 405
    assert api.send("DELETE", "/").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/health", "/openapi.yaml", "/docs"])
def test_head_is_get_without_a_body(api: Api, path: str) -> None:
    """Where GET is, HEAD answers the same headers and nothing else."""
    got, head = api.send("GET", path), api.send("HEAD", path)
    assert (head.status, head.text) == (200, "")
    assert got.text
    for name in ("content-type", "etag", "cache-control", "access-control-allow-origin"):
        assert head.headers.get(name) == got.headers.get(name)


def test_negotiated_answers_vary(api: Api) -> None:
    """A cache must not hand a page to a client of JSON."""
    for headers in ({}, {"Accept": "text/html"}, {"Accept": "application/json"}):
        assert api.post("/review", "good", headers).headers["vary"] == "Accept"
        assert api.post("/review", "", headers).headers["vary"] == "Accept"


@pytest.mark.parametrize("path", ["/review", "/reviews"])
def test_preflight_lets_json_through(api: Api, path: str) -> None:
    """A page of another origin may send JSON."""
    reply = api.send("OPTIONS", path, None, {"Origin": "http://example.org"})
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "Content-Type" in reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize("content_type", [None, "text/html", "application/json"])
def test_get_ignores_a_content_type(api: Api, content_type: str | None) -> None:
    """A GET with some Content-Type is still a GET."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert api.send("GET", "/", headers=headers).status == 200


def test_page_is_the_form(api: Api) -> None:
    """GET / is the question, a box and a button."""
    reply = api.send("GET", "/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    plain = re.sub(r"\s*<[^>]+>\s*", " ", reply.text)
    assert "Is your review positive, or negative?" in plain
    assert '<form id="form" class="card" action="review" method="post">' in reply.text


@pytest.mark.parametrize("path", ["/", "/static/review.js"])
def test_unchanged_file_is_not_sent_twice(api: Api, path: str) -> None:
    """ETag and If-None-Match work over the wire."""
    first = api.send("GET", path)
    second = api.send("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status, second.text) == (304, "")


def test_versioned_assets_are_kept_for_ever(api: Api) -> None:
    """Every asset URL that the page writes answers with a year's caching."""
    urls = re.findall(r'"(static/[^"]+)"', api.send("GET", "/").text)
    modules = api.send("GET", "/static/review.js").text
    urls += [f"static/{name}" for name in re.findall(r'from "./([^"]+)"', modules)]
    assert len(urls) > len(list((APP_FOLDER / "vendor/static").glob("*.css"))) + 4
    for url in urls:
        assert "immutable" in api.send("GET", f"/{url}").headers["cache-control"]


def test_health_tells_versions_without_asking_aws(api: Api) -> None:
    """A health check costs nothing."""
    reply = api.send("GET", "/health")
    assert reply.json["status"] == "ok"
    assert set(reply.json["versions"]) == {"app", "python", "boto3"}
    assert api.client.asked == []


@settings(deadline=None, max_examples=150)
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
