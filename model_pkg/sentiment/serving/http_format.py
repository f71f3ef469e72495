"""Read the endpoint's requests and write its answers, as bytes.

    text/plain             one review; in a batch transform, one a line
    application/json       {"review": s, "explain": bool} or {"reviews": [s, ...]}
    application/jsonlines  a JSON string or {"review": s, "id": any} a line; the id comes back

A list may have 10,000 reviews, a request of lines 100,000. A batch transform puts as many lines
into a request as fit into its MaxPayloadInMB, and fails at a 413. So the limit is above that.

The answer is JSON (JSON lines for JSON lines), or bare scores where Accept prefers text/plain. A
text without Accept gets 1.0 or 0.0, as clients of the original endpoint expect.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sentiment.errors import InvalidRequest
from sentiment.serving.predictor import EVEN, Verdict

MAX_REVIEW_CHARACTERS = 100_000
MAX_REVIEWS = 10_000
MAX_LINES = 100_000  # of 63 bytes, where they fill a request
MAX_BODY_BYTES = 6 * 1024 * 1024  # SageMaker's own limit of a real-time invocation

TEXT, JSON, JSON_LINES = "text/plain", "application/json", "application/jsonlines"

_BAD_JSON = ("bad_json", "the request is not valid JSON")
_BAD_LINE = InvalidRequest(*_BAD_JSON)  # one for all such lines, of which there may be many

Result = Verdict | InvalidRequest


@dataclass(frozen=True)
class Request:
    """A readable request; an invalid item is replaced by its error."""

    reviews: Sequence[str | InvalidRequest]
    explain: bool
    form: Literal["one", "many", "lines"]
    ids: Mapping[int, bytes] = field(default_factory=dict)  # place of a line -> its id, as JSON
    is_text: bool = False


def read_request(
    body: bytes | str, content_type: str | None, *, text_lines: bool = False
) -> Request:
    """Return the request in the body; with `text_lines`, each line of a text is a review.

    Raises:
        InvalidRequest: undecodable, not JSON, a field missing or unknown, too large, another type.
    """
    media_type = (content_type or TEXT).partition(";")[0].strip().lower()
    if len(body) > MAX_BODY_BYTES:
        raise InvalidRequest("too_long", "the request is larger than 6 MB; send fewer reviews", 413)
    if media_type == TEXT and text_lines:
        lines = _decode(body).removesuffix("\n").split("\n")  # an empty line has its answer too
        _check_count(lines)
        return Request([_check_review(line) for line in lines], explain=False, form="lines")
    if media_type == TEXT:
        return Request([_check_review(_decode(body))], explain=False, form="one", is_text=True)
    if media_type == JSON:
        return _read_json(_parse(_decode(body)))
    if media_type in (JSON_LINES, "application/jsonl", "application/x-jsonlines"):
        lines = [line for line in _decode(body).split("\n") if line.strip()]
        _check_count(lines)
        items = [_parse_line(line) for line in lines]
        ids = {n: found for n, item in enumerate(items) if (found := _find_id(item)) is not None}
        return Request([_read_item(item) for item in items], explain=False, form="lines", ids=ids)
    raise InvalidRequest(
        "unsupported_type", f"send {TEXT}, {JSON} or {JSON_LINES}, not {media_type!r:.80}", 415
    )


def write_answer(request: Request, results: Sequence[Result], accept: str | None) -> bytes:
    """Return the body of the answer; its type is `answer_type(request, accept)`."""
    kind = answer_type(request, accept)
    if kind == TEXT:
        write = _as_score if accept else _as_rating
        return "\n".join(write(result) for result in results).encode()
    items = [result.as_json() for result in results]
    if kind == JSON_LINES:
        lines = [dump_json(item) for item in items]
        for n, given in request.ids.items():
            lines[n] = b'{"id":%b,%b' % (given, lines[n][1:])
        return b"".join(line + b"\n" for line in lines)
    return dump_json(items[0] if request.form == "one" else {"results": items})


def answer_type(request: Request, accept: str | None) -> str:
    """Return the media type to answer in: text/plain if Accept ranks it above JSON.

    Without Accept, the answer has the type of the request.
    """
    if request.is_text and not accept:
        return TEXT
    ranks = _rank(accept or "*/*")
    structured = JSON_LINES if request.form == "lines" else JSON
    best_structured = max(
        ranks.get(kind, 0.0) for kind in (JSON, JSON_LINES, "application/*", "*/*")
    )
    text = max(ranks.get(TEXT, 0.0), ranks.get("text/*", 0.0))
    return TEXT if text > best_structured else structured


def _rank(accept: str) -> dict[str, float]:
    """Media type -> its weight; earlier types win ties by a hair."""
    ranks: dict[str, float] = {}
    for position, part in enumerate(accept.split(",")):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if weight > 0:
            ranks.setdefault(media_type, weight - position * 1e-6)
    return ranks


def _decode(body: bytes | str) -> str:
    if isinstance(body, str):
        return body
    try:
        return bytes(body).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest("undecodable", "the request is not UTF-8 text") from None


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidRequest(*_BAD_JSON) from None


def _read_json(content: Any) -> Request:
    if not isinstance(content, dict):
        raise InvalidRequest("bad_request", 'send an object: {"review": "..."}')
    if "reviews" in content:
        _refuse_unknown(content, {"reviews"})
        reviews = content["reviews"]
        if not isinstance(reviews, list) or not reviews:
            raise InvalidRequest("bad_request", "reviews must be a list of at least one text")
        if len(reviews) > MAX_REVIEWS:
            raise InvalidRequest("too_long", f"send at most {MAX_REVIEWS:,} reviews at a time", 413)
        return Request([_check_review(review) for review in reviews], explain=False, form="many")
    _refuse_unknown(content, {"review", "explain"})
    if "review" not in content:
        raise InvalidRequest("bad_request", 'the field "review" is missing')
    explain = content.get("explain", False)
    if not isinstance(explain, bool):
        raise InvalidRequest("bad_request", "explain must be true or false")
    return Request([_check_review(content["review"])], explain, form="one")


def _check_count(lines: Sequence[str]) -> None:
    if len(lines) > MAX_LINES:
        raise InvalidRequest("too_long", f"send at most {MAX_LINES:,} lines at a time", 413)


def _parse_line(line: str) -> Any:
    """Return the line's content or error; raising would keep a traceback for each bad line."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _BAD_LINE


