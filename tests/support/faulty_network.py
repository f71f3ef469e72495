"""A network that fails on command, between the deployed app and local_aws.

Every request goes on to local_aws as it is, unless a fault is set.
"""

from __future__ import annotations

import json
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from tests.support.timeouts import HANG_S
from tests.support.web_fakes import Failure

Fault = Callable[[socket.socket], None]  # answers a request on its connection, or does not

_LAST_CHUNK = re.compile(rb"(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n\Z")
_EXPECT = re.compile(rb"\r\nexpect: 100-continue", re.IGNORECASE)
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class FaultyNetwork(socketserver.ThreadingTCPServer):
    """A proxy on loopback; `n_requests` counts all that came."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.n_requests = 0
        address = urlsplit(target)
        self.target = (address.hostname, address.port)
        self._fault: Fault | None = None
        self._left = self._spared = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @contextmanager
    def failing(self, fault: Fault, times: int = 1_000_000, after: int = 0) -> Iterator[None]:
        """Let `times` requests of the block meet the fault, `after` so many that do not."""
        self._fault, self._left, self._spared = fault, times, after
        try:
            yield
        finally:
            self._left = 0

    def spare(self, n_requests: int) -> None:
        """Let so many more requests pass before the fault."""
        self._spared = n_requests

    def next_fault(self) -> Fault | None:
        with self._lock:
            self.n_requests += 1
            if self._left <= 0:
                return None
            if self._spared > 0:
                self._spared -= 1
                return None
            self._left -= 1
            return self._fault

    def hold(self, connection: socket.socket, *, is_open: bool) -> None:
        with self._lock:
            (self._open.add if is_open else self._open.discard)(connection)

    def drop_idle_connections(self) -> None:
        """Reset every connection that clients keep open, as a load balancer does after a while."""
        with self._lock:
            kept = list(self._open)
        for connection in kept:
            reset(connection)


class _Connection(socketserver.BaseRequestHandler):
    server: FaultyNetwork
    request: socket.socket

    def handle(self) -> None:
        self.server.hold(self.request, is_open=True)
        self.request.settimeout(HANG_S)
        try:
            with suppress(OSError):
                while message := _read_message(self.request):
                    fault = self.server.next_fault()
                    if fault is not None:
                        fault(self.request)
                        return
                    self._pass_on(message)
        finally:
            self.server.hold(self.request, is_open=False)

    def _pass_on(self, message: bytes) -> None:
        with socket.create_connection(self.server.target, HANG_S) as upstream:
            upstream.sendall(message)
            self.request.sendall(_read_message(upstream, has_body=not message.startswith(b"HEAD ")))


def _read_message(connection: socket.socket, *, has_body: bool = True) -> bytes:
    """Return an HTTP message, b'' at the end."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65_536)
        if not part:
            return b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", b"0")) if has_body else 0
    is_chunked = b"chunked" in fields.get(b"transfer-encoding", b"")

    def is_whole() -> bool:
        return bool(_LAST_CHUNK.search(body)) if is_chunked else len(body) >= length

    if b"expect" in fields and not is_whole():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = _EXPECT.sub(b"", head)  # answered here
    while not is_whole():
        part = connection.recv(65_536)
        if not part:
            return b""
        body += part
    return head + b"\r\n\r\n" + body


def reset(connection: socket.socket) -> None:
    """End the connection as a crash does: the other side gets a reset, not an end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        connection.shutdown(socket.SHUT_RD)
        connection.close()


def answers(status: int, body: bytes, *, error: str = "", cut_after: int | None = None) -> Fault:
    """Return the fault of another answer; with `cut_after`, its connection ends in the middle."""

    def fault(connection: socket.socket) -> None:
        head = (
            f"HTTP/1.1 {status} x\r\nContent-Type: application/json\r\n"
            f"x-amzn-ErrorType: {error}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        connection.sendall(head.encode() + body[:cut_after])
        if cut_after is not None:
            reset(connection)

    return fault


def refuses(failure: Failure) -> Fault:
    """Return the fault of AWS's own refusal."""
    return answers(failure.status, json.dumps(failure.body).encode(), error=failure.code)


def silent(until: threading.Event) -> Fault:
    """Return the fault of no answer, as long as the event is not set."""

    def fault(_: socket.socket) -> None:
        until.wait(HANG_S)

    return fault
