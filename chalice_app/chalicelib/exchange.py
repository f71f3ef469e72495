"""Requests and answers as plain values; only app.py knows the framework."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON_TYPE = "application/json"
TEXT_TYPE = "text/plain"
PAGE_TYPE = "text/html"


@dataclass(frozen=True)
class Request:
    """One HTTP request as API Gateway hands it over.

    `path` is the requested path, with the stage (`/prod/review`); `route` is the pattern that it
    matches. `body` is bytes from a local server, and str (base64 or text) from API Gateway.
    """

    method: str
    route: str
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes | str | None = None
    is_base64: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    request_id: str | None = None

    def header(self, name: str) -> str:
        """Return the header's value, or '' if it was not sent."""
        return self.headers.get(name) or ""


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; every body is text."""

    status: int
    body: str
    headers: Mapping[str, str]
    error_code: str | None = None  # for the log
    cause: str | None = None  # for the log
    numbers: Mapping[str, object] = field(default_factory=dict)  # for the log: see metrics.py

    @property
    def size_bytes(self) -> int:
        return len(self.body.encode())


def text_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return `text` as plain text that no cache keeps."""
    return _answer(status, text, TEXT_TYPE, headers or {})


def json_answer(status: int, value: object) -> Answer:
    """Return `value` as compact JSON that no cache keeps.

    Raises:
        ValueError: it has NaN or infinity, which JSON does not have.
    """
    body = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _answer(status, body, JSON_TYPE, {})


def page_answer(status: int, page: str) -> Answer:
    """Return an HTML page with the security headers that no cache keeps."""
    return _answer(status, page, PAGE_TYPE, PAGE_HEADERS)


# Only files of this server, no inline code, no frames, no Referer header.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}

# For every answer. No other site may frame one; only a page needs more than nothing.
# Browsers keep to HTTPS for a year, and ignore this over plain HTTP.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}


def _answer(status: int, body: str, media_type: str, headers: Mapping[str, str]) -> Answer:
    always = {
        "Content-Type": f"{media_type}; charset=utf-8",
        "Cache-Control": "no-store",
        "Vary": "Accept",
    }
    return Answer(status, body, {**always, **headers})