def _find_id(item: Any) -> bytes | None:
    """Return the line's id as JSON; one nested so deep that it cannot be written is left out."""
    if not isinstance(item, dict) or "id" not in item:
        return None
    try:
        return json.dumps(item["id"], separators=(",", ":")).encode()
    except RecursionError:
        return None


def _read_item(content: Any) -> str | InvalidRequest:
    """Return a line's review or error."""
    if isinstance(content, InvalidRequest):
        return content
    if isinstance(content, dict):
        unknown = _find_unknown(content, {"review", "id"})
        if unknown is not None:
            return unknown
        content = content.get("review")
    return _check_review(content)


def _check_review(review: Any) -> str | InvalidRequest:
    if not isinstance(review, str):
        return InvalidRequest("bad_request", "a review must be a text")
    if len(review) > MAX_REVIEW_CHARACTERS:
        return InvalidRequest(
            "too_long", f"a review may have {MAX_REVIEW_CHARACTERS:,} characters", 413
        )
    return review


def _refuse_unknown(content: dict[str, Any], known: set[str]) -> None:
    unknown = _find_unknown(content, known)
    if unknown is not None:
        raise unknown


def _find_unknown(content: dict[str, Any], known: set[str]) -> InvalidRequest | None:
    for name in content:
        if name not in known:
            return InvalidRequest("bad_request", f"unknown field {name!r:.80}")
    return None


def _as_score(result: Result) -> str:
    return f"{result.score:.6f}" if isinstance(result, Verdict) else "nan"


def _as_rating(result: Result) -> str:
    """Return the likelier side, even if the model is unsure."""
    return "nan" if isinstance(result, InvalidRequest) else f"{result.score >= EVEN:.1f}"


def dump_json(content: Any) -> bytes:
    """Return compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
