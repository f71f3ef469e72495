"""Bytes that no AWS client sends: each is answered with 400 at most, and costs no memory."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from local_aws import server
from tests.support.local_aws.raw_requests import send, signed, trickle
from tests.support.local_aws.toys import BUCKET, ToyAccount

APP_PATH = "/restapis/x/y/_user_request_/"
SECRET = "a review that nobody else may read"
WAYS = ["s3", "sagemaker", "logs", "lambda", "app"]


def head(toys: ToyAccount, way: str, *more: str) -> bytes:
    """Return a request's head that leads to one part of local_aws."""
    line, target = {
        "s3": (f"PUT /{BUCKET}/bytes.txt", None),
        "sagemaker": ("POST /", "SageMaker.ListEndpoints"),
        "logs": ("POST /", "Logs_20140328.DescribeLogGroups"),
        "lambda": ("POST /2015-03-31/functions/no/invocations", None),
        "app": (f"POST {APP_PATH}", None),
    }[way]
    lines = [f"{line} HTTP/1.1", f"Host: {toys.url.removeprefix('http://')}", *more]
    if way != "app":
        lines.append(f"Authorization: {signed(toys, way)}")
    if target:
        lines.append(f"X-Amz-Target: {target}")
    return "\r\n".join([*lines, "", ""]).encode()


