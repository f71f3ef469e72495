"""What each route does, from a Request to an Answer."""

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from chalicelib import __version__
from chalicelib.assets import Asset, find_static, read_assets, serve_asset
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
from chalicelib.negotiation import answer_type
from chalicelib.pages import Page
from chalicelib.reference import Reference
from chalicelib.reviews import check_review, read_review, read_reviews
from chalicelib.settings import API_VERSION, Settings

Handler = Callable[[Request], Answer]
_JSON_ONLY = ("/reviews", "/feedback")


class Web:
    """The handlers of the routes: one endpoint, its assets and perhaps a feedback table."""

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

    @classmethod
    def from_settings(cls, settings: Settings, app_folder: Path) -> "Web":
        """Return the app as it is deployed. Raises SetupError."""
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
        """Return the verdict on one review: a bare 1.0 or 0.0, JSON or a page, by Accept."""
        kind = answer_type(request)
        text = ""
        try:
            review = read_review(request)
            text = review.text
            check_review(text)
            verdict = self._endpoint.judge(review)
        except WebError as error:
            if kind == PAGE_TYPE:
                return _marked(self._page.with_error(text, error), error)
            raise
        if kind == PAGE_TYPE:
            return self._page.with_verdict(text, verdict)
        if kind == TEXT_TYPE:
            return text_answer(200, _bare_number(verdict))
        return json_answer(200, {"api_version": API_VERSION, **verdict})

    def reviews(self, request: Request) -> Answer:
        """Return a verdict or an error for each review of the list; one endpoint call for all."""
        items = read_reviews(request)
        texts = [item for item in items if isinstance(item, str)]
        verdicts, version = self._endpoint.judge_all(texts) if texts else ([], None)
        remaining = iter(verdicts)
        results = [
            next(remaining) if isinstance(item, str) else {"error": describe(item)}
            for item in items
        ]
        answer: dict[str, object] = {"api_version": API_VERSION, "results": results}
        if version is not None:
            answer["model_version"] = version
        return json_answer(200, answer)

    def feedback(self, request: Request) -> Answer:
        """Keep what a person says of a verdict, and say until when."""
        if self._feedback_table is None:
            raise NotFound("This service keeps no feedback.")
        kept_until = self._feedback_table.keep(read_feedback(request))
        kept = {"api_version": API_VERSION, "kept_until": kept_until.isoformat()}
        return json_answer(201, kept)

    def health(self, _request: Request) -> Answer:
        """Return what runs here; asks nobody, so it says nothing about the endpoint."""
        import boto3  # nothing else needs it here, and every start would take longer

        python = ".".join(map(str, sys.version_info[:3]))
        versions = {"app": __version__, "python": python, "boto3": boto3.__version__}
        answer = {"api_version": API_VERSION, "status": "ok", "versions": versions}
        return json_answer(200, answer)


def _bare_number(verdict: Verdict) -> str:
    """Return the likelier side, also where the model is unsure. Raises NotAReview."""
    if verdict["sentiment"] == "not_a_review":
        raise NotAReview(verdict["reason"])
    return "1.0" if verdict["score"] >= 0.5 else "0.0"  # noqa: PLR2004 - the even chance


def respond(request: Request, handler: Handler) -> Answer:
    """Return the handler's answer, or the one that tells of its error; log either."""
    started = time.monotonic()
    try:
        answer = handler(request)
    except WebError as error:
        answer = error_answer(request, error)
    except Exception as error:  # noqa: BLE001  # the last line: a defect's text reaches nobody
        note_defect(error)
        answer = error_answer(request, Unexpected())
    if request.method == "HEAD":
        answer = replace(answer, body="")
    note_request(request, answer, time.monotonic() - started)
    return answer


def error_answer(request: Request, error: WebError) -> Answer:
    """Return the error as a sentence for text clients, else as JSON.

    A browser that asks for the address of a form's post (Enter there, a bookmark) gets to the form.
    """
    if isinstance(error, MethodNotAllowed) and _is_visit(request):
        return text_answer(303, "", {"Location": "./"})
    if answer_type(request) == TEXT_TYPE and request.route not in _JSON_ONLY:
        answer = text_answer(error.status, error.message)
    else:
        answer = json_answer(error.status, {"error": describe(error)})
    return _marked(answer, error)


def _is_visit(request: Request) -> bool:
    asked = (request.method, request.route, answer_type(request))
    return asked == ("GET", "/review", PAGE_TYPE)


def describe(error: WebError) -> dict[str, str]:
    """Return the error as the API speaks of it."""
    return {"code": error.code, "message": error.message}


def _marked(answer: Answer, error: WebError) -> Answer:
    retry = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    allow = {"Allow": error.allow} if isinstance(error, MethodNotAllowed) else {}
    headers = {**answer.headers, **retry, **allow}
    return Answer(answer.status, answer.body, headers, error.code, error.cause)
