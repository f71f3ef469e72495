"""Lambda's Runtime API on loopback: it serves the function's process and no web page."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from local_aws.functions.runtime_api import RESPONSE_BYTES, RESPONSE_TOO_LARGE, Outcome, RuntimeApi
from tests.support.local_aws.raw_requests import send
from tests.support.timeouts import HANG_S

NEXT = "/2018-06-01/runtime/invocation/next"
RESPONSE = "/2018-06-01/runtime/invocation/id/response"
INIT_ERROR = "/2018-06-01/runtime/init/error"


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    api = RuntimeApi("arn:aws:lambda:us-east-1:123456789012:function:toy")
    yield api
    api.release()


def request(
    api: RuntimeApi, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, bytes]:
    """Return status and body; underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection("127.0.0.1", api.server_address[1], timeout=HANG_S)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


BROWSER_MARKS = [
    {"Host": "evil.example"},
    {"Host": "evil.example:{port}"},
    {"Host": "localhost:{port}"},
    {"Host": "127.0.0.1"},
    {"Host": "127.0.0.1:1"},
    {"Host": ""},
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:{port}"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "cross-site"},
]


@pytest.mark.parametrize("marks", BROWSER_MARKS)
def test_a_web_page_neither_reads_nor_answers(api: RuntimeApi, marks: dict[str, str]) -> None:
    """Any other host, an Origin or a mark of a browser is refused; the event stays in the queue."""
    headers = {name: value.format(port=api.server_address[1]) for name, value in marks.items()}
    answer = api.send(b'"a review"', "id", timeout_s=HANG_S)
    status, body = request(api, "GET", NEXT, None, **headers)
    assert (status, b"review" in body) == (403, False)
    assert not api.ready.is_set()
    for path in (RESPONSE, INIT_ERROR):
        assert request(api, "POST", path, b"{}", **headers)[0] == 403
    assert api.init_error is None
    assert answer.empty()
    assert request(api, "GET", NEXT) == (200, b'"a review"')
    assert request(api, "POST", RESPONSE, b'"fine"')[0] == 202
    assert answer.get(timeout=HANG_S) == Outcome(b'"fine"', failed=False)


def test_a_request_without_a_host_is_refused(api: RuntimeApi) -> None:
    """HTTP/1.0 needs no Host; the runtime always sends one."""
    url = f"http://127.0.0.1:{api.server_address[1]}"
    assert send(url, f"GET {NEXT} HTTP/1.0\r\n\r\n".encode()).startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", RESPONSE), ("POST", NEXT), ("POST", "/"), ("POST", f"{RESPONSE}/more")],
)
def test_other_paths_take_no_event(api: RuntimeApi, method: str, path: str) -> None:
    """A path that Lambda does not have is 404."""
    api.send(b"{}", "id", timeout_s=HANG_S)
    assert request(api, method, path, b"" if method == "POST" else None)[0] == 404
    assert request(api, "GET", NEXT) == (200, b"{}")


@pytest.mark.parametrize(
    ("form", "body"),
    [
        (f"Content-Length: {RESPONSE_BYTES + 1}", b""),
        (f"Content-Length: {10**15}", b"x"),
        ("Transfer-Encoding: chunked", b"%x\r\n" % (RESPONSE_BYTES + 1)),
        ("Transfer-Encoding: chunked", b"ffffffffff\r\nx"),
    ],
)
def test_a_response_past_lambdas_limit_is_not_read(api: RuntimeApi, form: str, body: bytes) -> None:
    """It gets 413 at once, and the caller gets Lambda's error for it."""
    answer = api.send(b"{}", "id", timeout_s=HANG_S)
    port = api.server_address[1]
    head = f"POST {RESPONSE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{form}\r\n\r\n".encode()
    assert send(f"http://127.0.0.1:{port}", head + body).startswith(b"HTTP/1.1 413 ")
    assert answer.get(timeout=HANG_S) == RESPONSE_TOO_LARGE


@pytest.mark.parametrize("form", ["Content-Length: -1", "Transfer-Encoding: chunked"])
def test_a_malformed_body_is_a_bad_request(
    api: RuntimeApi, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a traceback nor an outcome comes of it."""
    answer = api.send(b"{}", "id", timeout_s=HANG_S)
    port = api.server_address[1]
    head = f"POST {RESPONSE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{form}\r\n\r\n".encode()
    sent = send(f"http://127.0.0.1:{port}", head + b"no length\r\n")
    assert sent.startswith(b"HTTP/1.1 400 ")
    assert answer.empty()
    assert capfd.readouterr().err == ""


def test_a_response_at_the_limit_arrives(api: RuntimeApi) -> None:
    """Whole, and chunked as well."""
    for chunked in (False, True):
        answer = api.send(b"{}", "id", timeout_s=HANG_S)
        body = b"x" * RESPONSE_BYTES
        if chunked:
            parts = b"%x\r\n%b\r\n0\r\n\r\n" % (RESPONSE_BYTES, body)
            status, _ = request(api, "POST", RESPONSE, parts, Transfer_Encoding="chunked")
        else:
            status, _ = request(api, "POST", RESPONSE, body)
        assert status == 202
        assert answer.get(timeout=HANG_S).payload == body
