"""HTTP as it arrives: from the deployed zip behind API Gateway, and from `make run`."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from local_aws import LocalAws
from tests.support.api_client import BROWSER, FORM, JSON, TEXT, Reply
from tests.support.deployed_app import deployed_app
from tests.support.local_run import local_run
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S

PATHS = ["", "docs", "openapi.yaml", "health", "static/style.css", "static/icon.svg"]
POSTS = ["review", "reviews", "feedback"]


@pytest.fixture(scope="module", params=["deployed", "make run"])
def url(
    request: pytest.FixtureRequest,
    local_aws_server: LocalAws,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """The form's address, with its slash."""
    if request.param == "deployed":
        folder = tmp_path_factory.mktemp("project")
        with deployed_app(local_aws_server.environment, folder) as app:
            yield app.url
    else:
        with local_run() as running:
            yield f"{running.url}/"


def send(
    url: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: str | bytes | Iterable[bytes] | None = None,
) -> Reply:
    """Return the answer as it came, unpacked where it came compressed."""
    address = urlsplit(url)
    connection = HTTPConnection(address.netloc, timeout=HANG_S)
    try:
        target = f"{address.path}?{address.query}"
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        lower = {name.lower(): value for name, value in response.getheaders()}
        content = response.read()
    finally:
        connection.close()
    if lower.get("content-encoding") == "gzip":
        content = gzip.decompress(content)
    return Reply(response.status, lower, content.decode())


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_a_body(url: str, path: str) -> None:
    """The same status and headers, and nothing after them."""
    got, head = send(url + path), send(url + path, "HEAD")
    assert (got.status, head.status, head.text) == (200, 200, "")
    for name in ("content-type", "etag", "cache-control", "vary", "access-control-allow-origin"):
        assert head.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        *(("GET", path, "POST") for path in POSTS),
        *(("DELETE", path, "GET, HEAD") for path in PATHS),
        ("POST", "", "GET, HEAD"),
    ],
)
def test_another_method_learns_which_ones_work(
    url: str, method: str, path: str, allowed: str
) -> None:
    """405 of our own, with Allow, open to other origins; not the gateway's 403."""
    reply = send(url + path, method, {"Accept": "application/json"})
    assert (reply.status, reply.error_code) == (405, "method_not_allowed")
    assert reply.headers["allow"] == allowed
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("path", ["", "docs", "openapi.yaml", "static/style.css"])
def test_what_is_large_comes_compressed_to_who_takes_it(url: str, path: str) -> None:
    """Clients that accept gzip get it, others the plain file; a Vary header informs caches."""
    plain = send(url + path)
    packed = send(url + path, headers={"Accept-Encoding": "br;q=1.0, gzip;q=0.8"})
    refused = send(url + path, headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.text.encode()) / 2
    assert packed.text == plain.text == refused.text
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in refused.headers
    for reply in (plain, packed):
        assert reply.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["", "docs", "openapi.yaml", "static/style.css"])
def test_what_a_browser_has_is_not_sent_again(url: str, path: str) -> None:
    """The ETag of the compressed answer, sent back, brings a 304."""
    packed = {"Accept-Encoding": "gzip"}
    tag = send(url + path, headers=packed).headers["etag"]
    assert tag.startswith("W/")  # one text, compressed and not
    again = send(url + path, headers={**packed, "If-None-Match": tag})
    assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)


def test_assets_of_the_page_are_kept_for_ever(url: str) -> None:
    """The addresses that the page and its modules write never change what they mean."""
    page = send(url).text
    names = re.findall(r'"(static/[^"]+)"', page)
    assert len(names) >= 5
    for name in names:
        assert send(url + name).headers["cache-control"] == "public, max-age=31536000, immutable"
        unversioned = send(url + name.partition("?")[0])
        assert unversioned.headers["cache-control"] == "no-cache"
    assert send(url).headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "kind"),
    [
        *(("GET", path, {}, None, "") for path in PATHS),
        ("GET", "static/nothing.css", {}, None, "application/json"),
        ("POST", "review", TEXT, "", "text/plain"),
        ("POST", "review", JSON, "{}", "application/json"),
        ("POST", "review", BROWSER, "review=", "text/html"),
        ("POST", "reviews", JSON, "[]", "application/json"),
        ("POST", "feedback", JSON, "{}", "application/json"),
    ],
)
def test_every_answer_names_its_charset(
    url: str, method: str, path: str, headers: dict[str, str], body: str | None, kind: str
) -> None:
    """No client has to guess how the text is written; every answer is open to other origins."""
    reply = send(url + path, method, headers, body)
    assert reply.headers["content-type"].startswith(kind)
    assert reply.headers["content-type"].endswith("; charset=utf-8")
    assert reply.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "headers", [TEXT, JSON, FORM, BROWSER, {**TEXT, "Accept": "application/json"}]
)
def test_negotiated_answers_vary(url: str, headers: dict[str, str]) -> None:
    """A cache must not hand a page to a client of JSON; nor keep either."""
    reply = send(f"{url}review", "POST", headers, "")
    assert reply.status == 400
    assert reply.headers["vary"] == "Accept"
    assert reply.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", POSTS)
def test_preflight_lets_json_through(url: str, path: str) -> None:
    """A page of another origin may send JSON, and read when to come back."""
    reply = send(url + path, "OPTIONS", {"Origin": "http://example.org"})
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert "Content-Type" in reply.headers["access-control-allow-headers"]
    assert json.loads(reply.text or "null") is None


def test_page_is_light_on_the_wire(url: str) -> None:
    """Everything a first visit loads, compressed as it comes, is at most 25 kB."""
    packed = {"Accept-Encoding": "gzip"}
    page = send(url, headers=packed)
    answers = [page]
    missing = re.findall(r'<(?:link|script)[^>]* (?:href|src)="(static/[^"]+)"', page.text)
    seen = set()
    while missing:
        name = missing.pop()
        if name not in seen:
            seen.add(name)
            answers.append(send(url + name, headers=packed))
            imported = re.findall(r'from "\./([^"]+)"', answers[-1].text)
            missing.extend(f"static/{module}" for module in imported)
    of_forms = {"index.html", *(name.removeprefix("static/").partition("?")[0] for name in seen)}
    prose = {"about.html", "privacy.html"}
    several = {"sheet.js", "table.js", "outcome.js", "xlsx.js"}  # loaded when that tab is opened
    assert of_forms == {path.name for path in (ROOT / "static").iterdir()} - prose - several
    assert sum(int(answer.headers["content-length"]) for answer in answers) <= 25_000


def test_a_chunked_body_is_read_whole(url: str) -> None:
    """As clients send that do not know a text's length beforehand; an unread one would be empty."""
    reply = send(url + "review", "POST", TEXT, iter([b"A wonderful, ", b"moving film"]))
    assert reply.status != 400, reply.text


@pytest.mark.parametrize(
    ("charset", "encoding", "is_read"),
    [
        ("", "latin-1", True),  # the byte is a replacement character, and the rest is read
        ("; charset=iso-8859-1", "latin-1", False),  # API Gateway has replaced it already
        ("; charset=utf-16", "utf-16", False),
    ],
)
def test_a_body_in_another_encoding_is_treated_alike(
    url: str, charset: str, encoding: str, is_read: bool
) -> None:
    """API Gateway reads bodies as UTF-8 before the app sees them, and so does `make run`."""
    headers = {"Content-Type": f"text/plain{charset}", "Accept": "application/json"}
    reply = send(url + "review", "POST", headers, "Un film g\u00e9nial, wonderful".encode(encoding))
    assert (reply.status != 400) is is_read, reply.text
