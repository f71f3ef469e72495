"""The page of the original web app, from another origin, against this API as it is."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.browser.steps import FAILED_LOAD
from tests.support.browser.watch import Watch
from tests.support.local_server import running
from tests.support.web_fakes import FakeRuntime

# Written from its description: raw text by XMLHttpRequest with no content type set, the body read
# with parseFloat, 0 is negative.
ORIGINAL_PAGE = """\
<!doctype html>
<title>Sentiment</title>
<form id="form"><textarea id="review"></textarea><input type="submit"></form>
<p id="result"></p>
<script>
document.getElementById("form").onsubmit = function (event) {
  event.preventDefault();
  var request = new XMLHttpRequest();
  request.onreadystatechange = function () {
    if (this.readyState !== 4) return;
    var number = parseFloat(this.responseText);
    var word = number === 0 ? "NEGATIVE" : "POSITIVE";
    document.getElementById("result").textContent =
      this.status === 200 && !isNaN(number) ? word : "status " + this.status;
  };
  request.open("POST", new URLSearchParams(location.search).get("api") + "/review", true);
  request.send(document.getElementById("review").value);
};
</script>
"""


class _PageHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_page = self.path.startswith("/?")
        body = ORIGINAL_PAGE.encode() if is_page else b""
        self.send_response(200 if is_page else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def original_page(
    new_context: Callable[..., BrowserContext], other_origin: str, base_url: str
) -> Iterator[Page]:
    """The page, asking the API; nothing may go wrong in it but what the API refuses."""
    watch = Watch()
    context = new_context()
    watch.over(context, (other_origin, base_url), expected=FAILED_LOAD)
    page = context.new_page()
    page.goto(f"{other_origin}/?api={base_url}")
    yield page
    assert watch.wrong == []


@pytest.fixture(scope="module")
def other_origin() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _PageHandler)
    server.daemon_threads = True
    server.block_on_close = False
    with running(server) as url:
        yield url


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A wonderful film, génial.", "POSITIVE"),
        ("Two dull, boring hours.", "NEGATIVE"),
    ],
)
def test_original_page_gets_its_verdict(
    original_page: Page,
    base_url: str,
    runtime: FakeRuntime,
    text: str,
    word: str,
) -> None:
    """1.0 and 0.0 arrive across origins, and every letter of the text arrived here."""
    assert not original_page.url.startswith(base_url)
    original_page.fill("#review", text)
    original_page.click("input")
    expect(original_page.locator("#result")).to_have_text(word)
    assert runtime.asked[0]["review"] == text


def test_original_page_sees_errors_as_errors(
    original_page: Page,
    runtime: FakeRuntime,  # noqa: ARG001  # as if new
) -> None:
    """An error is readable across origins too: a status, not a blocked request."""
    original_page.fill("#review", "   ")
    original_page.click("input")
    expect(original_page.locator("#result")).to_have_text("status 400")
