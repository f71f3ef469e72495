"""What the endpoint is sent and what it answers, as bytes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.errors import InvalidRequest
from sentiment.serving.http_format import (
    MAX_BODY_BYTES,
    MAX_LINES,
    MAX_REVIEWS,
    Request,
    answer_type,
    read_request,
    write_answer,
)
from sentiment.serving.predictor import Reading, Verdict

VERDICT = Verdict(0.75, Reading(3, 3), model_version="1.0.0-0")
TYPES = ["text/plain", "application/json", "application/jsonlines", "image/png", "", None]


@given(st.binary() | st.text(), st.sampled_from(TYPES), st.booleans())
def test_any_body_is_a_request_or_a_declared_error(
    body: bytes | str, content_type: str | None, text_lines: bool
) -> None:
    """No bytes whatever raise anything but InvalidRequest with a 4xx."""
    answer: Request | InvalidRequest
    try:
        answer = read_request(body, content_type, text_lines=text_lines)
    except InvalidRequest as error:
        answer = error
    if isinstance(answer, InvalidRequest):
        assert 400 <= answer.status < 500
        assert answer.message
    else:
        assert all(isinstance(item, str | InvalidRequest) for item in answer.reviews)


@pytest.mark.parametrize(
    ("body", "content_type", "code", "status"),
    [
        (b"\xff\xfe", "text/plain", "undecodable", 400),
        (b"{", "application/json", "bad_json", 400),
        (b"[" * 100_000, "application/json", "bad_json", 400),
        (b"[]", "application/json", "bad_request", 400),
        (b'{"text": "x"}', "application/json", "bad_request", 400),
        (b'{"review": "x", "explain": "yes"}', "application/json", "bad_request", 400),
        (b'{"reviews": []}', "application/json", "bad_request", 400),
        (b'{"reviews": ["x"], "explain": true}', "application/json", "bad_request", 400),
        (b"x", "image/png", "unsupported_type", 415),
        (b"x" * (MAX_BODY_BYTES + 1), "text/plain", "too_long", 413),
    ],
)
def test_a_bad_request_is_told_apart(
    body: bytes, content_type: str, code: str, status: int
) -> None:
    """Each fault has its own code and status."""
    with pytest.raises(InvalidRequest) as caught:
        read_request(body, content_type)
    assert (caught.value.code, caught.value.status) == (code, status)


def test_an_item_at_fault_does_not_spoil_the_others() -> None:
    """Of many reviews, the bad one stands as its error, in its place."""
    request = read_request(b'{"reviews": ["good", 3]}', "application/json; charset=utf-8")
    assert request.reviews[0] == "good"
    assert isinstance(request.reviews[1], InvalidRequest)
    lines = read_request(b'"one"\n{"review": "two"}\n\nnot json\n', "application/jsonlines")
    assert lines.reviews[:2] == ["one", "two"]
    assert isinstance(lines.reviews[2], InvalidRequest)


def test_a_batch_transform_reads_each_line_of_a_text_as_a_review() -> None:
    """An empty line is a review too, so that answers and lines stay side by side."""
    request = read_request(b"Loved it.\n\nAwful.\n", "text/plain", text_lines=True)
    assert list(request.reviews) == ["Loved it.", "", "Awful."]
    answer = write_answer(request, [VERDICT] * 3, "text/plain").decode()
    assert answer.split("\n") == ["0.750000"] * 3
    assert len(write_answer(request, [VERDICT] * 3, None).splitlines()) == 3
    assert list(read_request(b"One\nreview", "text/plain").reviews) == ["One\nreview"]


def test_ids_of_lines_come_back() -> None:
    """Whatever they are, also beside an error; a line without one gets none."""
    body = b'{"review": "a", "id": 7}\n"b"\n{"id": {"k": null}, "review": 3}\n'
    body += b'{"id": "\\ud800", "z": 1}\n'
    request = read_request(body, "application/jsonlines")
    results = [item if isinstance(item, InvalidRequest) else VERDICT for item in request.reviews]
    lines = write_answer(request, results, None).splitlines()
    first, second, third, last = map(json.loads, lines)
    assert (first["id"], first["score"]) == (7, 0.75)
    assert "id" not in second
    assert (third["id"], third["error"]["code"]) == ({"k": None}, "bad_request")
    assert (last["id"], last["error"]["message"]) == ("\ud800", "unknown field 'z'")


def test_bad_lines_hold_nothing_but_their_sentence() -> None:
    """An error that was raised keeps its traceback, 1.5 kB a line: 6 MB of them fill a server."""
    for line in (b"x", b'{"text": "x"}', b"7"):
        request = read_request((line + b"\n") * 2, "application/jsonlines")
        for error in request.reviews:
            assert isinstance(error, InvalidRequest)
            assert (error.__traceback__, error.__context__) == (None, None)


def test_a_list_has_a_limit_and_lines_a_far_one() -> None:
    """A batch transform packs lines by their bytes, and would end at the first refusal."""
    reviews = ["x"] * (MAX_REVIEWS + 1)
    with pytest.raises(InvalidRequest) as caught:
        read_request(json.dumps({"reviews": reviews}), "application/json")
    assert (caught.value.code, caught.value.status) == ("too_long", 413)
    lines = read_request('"x"\n' * len(reviews), "application/jsonlines")
    assert lines.reviews == reviews
    with pytest.raises(InvalidRequest) as caught:
        read_request("x\n" * (MAX_LINES + 1), "application/jsonlines")
    assert (caught.value.code, caught.value.status) == ("too_long", 413)
    assert len(read_request("x\n\n" * MAX_LINES, "application/jsonlines").reviews) == MAX_LINES


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/plain", "text/plain"),
        ("text/plain, application/json", "text/plain"),
        ("application/json, text/plain", "application/json"),
        ("text/plain;q=0.5, application/json", "application/json"),
        ("text/plain, */*;q=0.1", "text/plain"),
        ("text/plain;q=0", "application/json"),
    ],
)
def test_accept_chooses_between_a_bare_score_and_json(accept: str | None, expected: str) -> None:
    """Text only where it is ranked above JSON."""
    assert answer_type(Request(["x"], explain=False, form="one"), accept) == expected


def test_a_text_without_accept_gets_a_bare_rating() -> None:
    """Clients of the original endpoint send no Accept and parse 1.0 or 0.0."""
    text = read_request(b"A film", "text/plain")
    assert answer_type(text, None) == "text/plain"
    assert write_answer(text, [VERDICT], None) == b"1.0"
    assert write_answer(text, [replace(VERDICT, score=0.4)], None) == b"0.0"
    assert answer_type(text, "*/*") == "application/json"
    assert write_answer(text, [VERDICT], "text/plain") == b"0.750000"


def test_answers_have_the_promised_shapes() -> None:
    """One review, many, and lines: an object, a list in an object, an object a line."""
    one = Request(["x"], explain=False, form="one")
    assert write_answer(one, [VERDICT], "text/plain") == b"0.750000"
    assert json.loads(write_answer(one, [VERDICT], None)) == {
        "sentiment": "positive",
        "lean": "positive",
        "unsure_because": None,
        "score": 0.75,
        "confidence": 0.75,
        "truncated": False,
        "n_words": 3,
        "n_words_read": 3,
        "model_version": "1.0.0-0",
    }
    error = InvalidRequest("empty_review", "nothing")
    many = Request(["x", ""], explain=False, form="many")
    results = json.loads(write_answer(many, [VERDICT, error], None))["results"]
    assert [next(iter(result)) for result in results] == ["sentiment", "error"]
    lines = Request(["x", ""], explain=False, form="lines")
    answer = write_answer(lines, [VERDICT, error], None)
    assert answer.count(b"\n") == 2
    assert json.loads(answer.splitlines()[1]) == error.as_json()
