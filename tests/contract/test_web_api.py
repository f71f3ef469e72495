"""What clients of the HTTP API rely on, through Chalice's own local server."""

import json

import pytest

from sentiment.serving.predictor import Reading, Verdict
from tests.support.api_client import BROWSER, FORM, JSON, TEXT, Api
from tests.support.web_fakes import MISSING, MODEL_VERSION, judge


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
        "lean": "positive",
        "unsure_because": None,
        "score": 0.973142,
        "confidence": 0.973142,
        "truncated": False,
        "n_words": 3,
        "n_words_read": 3,
        "model_version": MODEL_VERSION,
    }


@pytest.mark.parametrize(
    ("text", "sentiment"), [("good, bad", "unsure"), ("zxqvy", "not_a_review")]
)
def test_no_verdict_and_its_reason_are_passed_on(api: Api, text: str, sentiment: str) -> None:
    """JSON clients get 200 with the reason that there is no verdict, alone and in a list."""
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


def test_text_client_learns_what_is_not_a_review(api: Api) -> None:
    """There is no honest 1.0 or 0.0 for it: a 422 with the sentence."""
    reply = api.post("/review", "zxqvy", TEXT)
    assert reply.status == 422
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.text == (
        "This does not look like a review. None of its words is known; only English is read."
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("good%2C+bad", "Leans negative</strong>"),
        ("zxqvy", "This does not look like a review</strong>"),
    ],
)
def test_form_post_without_a_verdict_answers_a_page(api: Api, text: str, words: str) -> None:
    """With JavaScript off, the page shows the same two states and has status 200."""
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


@pytest.mark.parametrize("text", ["wonderful", "good, bad", "zxqvy"])
def test_the_fakes_answer_has_the_models_fields(text: str) -> None:
    """What these tests see has the fields that the endpoint's own handlers write."""
    fake = judge(text)
    refused = fake["reason"] if fake["sentiment"] == "not_a_review" else None
    verdict = Verdict(fake["score"], Reading(2, 2), MODEL_VERSION, 0.8, refused)
    answer = verdict.as_json()
    assert set(fake) == set(answer)
    assert {name: type(value) for name, value in fake.items()} == {
        name: type(answer[name]) for name in fake
    }
    for name in ("sentiment", "lean", "unsure_because", "score"):
        assert fake[name] == answer[name]