def assert_bad(answer: bytes, way: str, code: str) -> None:
    """A 400 in the protocol of the service, with nothing of the body in it."""
    start, _, body = answer.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.1 400 ", start), answer
    assert SECRET.encode() not in answer
    assert b"Traceback" not in answer
    assert b"<html" not in answer.lower()
    if way == "s3":
        assert f"<Code>{code}</Code>".encode() in body
    elif way == "app":
        assert list(json.loads(body)) == ["message"]
    else:
        assert json.loads(body)["__type"] == code


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", ["abc", "1e3", "1, 2", "-1", "+1", "0x10", "9" * 5000])
def test_an_odd_length_is_a_bad_request(
    toys: ToyAccount, way: str, length: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Content-Length is digits alone."""
    request_head = head(toys, way, f"Content-Length: {length}")
    assert_bad(send(toys.url, request_head, SECRET.encode()), way, "InvalidRequest")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("way", WAYS)
def test_two_lengths_are_a_bad_request(toys: ToyAccount, way: str) -> None:
    """Which of them is meant nobody knows."""
    request_head = head(toys, way, "Content-Length: 1", "Content-Length: 2")
    assert_bad(send(toys.url, request_head, b"{}"), way, "InvalidRequest")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("chunks", "code"),
    [
        (f"{SECRET}\r\n", "InvalidRequest"),
        (f"-5\r\n{SECRET}\r\n0\r\n\r\n", "InvalidRequest"),
        (f"5\r\n{SECRET}\r\n0\r\n\r\n", "InvalidRequest"),
        (f"{'f' * 16}\r\n{SECRET}", "InvalidRequest"),
        (f"ff\r\n{SECRET}", "IncompleteBody"),
        (f"{len(SECRET):x}\r\n{SECRET}\r\n", "IncompleteBody"),
        (f"0\r\nX: {'x' * 9000}\r\n\r\n", "InvalidRequest"),
    ],
)
def test_bad_chunks_are_a_bad_request(
    toys: ToyAccount, way: str, chunks: str, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither a traceback nor the body comes back or is logged."""
    request_head = head(toys, way, "Transfer-Encoding: chunked")
    assert_bad(send(toys.url, request_head, chunks.encode(), end=True), way, code)
    assert capfd.readouterr().err == ""


def peak_kb() -> int:
    """Return the most memory that this process has had, since it was last set back."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("length", ["ffffffffff", "13fffffff"])
def test_a_claimed_chunk_costs_no_memory(toys: ToyAccount, way: str, length: str) -> None:
    """120 bytes that claim a terabyte, or just less than S3 takes, end as what they are."""
    request_head = head(toys, way, "Transfer-Encoding: chunked")
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_kb()
    answer = send(toys.url, request_head, f"{length}\r\n{SECRET}".encode(), end=True)
    assert peak_kb() - before < 64 * 1024
    if way == "s3" and length == "13fffffff":
        assert_bad(answer, way, "IncompleteBody")
    else:
        assert answer.startswith(b"HTTP/1.1 413 ")
    assert toys.s3.list_buckets()["Buckets"]


@pytest.mark.parametrize("way", WAYS)
def test_a_claimed_length_costs_no_memory(toys: ToyAccount, way: str) -> None:
    """The same by Content-Length."""
    Path("/proc/self/clear_refs").write_text("5")
    before = peak_kb()
    answer = send(toys.url, head(toys, way, f"Content-Length: {10**12}"), b"x", end=True)
    assert peak_kb() - before < 64 * 1024
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", ["Content-Length: 50", "Transfer-Encoding: chunked"])
def test_a_body_that_stops_is_given_up(
    toys: ToyAccount,
    way: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A client that keeps the connection and sends no more gets S3's RequestTimeout."""
    monkeypatch.setattr(server._Handler, "timeout", 0.2)
    answer = send(toys.url, head(toys, way, form), b"32\r\n{")
    assert_bad(answer, way, "RequestTimeout")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_a_body_that_trickles_is_given_up(
    toys: ToyAccount,
    way: str,
    form: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A client that never stops for long gets RequestTimeout, too, once it is too slow."""
    n_looks = itertools.count()
    monkeypatch.setattr(server._Handler, "clock", staticmethod(lambda: next(n_looks) * 1000.0))
    answer = trickle(toys.url, head(toys, way, form), itertools.repeat(b"1"))
    assert_bad(answer, way, "RequestTimeout")
    assert capfd.readouterr().err == ""


def test_a_head_that_trickles_is_given_up(
    toys: ToyAccount,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """The connection ends without an answer."""
    n_looks = itertools.count()
    monkeypatch.setattr(server._Handler, "clock", staticmethod(lambda: next(n_looks) * 1000.0))
    assert trickle(toys.url, b"POST / HTTP/1.1\r\nHost: ", itertools.repeat(b"1")) == b""
    assert capfd.readouterr().err == ""


def test_a_head_that_stops_is_given_up(toys: ToyAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection ends without an answer."""
    monkeypatch.setattr(server._Handler, "timeout", 0.2)
    assert send(toys.url, b"POST / HTTP/1.1\r\nHost: ") == b""


def test_an_address_that_is_none_is_a_bad_request(
    toys: ToyAccount, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a traceback in the log."""
    assert send(toys.url, b"GET http://[ HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "kind", ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
)
@pytest.mark.parametrize(
    ("inner", "claimed"),
    [
        ("", "1" + "0" * 12),
        ("5;chunk-signature=0\r\nfilms\r\n0;chunk-signature=0\r\n\r\n", "1" + "0" * 12),
        ("5\r\nfilms\r\n0\r\n\r\n", "abc"),
        (f"{SECRET}\r\nfilms\r\n0\r\n\r\n", "5"),
        ("ffffffffff\r\nfilms\r\n0\r\n\r\n", str(0xFFFFFFFFFF)),
    ],
)
def test_chunks_inside_an_s3_body_are_checked(
    toys: ToyAccount, kind: str, inner: str, claimed: str
) -> None:
    """Their claimed length is not allocated, and bad ones are refused as such."""
    request_head = head(
        toys,
        "s3",
        f"Content-Length: {len(inner)}",
        f"X-Amz-Content-Sha256: {kind}",
        f"X-Amz-Decoded-Content-Length: {claimed}",
    )
    answer = send(toys.url, request_head, inner.encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert SECRET.encode() not in answer


def test_good_chunks_arrive(toys: ToyAccount) -> None:
    """Chunked, with an extension and a trailer, and with S3's own chunks inside."""
    inner = b"5;chunk-signature=0\r\nfilms\r\n0;chunk-signature=0\r\n\r\n"
    request_head = head(
        toys,
        "s3",
        "Transfer-Encoding: chunked",
        "X-Amz-Content-Sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "X-Amz-Decoded-Content-Length: 5",
    )
    body = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in (inner[:7], inner[7:]))
    assert send(toys.url, request_head, body, b"0\r\nX-Trailer: a\r\n\r\n").startswith(
        b"HTTP/1.1 200 "
    )
    assert toys.get(f"s3://{BUCKET}/bytes.txt") == b"films"


def test_other_transfer_encodings_are_not_implemented(toys: ToyAccount) -> None:
    """As S3 answers them."""
    answer = send(toys.url, head(toys, "s3", "Transfer-Encoding: gzip, chunked"), b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 501 ")
