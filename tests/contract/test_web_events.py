"""The app as Lambda calls it: API Gateway's proxy events in, its proxy answers out."""

import base64
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.web import Web
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import APP_ENVIRONMENT, FakeClient

Invoke = Callable[..., dict[str, Any]]


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def invoke(client: FakeClient, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    for name, value in APP_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    from app import create_app  # importing it reads the environment

    endpoint = Endpoint(client, "movie-sentiment-local")
    app = create_app(Web(endpoint, read_assets(find_static(APP_FOLDER))))
    context = SimpleNamespace(aws_request_id="c6af9ac6-7b61-11e6-9a41-93e8deadbeef")

    def call(method: str, route: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = app(proxy_event(method, route, **more), context)
        assert json.loads(json.dumps(answer)) == answer  # Lambda's own way out
        return answer

    return call


def proxy_event(method: str, route: str, **more: Any) -> dict[str, Any]:
    """Return an event as API Gateway's REST proxy integration sends it."""
    headers = more.get("headers")
    path = more.get("path", f"/prod{route}")
    return {
        "resource": route,
        "path": path.removeprefix("/prod") or "/",
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": headers and {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": more.get("parameters"),
        "stageVariables": None,
        "requestContext": {
            "resourcePath": route,
            "httpMethod": method,
            "path": path,
            "stage": "prod",
            "requestId": "c6af9ac6",
            "identity": {"sourceIp": "203.0.113.9"},
        },
        "body": more.get("body"),
        "isBase64Encoded": more.get("is_base64", False),
    }


def test_text_event_is_judged(invoke: Invoke, client: FakeClient) -> None:
    """API Gateway hands text over as text: accents and all."""
    headers = {"Content-Type": "text/plain;charset=UTF-8", "Accept": "*/*"}
    answer = invoke("POST", "/review", headers=headers, body="Un film génial, wonderful")
    assert (answer["statusCode"], answer["body"]) == (200, "1.0")
    assert client.asked[0]["review"] == "Un film génial, wonderful"


def test_base64_event_is_judged(invoke: Invoke) -> None:
    """Where an API is set to hand bodies over as base64, nothing changes for the client."""
    body = base64.b64encode(b"A dull film").decode()
    headers = {"content-type": "text/plain"}
    answer = invoke("POST", "/review", headers=headers, body=body, is_base64=True)
    assert answer["body"] == "0.0"


@pytest.mark.parametrize("headers", [None, {}, {"X-Odd": ""}])
@pytest.mark.parametrize("body", [None, ""])
def test_event_without_body_or_headers_is_an_empty_review(
    invoke: Invoke,
    headers: dict[str, str] | None,
    body: str | None,
) -> None:
    """What API Gateway leaves out is null; that is a 400, not a crash."""
    answer = invoke("POST", "/review", headers=headers, body=body)
    assert answer["statusCode"] == 400
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "has_base"),
    [("/prod/", False), ("/prod", True), ("/", False), ("/sentiment", True)],
)
def test_page_finds_its_files_from_every_address(
    invoke: Invoke,
    path: str,
    has_base: bool,
) -> None:
    """With a slash relative URLs work; without one, a <base> makes them work."""
    answer = invoke("GET", "/", path=path)
    assert answer["statusCode"] == 200
    assert (f'<base href="{path}/">' in answer["body"]) == has_base


def test_asset_event_names_its_file(invoke: Invoke) -> None:
    """The path parameter arrives, and text leaves as text."""
    path = "/prod/static/style.css"
    answer = invoke("GET", "/static/{name}", path=path, parameters={"name": "style.css"})
    assert answer["headers"]["Content-Type"] == "text/css; charset=utf-8"
    assert not answer.get("isBase64Encoded")


def test_event_that_is_not_a_request_is_survived(invoke: Invoke) -> None:
    """A console's test event is answered with a 500 of ours, not with an exception."""
    del invoke
    from app import app

    assert app({"hello": 1}, None)["statusCode"] == 500
