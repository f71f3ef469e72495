"""AWS's Lambda Runtime API on loopback: by it a process gets its events and answers them."""

import json
import queue
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

API = "/2018-06-01/runtime"
INVOCATION_PATH_PARTS = 6  # "", 2018-06-01, runtime, invocation, ID, kind


@dataclass(frozen=True)
class Outcome:
    """What the handler returned (JSON), or the error it raised (`failed`)."""

    payload: bytes
    failed: bool


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

    def send(self, payload: bytes, request_id: str, timeout_s: float) -> "queue.Queue[Outcome]":
        """Return the queue that the outcome of this event will come by."""
        answer: queue.Queue[Outcome] = queue.Queue()
        self.answers[request_id] = answer
        self.events.put((request_id, payload, int((time.time() + timeout_s) * 1000)))
        return answer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of the connection that ends with its process."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def release(self) -> None:
        """End the server and the call that waits for an event."""
        self.events.put(None)
        self.shutdown()
        self.server_close()


class _RuntimeHandler(BaseHTTPRequestHandler):
    """The three calls that a runtime makes: next event, outcome, initialisation failed."""

    server: RuntimeApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self.server.ready.set()
        event = self.server.events.get()
        if event is None:  # the process is gone, nobody listens
            self.close_connection = True
            return
        request_id, payload, deadline_ms = event
        self._answer(
            200,
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
        body = self._read_body()
        parts = self.path.split("/")
        if self.path == f"{API}/init/error":
            self.server.init_error = json.loads(body or b"{}")
            self.server.ready.set()
        elif len(parts) == INVOCATION_PATH_PARTS:
            waiting = self.server.answers.pop(parts[4], None)
            if waiting is not None:
                waiting.put(Outcome(body, failed=parts[5] == "error"))
        self._answer(202, b"", {})

    def _read_body(self) -> bytes:
        """Return the body, chunked or not."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet: the function's log has its own START and END lines."""
