"""A client of movie-sentiment's API, in one file without dependencies.

    client = Client("http://127.0.0.1:8000/")
    client.judge("A wonderful film")["sentiment"]

The answers are the API's JSON; the service's /docs describes them.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urljoin
from urllib.request import Request, urlopen

Answer = dict[str, Any]

_MAX_REVIEWS = 100  # a request, as the service allows
_MAX_REQUEST_BYTES = 900_000  # the service allows 1,000,000
_TOO_LONG = {"code": "too_long", "message": "A review can have at most 20,000 characters."}
_BUSY = (429, 503)


class ServiceError(Exception):
    """The service refused or is unreachable; then `status` is None."""

    def __init__(self, message: str, status: int | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code  # the API's error code, such as too_long


class Client:
    """The service at `url`, the address of its form.

    If the service is busy (429, 503), the client waits for the seconds in Retry-After, or up to a
    quarter more so that clients do not return at once, and retries. It makes at most `attempts`
    attempts, and waits for `longest_wait_s` in all. Feedback is sent once: twice would count twice.
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
        """Return the verdict on one review.

        Raises:
            ServiceError: the service refused the review or is unreachable.
        """
        verdict: Answer = self._post("review", _as_json({"review": review, "explain": explain}))
        return verdict

    def judge_all(self, reviews: Iterable[str]) -> Iterator[Answer]:
        """Yield a verdict or `{"error": ...}` for each review, in order, up to 100 a request.

        Raises:
            ServiceError: the service refused a whole request or is unreachable.
            TypeError: `reviews` is one string; its letters are not reviews.
        """
        if isinstance(reviews, str):
            raise TypeError("reviews must be a list of texts, not one text; try: judge(text)")
        return self._judge_batches(_batches(map(_as_json, reviews)))

    def _judge_batches(self, batches: Iterable[list[bytes]]) -> Iterator[Answer]:
        for batch in batches:
            if len(batch[0]) > _MAX_REQUEST_BYTES:  # alone, and the service would refuse it
                yield {"error": dict(_TOO_LONG)}
            else:
                yield from self._post("reviews", b"[%b]" % b",".join(batch))["results"]

    def send_feedback(self, verdict: Answer, *, right: bool, review: str | None = None) -> Answer:
        """Report whether a verdict was right; the service keeps `review` if you send it.

        Raises:
            ServiceError: the service refused the feedback or is unreachable.
        """
        feedback = {
            "right": right,
            "score": verdict["score"],
            "model_version": verdict["model_version"],
        }
        if review is not None:
            feedback["review"] = review
        answer: Answer = self._post("feedback", _as_json(feedback), attempts=1)
        return answer

    def _post(self, path: str, body: bytes, attempts: int | None = None) -> Any:
        request = Request(  # noqa: S310  # http or https, checked above
            urljoin(self._url, path),
            body,
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        attempts_left = attempts or self._attempts
        patience_s = self._longest_wait_s
        while True:
            attempts_left -= 1
            try:
                with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310  # see above
                    return _read(response)
            except HTTPError as error:
                with error:
                    wait_s = _retry_after_s(error)
                    if wait_s is None or wait_s > patience_s or attempts_left <= 0:
                        raise _refusal(error) from error
                wait_s = min(wait_s * random.uniform(1, 1.25), patience_s)  # noqa: S311  # spreads
                patience_s -= wait_s
                self._sleep(wait_s)
            except (OSError, HTTPException) as error:
                raise ServiceError(f"{self._url} cannot be reached: {error}") from error


def _as_json(value: object) -> bytes:
    """Return the value as JSON in UTF-8; half characters, which UTF-8 lacks, are escaped."""
    return json.dumps(value, ensure_ascii=False).encode(errors="backslashreplace")


def _batches(reviews: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the reviews in order, in batches that fit into one request."""
    batch: list[bytes] = []
    size_bytes = 0
    for review in reviews:
        if batch and size_bytes + len(review) > _MAX_REQUEST_BYTES:
            yield batch
            batch, size_bytes = [], 0
        batch.append(review)
        size_bytes += len(review) + 1  # with a comma
        if len(batch) == _MAX_REVIEWS:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch


def _read(response: HTTPResponse) -> Any:
    try:
        return json.load(response)
    except ValueError as error:
        raise ServiceError("the service's answer is not JSON", response.status) from error


def _retry_after_s(error: HTTPError) -> float | None:
    header = error.headers.get("Retry-After", "")
    return float(header) if error.code in _BUSY and header.isdecimal() else None


def _refusal(error: HTTPError) -> ServiceError:
    try:
        answer = json.load(error)["error"]
        return ServiceError(answer["message"], error.code, answer["code"])
    except (ValueError, KeyError, TypeError, OSError, HTTPException):
        # a gateway's page, or a truncated answer
        return ServiceError(f"the service answered {error.code}", error.code)
