"""Reviews in requests: read, then checked."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.content import (
    body_text,
    parse_fields,
    parse_form,
    parse_json,
    refuse_unknown,
    whole_text,
)
from chalicelib.errors import EmptyReview, RequestError, TooLong, TooMany, UnsupportedType
from chalicelib.exchange import JSON_TYPE, TEXT_TYPE, Request
from chalicelib.negotiation import media_type
from chalicelib.settings import MAX_REVIEW_CHARACTERS, MAX_REVIEWS

_FIELDS = ("review", "explain")
_FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Review:
    """One review as it was sent, and whether to explain its verdict."""

    text: str
    explain: bool = False


def read_review(request: Request) -> Review:
    """Return the review in a body of plain text, JSON or a form, unchecked.

    A body without a Content-Type is text.

    Raises:
        RequestError: the body has another type or cannot be read.
    """
    sent = media_type(request.header("content-type")) or TEXT_TYPE
    readers = {TEXT_TYPE: Review, JSON_TYPE: _from_json, _FORM_TYPE: _from_form}
    if sent not in readers:
        raise UnsupportedType(
            "Send the review as text/plain, application/json or an urlencoded form.",
        )
    return readers[sent](body_text(request))


def check_review(text: str) -> str:
    """Return `text` unchanged.

    Raises:
        EmptyReview: it has only white space.
        TooLong: it has more than MAX_REVIEW_CHARACTERS.
    """
    if not text.strip():
        raise EmptyReview
    if len(text) > MAX_REVIEW_CHARACTERS:
        raise TooLong(
            f"A review can have at most {MAX_REVIEW_CHARACTERS:,} characters;"
            f" this one has {len(text):,}.",
        )
    return text


def read_reviews(request: Request) -> list[str | RequestError]:
    """Return each item's checked text, or its error, in order.

    Raises:
        RequestError: the body is not a JSON list of at most MAX_REVIEWS items.
    """
    if media_type(request.header("content-type") or JSON_TYPE) != JSON_TYPE:
        raise UnsupportedType("Send the reviews as application/json: a list of strings.")
    items = parse_json(body_text(request))
    if not isinstance(items, list):
        raise RequestError("Send a JSON list of reviews. Each review must be a string.")
    if len(items) > MAX_REVIEWS:
        raise TooMany(
            f"A request can have at most {MAX_REVIEWS} reviews; this one has {len(items):,}."
        )
    return [_read_item(item) for item in items]


def _read_item(item: object) -> str | RequestError:
    if not isinstance(item, str):
        return RequestError("A review must be a string.")
    try:
        return check_review(whole_text(item))
    except RequestError as error:
        return error


def _from_json(text: str) -> Review:
    value = parse_fields(text, _FIELDS)
    review, explain = value.get("review"), value.get("explain", False)
    if not isinstance(review, str):
        raise RequestError('Send a JSON object with the review as a string: {"review": "..."}.')
    if not isinstance(explain, bool):
        raise RequestError("'explain' must be true or false.")
    return Review(whole_text(review), explain)


def _from_form(text: str) -> Review:
    fields = parse_form(text)
    values = fields.get("review", [])
    if len(values) != 1:
        raise RequestError(
            "Send one form field named review, or send the review as the body with Content-Type:"
            " text/plain.",
        )
    refuse_unknown(fields, ["review"])
    # forms send two characters for each line break, which counts as one
    return Review(whole_text(values[0].replace("\r\n", "\n")))
