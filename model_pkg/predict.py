"""Handlers of the SageMaker endpoint: load once, then read, score and answer each request.

They run under AWS's `sagemaker_inference` toolkit and under `serve.py`. Bad input travels through
them as a value, so that it ends as a 4xx with a sentence and never as a toolkit's traceback.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from sentiment.errors import InvalidRequest
from sentiment.serving.http_format import (
    JSON,
    TEXT,
    Request,
    answer_type,
    dump_json,
    read_request,
    write_answer,
)
from sentiment.serving.predictor import Predictor, Verdict


class Context(Protocol):
    """The part of a model server's request context that the handlers use."""

    def set_response_status(self, code: int = 200, phrase: str = "") -> None: ...


Answered = tuple[Request, list[Verdict | InvalidRequest]]


def model_fn(model_dir: str) -> Predictor:
    """Load the artifact in `model_dir` and return its predictor, ready for any request."""
    predictor = Predictor.load(Path(model_dir))
    predictor.warm_up()
    return predictor


def is_transform() -> bool:
    """Return whether SageMaker runs a batch transform, which sends lines."""
    return os.environ.get("SAGEMAKER_BATCH", "").lower() == "true"


def input_fn(
    body: bytes | str, content_type: str | None, _context: Context | None = None
) -> Request | InvalidRequest:
    """Return the request, or the error in it."""
    try:
        return read_request(body, content_type, text_lines=is_transform())
    except InvalidRequest as error:
        return error


def predict_fn(
    request: Request | InvalidRequest, predictor: Predictor
) -> Answered | InvalidRequest:
    """Return a verdict or an error for each review, or the error in the whole request."""
    if isinstance(request, InvalidRequest):
        return request
    readable = readable_reviews(request)
    if request.explain:
        return join_results(request, [predictor.explain(review) for review in readable])
    return join_results(request, predictor.predict(readable))


def readable_reviews(request: Request) -> list[str]:
    """Return the request's reviews that the model can score."""
    return [review for review in request.reviews if isinstance(review, str)]


def join_results(
    request: Request, found: Iterable[Verdict | InvalidRequest]
) -> Answered | InvalidRequest:
    """Return the readable reviews' results and the other reviews' errors, in order."""
    scored = iter(found)
    results = [next(scored) if isinstance(item, str) else item for item in request.reviews]
    if request.form == "one" and isinstance(results[0], InvalidRequest):
        return results[0]
    return request, results


def output_fn(
    prediction: Answered | InvalidRequest, accept: str | None, context: Context | None = None
) -> tuple[bytes, str]:
    """Return the answer's body and media type, and set an error's status in the context.

    A text without Accept gets a bare 1.0 or 0.0. There is no honest one for a text that is not a
    review, so that is an error.
    """
    if isinstance(prediction, tuple) and answer_type(prediction[0], accept) == TEXT and not accept:
        (result,) = prediction[1]
        if isinstance(result, Verdict) and result.not_a_review is not None:
            prediction = InvalidRequest("not_a_review", result.not_a_review, 422)
    if isinstance(prediction, InvalidRequest):
        if context is not None:
            context.set_response_status(prediction.status, HTTPStatus(prediction.status).phrase)
        return dump_json(prediction.as_json()), JSON
    request, results = prediction
    return write_answer(request, results, accept), answer_type(request, accept)
