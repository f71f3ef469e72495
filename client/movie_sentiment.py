"""A client of movie-sentiment's API, in one file of the standard library.

    client = Client("http://127.0.0.1:8000/")
    client.judge("A wonderful film")["sentiment"]

The answers are the API's JSON as it stands: see the service's /docs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

Answer = dict[str, Any]

_A_REQUEST = 100  # reviews, as the service allows
_REQUEST_BYTES = 900_000  # of the 1,000,000 it takes
_TOO_LONG = {"code": "too_long", "message": "A review can have at most 20,000 characters."}
_LATER = (429, 503)


class ServiceError(Exception):
    """The service refused or could not be reached; `status` is None where it could not."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code  # the API's, such as too_long


class Client:
    """The service at `url`, the address of its form.

    Where the service is busy (429, 503) a question is asked again after the seconds that its
    Retry-After names, at most `attempts` times in all and only where that is at most
    `longest_wait_s`.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = 30.0,
        attempts: int = 3,
        longest_wait_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is not the address of a web service")
        self._url = url if url.endswith("/") else f"{url}/"
        self._timeout_s = timeout_s
        self._attempts = attempts
        self._longest_wait_s = longest_wait_s
        self._sleep = sleep

    def judge(self, review: str, *, explain: bool = False) -> Answer:
        """Return the verdict on one review. Raises ServiceError."""
        verdict: Answer = self._ask("review", _as_json({"review": review, "explain": explain}))
        return verdict

    def judge_all(self, reviews: Iterable[str]) -> Iterator[Answer]:
        """Yield a verdict or `{"error": ...}` for each review, in order, up to 100 a request.

        Raises ServiceError where a whole request is refused.
        """
        for batch in _batches(map(_as_json, reviews)):
            if len(batch[0]) > _REQUEST_BYTES:  # it stands alone, and the service would refuse it
                yield {"error": dict(_TOO_LONG)}
            else:
                yield from self._ask("reviews", b"[%b]" % b",".join(batch))["results"]

    def send_feedback(self, verdict: Answer, *, right: bool, review: str | None = None) -> Answer:
        """Say whether a verdict was right; the review is kept if given. Raises ServiceError."""
        feedback = {
            "right": right,
            "score": verdict["score"],
            "model_version": verdict["model_version"],
        }
        if review is not None:
            feedback["review"] = review
        answer: Answer = self._ask("feedback", _as_json(feedback))
        return answer

    def _ask(self, path: str, question: bytes) -> Any:
        request = Request(  # noqa: S310  # http or https, seen to above
            urljoin(self._url, path),
            question,
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        attempts_left = self._attempts
        while True:
            attempts_left -= 1
            try:
                with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310
                    return _read(response)
            except HTTPError as error:
                with error:
                    wait_s = _retry_after_s(error)
                    if wait_s is None or wait_s > self._longest_wait_s or attempts_left <= 0:
                        raise _refusal(error) from error
                self._sleep(wait_s)
            except (OSError, HTTPException) as error:
                raise ServiceError(f"{self._url} cannot be reached: {error}") from error


def _as_json(value: object) -> bytes:
    """Return the value in UTF-8; half a character, which UTF-8 has not, as JSON's escape."""
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")


def _batches(reviews: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the reviews in order, as many at a time as one request may have."""
    batch: list[bytes] = []
    size_bytes = 0
    for review in reviews:
        if batch and size_bytes + len(review) > _REQUEST_BYTES:
            yield batch
            batch, size_bytes = [], 0
        batch.append(review)
        size_bytes += len(review) + 1  # and a comma
        if len(batch) == _A_REQUEST:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _read(response: HTTPResponse) -> Any:
    try:
        return json.load(response)
    except ValueError as error:
        raise ServiceError("the service's answer is no JSON", response.status) from error


def _retry_after_s(error: HTTPError) -> float | None:
    said = error.headers.get("Retry-After", "")
    return float(said) if error.code in _LATER and said.isdecimal() else None


def _refusal(error: HTTPError) -> ServiceError:
    try:
        told = json.load(error)["error"]
        return ServiceError(told["message"], error.code, told["code"])
    except (ValueError, KeyError, TypeError, OSError, HTTPException):
        # a gateway's own page, or an answer that is cut off
        return ServiceError(f"the service answered {error.code}", error.code)
