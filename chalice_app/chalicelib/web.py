"""The handlers of the routes: from a Request to an Answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from chalicelib.assets import Asset, find_static, read_assets, serve_asset
from chalicelib.deep_check import DeepCheck
from chalicelib.endpoint import Endpoint, Verdict, make_client
from chalicelib.errors import MethodNotAllowed, NotAReview, NotFound, Unexpected, WebError
from chalicelib.exchange import (
    PAGE_TYPE,
    TEXT_TYPE,
    Answer,
    Request,
    json_answer,
    text_answer,
)
from chalicelib.feedback import FeedbackTable, read_feedback
from chalicelib.journal import note_defect, note_request
from chalicelib.metrics import count_verdicts
from chalicelib.negotiation import answer_type
from chalicelib.pages import Page
from chalicelib.reference import Reference
from chalicelib.reviews import check_review, read_review, read_reviews
from chalicelib.settings import API_VERSION, EVEN, Settings
from chalicelib.version import __version__

_Handler = Callable[[Request], Answer]
_JSON_ONLY = ("/reviews", "/feedback")


class Web:
    """The handlers, with the endpoint, the page's assets and perhaps a feedback table."""

    def __init__(
        self,
        endpoint: Endpoint,
        assets: Mapping[str, Asset],
        feedback_table: FeedbackTable | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._assets = assets
        self._feedback_table = feedback_table
        self._page = Page(assets, asks_for_feedback=feedback_table is not None)
        self._reference = Reference.read()
        self._check = DeepCheck(endpoint)

    @classmethod
    def from_settings(cls, settings: Settings, app_folder: Path) -> Web:
        """Return the handlers as they are deployed.

        Raises:
            InvalidSetup: the page's files or AWS's client cannot be had.
        """
        endpoint = Endpoint(make_client(), settings.endpoint_name)
        table = FeedbackTable(settings.feedback_table) if settings.feedback_table else None
        return cls(endpoint, read_assets(find_static(app_folder)), table)

    def form(self, request: Request) -> Answer:
        """Return the page with the empty form."""
        return self._page.empty(request)

    def asset(self, request: Request, name: str) -> Answer:
        """Return the file `name` of the page's assets."""
        return serve_asset(self._assets, name, request)

    def openapi(self, request: Request) -> Answer:
        """Return openapi.yaml."""
        return self._reference.description(request)

    def docs(self, request: Request) -> Answer:
        """Return the API reference as a page."""
        return self._reference.page(request)

    def review(self, request: Request) -> Answer:
        """Return the verdict on one review, by Accept: a bare 1.0 or 0.0, JSON or a page.

        Raises:
            WebError: there is no verdict; not raised if the answer is a page.
        """
        kind = answer_type(request)
        text = ""
        try:
            review = read_review(request)
            text = review.text
            check_review(text)
            started = time.monotonic()
            verdict = self._endpoint.judge(review)
            numbers = count_verdicts([verdict], time.monotonic() - started)
        except WebError as error:
            if kind == PAGE_TYPE:
                return _with_error_headers(self._page.with_error(text, error), error)
            raise
        if kind == PAGE_TYPE:
            answer = self._page.with_verdict(text, verdict)
        elif kind == TEXT_TYPE:
            answer = text_answer(200, _bare_number(verdict))
        else:
            answer = json_answer(200, {"api_version": API_VERSION, **verdict})
        return replace(answer, numbers=numbers)

    def reviews(self, request: Request) -> Answer:
        """Return a verdict or an error for each review of the list, with one endpoint call."""
        items = read_reviews(request)
        texts = [item for item in items if isinstance(item, str)]
        started = time.monotonic()
        verdicts, version = self._endpoint.judge_all(texts) if texts else ([], None)
        numbers = count_verdicts(verdicts, time.monotonic() - started) if texts else {}
        remaining = iter(verdicts)
        results = [
            next(remaining) if isinstance(item, str) else {"error": _describe(item)}
            for item in items
        ]
        answer: dict[str, object] = {"api_version": API_VERSION, "results": results}
        if version is not None:
            answer["model_version"] = version
        return replace(json_answer(200, answer), numbers=numbers)

    def feedback(self, request: Request) -> Answer:
        """Store feedback on a verdict; return until when it is kept.

        Raises:
            NotFound: this stage has no feedback table.
        """
        if self._feedback_table is None:
            raise NotFound("This service does not store feedback.")
        feedback = read_feedback(request)
        kept_until = self._feedback_table.keep(feedback)
        kept = {"api_version": API_VERSION, "kept_until": kept_until.isoformat()}
        numbers = {"feedback_yes": int(feedback.right), "feedback_no": int(not feedback.right)}
        return replace(json_answer(201, kept), numbers=numbers)

    @property
    def endpoint_name(self) -> str:
        return self._endpoint.name

    def health(self, request: Request) -> Answer:
        """Return the versions that run here; with ?deep=1, the model's too, once it has answered.

        Raises:
            EndpointError: with ?deep=1, the endpoint failed or is unavailable.
        """
        import boto3  # only needed here; importing it at the top would slow every start

        python = ".".join(map(str, sys.version_info[:3]))
        versions = {"app": __version__, "python": python, "boto3": boto3.__version__}
        answer = {"api_version": API_VERSION, "status": "ok", "versions": versions}
        if request.query.get("deep", "0") not in {"", "0"}:
            versions["model"] = self._check.model_version()
        return json_answer(200, answer)


def _bare_number(verdict: Verdict) -> str:
    """Return the likelier sentiment as 1.0 or 0.0, even if the model is unsure.

    Raises:
        NotAReview: the text is not a review.
    """
    if verdict["sentiment"] == "not_a_review":
        raise NotAReview(verdict["reason"])
    return "1.0" if verdict["score"] >= EVEN else "0.0"


def respond(request: Request, handler: _Handler, endpoint: str) -> Answer:
    """Return the handler's answer, or the answer for its error; log either for the endpoint."""
    started = time.monotonic()
    try:
        answer = handler(request)
    except WebError as error:
        answer = _error_answer(request, error)
    except Exception as error:  # noqa: BLE001  # the last resort: clients never see a bug's message
        note_defect(error)
        answer = _error_answer(request, Unexpected())
    if request.method == "HEAD":
        answer = replace(answer, body="")
    note_request(request, answer, time.monotonic() - started, endpoint)
    return answer


def _error_answer(request: Request, error: WebError) -> Answer:
    """Return the error as plain text for text clients, and as JSON for others.

    A browser that visits the address of the form's post is redirected to the form.
    """
    if isinstance(error, MethodNotAllowed) and _is_visit(request):
        return text_answer(303, "", {"Location": "./"})
    if answer_type(request) == TEXT_TYPE and request.route not in _JSON_ONLY:
        answer = text_answer(error.status, error.message)
    else:
        answer = json_answer(error.status, {"error": _describe(error)})
    return _with_error_headers(answer, error)


def _is_visit(request: Request) -> bool:
    visit = (request.method, request.route, answer_type(request))
    return visit == ("GET", "/review", PAGE_TYPE)


def _describe(error: WebError) -> dict[str, str]:
    return {"code": error.code, "message": error.message}


def _with_error_headers(answer: Answer, error: WebError) -> Answer:
    retry = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    allow = {"Allow": error.allow} if isinstance(error, MethodNotAllowed) else {}
    headers = {**answer.headers, **retry, **allow}
    return Answer(answer.status, answer.body, headers, error.code, error.cause)
