"""The HTTP that clients, caches and other origins rely on, through Chalice's own local server."""

import re

import pytest

import sentiment
from tests.support.api_client import JSON, TEXT, Api
from tests.support.paths import APP_FOLDER


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/", None, {}, 200),
        ("GET", "/health", None, {}, 200),
        ("GET", "/static/style.css", None, {}, 200),
        ("GET", "/static/nothing.css", None, {}, 404),
        ("POST", "/review", b"good", TEXT, 200),
        ("POST", "/review", b"", TEXT, 400),
        ("POST", "/review", b"x", {"Content-Type": "image/png"}, 415),
        ("POST", "/reviews", b"[]", JSON, 200),
        ("POST", "/reviews", b"x", JSON, 400),
        ("GET", "/review", None, {}, 405),
        ("POST", "/", b"x", TEXT, 405),
        ("DELETE", "/reviews", None, {}, 405),
    ],
)
def test_every_answer_is_open_to_other_origins(
    api: Api,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
) -> None:
    """CORS stands on every answer, errors included, and never with a visitor's credentials.

    So do the headers that keep browsers from framing it, guessing its type and using HTTP.
    """
    visitor = {"Origin": "https://example.org", "Cookie": "session=x"}
    reply = api.send(method, path, body, {**headers, **visitor})
    assert reply.status == status
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in reply.headers
    assert "set-cookie" not in reply.headers
    assert "Retry-After" in reply.headers["access-control-expose-headers"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["strict-transport-security"] == "max-age=31536000"
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert policy.endswith("frame-ancestors 'none'")


def test_refused_method_names_the_one_that_works(api: Api) -> None:
    """405 comes in our own error shape, with Allow."""
    reply = api.send("GET", "/review")
    assert (reply.error_code, reply.headers["allow"]) == ("method_not_allowed", "POST")
    assert reply.status == 405
    assert api.send("DELETE", "/").headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/health", "/openapi.yaml", "/docs"])
def test_head_is_get_without_a_body(api: Api, path: str) -> None:
    """Where GET is, HEAD answers the same headers and nothing else."""
    got, head = api.send("GET", path), api.send("HEAD", path)
    assert (head.status, head.text) == (200, "")
    assert got.text
    for name in ("content-type", "etag", "cache-control", "access-control-allow-origin"):
        assert head.headers.get(name) == got.headers.get(name)


def test_negotiated_answers_vary(api: Api) -> None:
    """A cache must not hand a page to a client of JSON."""
    for headers in ({}, {"Accept": "text/html"}, {"Accept": "application/json"}):
        assert api.post("/review", "good", headers).headers["vary"] == "Accept"
        assert api.post("/review", "", headers).headers["vary"] == "Accept"


@pytest.mark.parametrize("path", ["/review", "/reviews"])
def test_preflight_lets_json_through(api: Api, path: str) -> None:
    """A page of another origin may send JSON."""
    reply = api.send("OPTIONS", path, None, {"Origin": "http://example.org"})
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "Content-Type" in reply.headers["access-control-allow-headers"]


@pytest.mark.parametrize("content_type", [None, "text/html", "application/json"])
def test_get_ignores_a_content_type(api: Api, content_type: str | None) -> None:
    """A GET with some Content-Type is still a GET."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert api.send("GET", "/", headers=headers).status == 200


def test_page_is_the_form(api: Api) -> None:
    """GET / is the question, a box and a button."""
    reply = api.send("GET", "/")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    plain = re.sub(r"\s*<[^>]+>\s*", " ", reply.text)
    assert "Is your review positive, or negative?" in plain
    assert '<form id="form" class="card" action="review" method="post">' in reply.text


@pytest.mark.parametrize("path", ["/", "/static/one.js"])
def test_unchanged_file_is_not_sent_twice(api: Api, path: str) -> None:
    """ETag and If-None-Match work over the wire."""
    first = api.send("GET", path)
    second = api.send("GET", path, headers={"If-None-Match": first.headers["etag"]})
    assert (second.status, second.text) == (304, "")


def test_versioned_assets_are_kept_for_ever(api: Api) -> None:
    """Every asset URL that the page writes answers with a year's caching."""
    urls = re.findall(r'"(static/[^"#]+)["#]', api.send("GET", "/").text)
    modules = api.send("GET", "/static/one.js").text
    urls += [f"static/{name}" for name in re.findall(r'from "./([^"]+)"', modules)]
    assert len(urls) > len(list((APP_FOLDER / "vendor/static").glob("*.css"))) + 4
    for url in urls:
        assert "immutable" in api.send("GET", f"/{url}").headers["cache-control"]


def test_health_tells_versions_without_asking_aws(api: Api) -> None:
    """A health check costs nothing."""
    reply = api.send("GET", "/health")
    assert reply.json["status"] == "ok"
    assert set(reply.json["versions"]) == {"app", "python", "boto3"}
    assert reply.json["versions"]["app"] == sentiment.__version__
    assert api.client.asked == []
