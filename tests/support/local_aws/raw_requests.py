"""Requests to local_aws that no AWS client would send."""

from __future__ import annotations

import http.client
import re
import select
import socket
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import HANG_S


def ask(
    toys: ToyAccount, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body; underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection(urlsplit(toys.url).netloc, timeout=HANG_S)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def signed(toys: ToyAccount, service: str, key: str | None = None) -> str:
    """Return an Authorization header with the account's key id, or another."""
    key = key or toys.environment["AWS_ACCESS_KEY_ID"]
    scope = f"{key}/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def send(url: str, *parts: bytes, end: bool = False) -> bytes:
    """Return all that comes back for these bytes; with `end` the client sends no more."""
    address = urlsplit(url)
    assert address.port is not None
    with socket.create_connection(("127.0.0.1", address.port), timeout=HANG_S) as connection:
        for part in parts:
            connection.sendall(part)
        if end:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while not _is_whole(answer) and (piece := connection.recv(65_536)):
            answer += piece
    return answer


def trickle(url: str, head: bytes, parts: Iterable[bytes]) -> bytes:
    """Return all that comes back for `head` and as many parts as are taken, each on its own."""
    address = urlsplit(url)
    assert address.port is not None
    with socket.create_connection(("127.0.0.1", address.port), timeout=HANG_S) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(head)
        answer = b""
        with suppress(ConnectionError):  # for parts that nobody read
            for part in parts:
                readable, _, _ = select.select([connection], [], [], 0.01)
                if readable:
                    break
                connection.sendall(part)
            while not _is_whole(answer) and (piece := connection.recv(65_536)):
                answer += piece
    return answer


def _is_whole(answer: bytes) -> bool:
    """Return whether the answer has the length that it gives."""
    start, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", start, re.IGNORECASE)
    return length is not None and len(body) == int(length[1])
