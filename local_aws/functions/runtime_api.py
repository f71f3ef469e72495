"""AWS's Lambda Runtime API on loopback, which gives a process its events and takes answers."""

from __future__ import annotations

import json
import queue
import re
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_aws.errors import AwsError
from local_aws.http import parse_json
from local_aws.request_body import read_body

RESPONSE_BYTES = 6 * 1024 * 1024 + 100  # AWS's limit for an answer
_API = "/2018-06-01/runtime"
_NEXT = f"{_API}/invocation/next"
_INIT_ERROR = f"{_API}/init/error"
_INVOCATION_PATH = re.compile(rf"{_API}/invocation/([^/]+)/(response|error)")


@dataclass(frozen=True)
class Outcome:
    """What the handler returned (JSON), or the error it raised (`failed`)."""

    payload: bytes
    failed: bool


RESPONSE_TOO_LARGE = Outcome(
    json.dumps(
        {
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": "Response payload size exceeded maximum allowed payload size "
            f"({RESPONSE_BYTES} bytes).",
        }
    ).encode(),
    failed=True,
)


class RuntimeApi(ThreadingHTTPServer):
    """AWS's Lambda Runtime API for one process."""

    daemon_threads = True

    def __init__(self, arn: str) -> None:
        self.arn = arn  # of the function
        self.events: queue.Queue[tuple[str, bytes, int] | None] = queue.Queue()
        self.answers: dict[str, queue.Queue[Outcome]] = {}
        self.ready = threading.Event()
        self.init_error: dict[str, str] | None = None
        super().__init__(("127.0.0.1", 0), _RuntimeHandler)
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def send(self, payload: bytes, request_id: str, timeout_s: float) -> queue.Queue[Outcome]:
        """Queue an event; return the queue that will receive its outcome."""
        answer: queue.Queue[Outcome] = queue.Queue()
        self.answers[request_id] = answer
        self.events.put((request_id, payload, int((time.time() + timeout_s) * 1000)))
        return answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log nothing about a connection that ends with its process."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def release(self) -> None:
        """End the server, and the request that waits for an event."""
        self.events.put(None)
        self.shutdown()
        self.server_close()


class _RuntimeHandler(BaseHTTPRequestHandler):
    """Answers a runtime's three requests: next event, outcome, initialisation error."""

    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        """Send the next event as soon as there is one."""
        if not self._is_from_runtime():
            self._answer(HTTPStatus.FORBIDDEN, b"", {})
            return
        if self.path != _NEXT:
            self._answer(HTTPStatus.NOT_FOUND, b"", {})
            return
        self.server.ready.set()
        event = self.server.events.get()
        if event is None:  # the process has ended
            self.close_connection = True
            return
        request_id, payload, deadline_ms = event
        self._answer(
            HTTPStatus.OK,
            payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": self.server.arn,
                "Lambda-Runtime-Trace-Id": f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}",
            },
        )

    def do_POST(self) -> None:
        """Receive an outcome, or the error of code that failed to load."""
        self.close_connection = True  # unless the whole request has been read
        invocation = _INVOCATION_PATH.fullmatch(self.path)
        if not self._is_from_runtime():
            self._answer(HTTPStatus.FORBIDDEN, b"", {})
            return
        if invocation is None and self.path != _INIT_ERROR:
            self._answer(HTTPStatus.NOT_FOUND, b"", {})
            return
        try:
            body = self._read_body()
        except AwsError as error:
            if invocation and error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                self._deliver(invocation[1], RESPONSE_TOO_LARGE)
            self._answer(error.status, b"", {})
            return
        self.close_connection = False
        if invocation:
            self._deliver(invocation[1], Outcome(body, failed=invocation[2] == "error"))
        else:
            self.server.init_error = parse_json(body or b"{}")
            self.server.ready.set()
        self._answer(HTTPStatus.ACCEPTED, b"", {})

    def _is_from_runtime(self) -> bool:
        """Return whether the request names this port's address and no browser marked it.

        Otherwise a web page could read events or answer them, by DNS rebinding for example.
        """
        host = f"127.0.0.1:{self.server.server_address[1]}"
        marks = ("Origin", "Sec-Fetch-Site")
        return self.headers.get_all("Host") == [host] and not any(
            mark in self.headers for mark in marks
        )

    def _deliver(self, request_id: str, outcome: Outcome) -> None:
        """Pass an outcome to the caller that waits for it, if any."""
        waiting = self.server.answers.pop(request_id, None)
        if waiting is not None:
            waiting.put(outcome)

    def _read_body(self) -> bytes:
        """Return the body, chunked or not.

        Raises:
            AwsError: the body is malformed, or larger than `RESPONSE_BYTES`.
        """
        environ: dict[str, Any] = {
            "wsgi.input": self.rfile,
            "CONTENT_LENGTH": ", ".join(self.headers.get_all("Content-Length", [])),
            "HTTP_TRANSFER_ENCODING": self.headers.get("Transfer-Encoding", ""),
        }
        read_body(environ, RESPONSE_BYTES)
        body: bytes = environ["wsgi.input"].getvalue()
        return body

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing: the function's log has its own START and END lines."""
