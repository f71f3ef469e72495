"""Content negotiation (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.exchange import JSON_TYPE, PAGE_TYPE, TEXT_TYPE, Request

_PREFERENCE = {
    TEXT_TYPE: (TEXT_TYPE, JSON_TYPE, PAGE_TYPE),
    JSON_TYPE: (JSON_TYPE, TEXT_TYPE, PAGE_TYPE),
}


def media_type(content_type: str) -> str:
    """Return the media type without parameters, in lower case.

    >>> media_type("Text/Plain; charset=UTF-8")
    'text/plain'
    """
    return content_type.partition(";")[0].strip().lower()


def answer_type(request: Request) -> str:
    """Return the type of the answer to `request`: plain text, JSON or HTML.

    Accept decides. If it has no preference, a text body gets text (clients of the original web app
    send `*/*`), and any other body JSON. A body without a type is text.
    """
    sent = media_type(request.header("content-type"))
    if not sent and request.method == "POST":
        sent = TEXT_TYPE
    offers = _PREFERENCE.get(sent, (JSON_TYPE, PAGE_TYPE, TEXT_TYPE))
    return choose(request.header("accept"), offers)


def choose(accept: str, offers: Sequence[str]) -> str:
    """Return the offer with the highest weight in `accept`, or the first if none is acceptable.

    >>> choose("text/html, */*;q=0.8", ["application/json", "text/html"])
    'text/html'
    >>> choose("*/*", ["text/plain", "application/json"])
    'text/plain'
    """
    ranges = _parse_accept(accept)
    weights = [_weight(offer, ranges) for offer in offers]
    return offers[weights.index(max(weights))]


def _parse_accept(accept: str) -> dict[str, float]:
    ranges = {}
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if "/" in name:
            ranges[name] = _quality(parameters)
    return ranges or {"*/*": 1.0}


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return quality if 0.0 <= quality <= 1.0 else 0.0  # NaN too
    return 1.0


def _weight(offer: str, ranges: dict[str, float]) -> float:
    """Return the weight of the most specific range that covers `offer`."""
    family = offer.partition("/")[0] + "/*"
    return next((ranges[name] for name in (offer, family, "*/*") if name in ranges), 0.0)
