"""The routes and the Chalice app; the handlers are in chalicelib.

`chalice deploy` and `chalice local` import `app`; tests create their own with `create_app`.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from chalice import Chalice, CORSConfig, Response
from chalice.app import Request as ChaliceRequest

sys.dont_write_bytecode = True  # Chalice packs all of chalicelib, also a __pycache__

from chalicelib.errors import MethodNotAllowed, RequestError
from chalicelib.exchange import SECURITY_HEADERS, Answer, Request
from chalicelib.journal import log_bare_lines
from chalicelib.settings import Settings
from chalicelib.web import Web, respond

_Route = tuple[str, Sequence[str], Callable[..., Answer]]

_GET = ("GET", "HEAD")
_POST = ("POST",)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_CORS = CORSConfig(allow_origin="*", expose_headers=["Retry-After"], max_age=86_400)


# fmt: off
def list_routes(web: Web) -> tuple[_Route, ...]:
    """Return every route: its path, its methods and the handler that answers."""
    return (
        ("/",              _GET,  web.form),
        ("/static/{name}", _GET,  web.asset),
        ("/review",        _POST, web.review),
        ("/reviews",       _POST, web.reviews),
        ("/feedback",      _POST, web.feedback),
        ("/health",        _GET,  web.health),
        ("/openapi.yaml",  _GET,  web.openapi),
        ("/docs",          _GET,  web.docs),
    )
# fmt: on


def create_app(web: Web) -> Chalice:
    """Return the Chalice app that answers through `web`."""
    app = Chalice("movie-sentiment", configure_logs=False)
    app.api.cors = _CORS
    app.register_middleware(_complete_headers, "http")

    def add(path: str, methods: Sequence[str], handler: Callable[..., Answer]) -> None:
        def view(**parameters: str) -> Response:
            request = _from_chalice(app.current_request)
            return _to_chalice(respond(request, partial(handler, **parameters), web.endpoint_name))

        # chalicelib checks the content type, with its own messages
        app.route(path, methods=list(methods), content_types=["*/*"])(view)

    for path, methods, handler in list_routes(web):
        add(path, methods, handler)
        # API Gateway answers 403 to methods that are not registered
        others = [method for method in _METHODS if method not in methods]
        add(path, others, partial(_refuse, MethodNotAllowed(", ".join(methods))))
    return app


def _complete_headers(
    request: ChaliceRequest | None,
    get_response: Callable[[ChaliceRequest | None], Response],
) -> Response:
    """Return the answer with CORS and security headers, even if no route answered."""
    response = get_response(request)
    always = {**_CORS.get_access_control_headers(), **SECURITY_HEADERS}
    for name, value in always.items():
        response.headers.setdefault(name, value)
    return response


def _refuse(error: RequestError, _request: Request, **_parameters: str) -> Answer:
    raise error


def _from_chalice(request: ChaliceRequest) -> Request:
    event: dict[str, Any] = request.to_original_event()
    return Request(
        method=request.method,
        route=request.path,
        path=request.context.get("path", request.path),
        headers=dict(request.headers),
        body=event.get("body"),
        is_base64=bool(event.get("isBase64Encoded")),
        query=dict(request.query_params or {}),
        request_id=getattr(request.lambda_context, "aws_request_id", None),
    )


def _to_chalice(answer: Answer) -> Response:
    return Response(answer.body, headers=dict(answer.headers), status_code=answer.status)


log_bare_lines()
logging.getLogger("chalicelib").setLevel(logging.INFO)
app = create_app(Web.from_settings(Settings.from_env(os.environ), Path(__file__).parent))
