"""Reading and checking what people send."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import (
    EmptyReview,
    RequestError,
    TooLong,
    TooMany,
    Undecodable,
    UnsupportedType,
)
from chalicelib.exchange import Request
from chalicelib.reviews import Review, check_review, read_review, read_reviews
from chalicelib.settings import MAX_BODY_BYTES, MAX_REVIEW_CHARACTERS, MAX_REVIEWS

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


def request(body: str | bytes, content_type: str = "") -> Request:
    return Request("POST", "/review", headers={"content-type": content_type}, body=body)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("A good film", "text/plain", Review("A good film")),
        ("A good film", "", Review("A good film")),
        ('{"review": "A good film"}', JSON, Review("A good film")),
        ('{"review": "x", "explain": true}', JSON, Review("x", explain=True)),
        ("review=A+good%20film", FORM, Review("A good film")),
        ("review=g%C3%A9nial", FORM, Review("génial")),
        ("review=génial".encode(), FORM, Review("génial")),
        ("review=", FORM, Review("")),
        ("review=A+good%0D%0A%0D%0Afilm%0D%0A", FORM, Review("A good\n\nfilm\n")),
        ("A good\r\nfilm", "text/plain", Review("A good\r\nfilm")),
    ],
)
def test_review_is_read_from_every_type(
    body: str | bytes, content_type: str, expected: Review
) -> None:
    """Text, JSON and a form carry the same review."""
    assert read_review(request(body, content_type)) == expected


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        ("[]", JSON, RequestError),
        ('{"review": 5}', JSON, RequestError),
        ('{"text": "x"}', JSON, RequestError),
        ('{"review": "x", "explian": true}', JSON, RequestError),
        ('{"review": "x", "explain": "yes"}', JSON, RequestError),
        ('{"review": "half \\ud83d"}', JSON, Undecodable),
        ("A wonderful film", FORM, RequestError),  # curl -d without a field name
        ("review=a&review=b", FORM, RequestError),
        ("review=%FF", FORM, Undecodable),
        ("<review/>", "application/xml", UnsupportedType),
        ("x", "multipart/form-data; boundary=x", UnsupportedType),
    ],
)
def test_what_is_not_a_review_is_refused(
    body: str,
    content_type: str,
    error: type[RequestError],
) -> None:
    """Each way of getting it wrong has its own error."""
    with pytest.raises(error):
        read_review(request(body, content_type))


@pytest.mark.parametrize("text", ["", "  \n\t", "\u3000"])
def test_blank_review_is_empty(text: str) -> None:
    """White space is not a review."""
    with pytest.raises(EmptyReview):
        check_review(text)


def test_limit_counts_characters_and_is_inclusive() -> None:
    """The longest permitted review passes; one character more names both figures."""
    longest = "é" * MAX_REVIEW_CHARACTERS
    assert check_review(longest) == longest
    with pytest.raises(TooLong, match="20,000 characters; this one has 20,001"):
        check_review(longest + "é")


def test_longest_review_fits_a_request_however_it_is_escaped() -> None:
    """The body limit never cuts in before the review's own."""
    longest = "\N{CLAPPER BOARD}" * MAX_REVIEW_CHARACTERS
    assert len(json.dumps({"review": longest})) < MAX_BODY_BYTES


def test_each_bad_item_has_its_error_in_its_place() -> None:
    """One bad review does not spoil the others."""
    items = ["good", " ", 5, "x" * (MAX_REVIEW_CHARACTERS + 1), None, "half \ud83d", "bad"]
    read = read_reviews(request(json.dumps(items), JSON))
    codes = [item if isinstance(item, str) else item.code for item in read]
    assert codes == [
        "good",
        "empty_review",
        "bad_request",
        "too_long",
        "bad_request",
        "undecodable",
        "bad",
    ]


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (json.dumps(["x"] * (MAX_REVIEWS + 1)), JSON, TooMany),
        ('{"reviews": []}', JSON, RequestError),
        ('"x"', JSON, RequestError),
        ("x", "text/plain", UnsupportedType),
    ],
)
def test_what_is_not_a_list_of_reviews_is_refused(
    body: str,
    content_type: str,
    error: type[RequestError],
) -> None:
    """A body that is not a list, is too long or has another type is refused as a whole."""
    with pytest.raises(error):
        read_reviews(request(body, content_type))


@given(st.binary(), st.sampled_from(["", "text/plain", JSON, FORM, "image/png"]))
def test_any_bytes_give_a_review_or_a_declared_error(body: bytes, content_type: str) -> None:
    """Whatever arrives as whatever type: a review or a RequestError."""
    try:
        review = read_review(request(body, content_type))
    except RequestError:
        return
    assert isinstance(review.text, str)
