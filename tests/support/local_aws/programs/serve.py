"""A toy model server: answers as its name and the body want it, with the standard library alone."""

from __future__ import annotations

import base64
import itertools
import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODEL = Path(os.environ["SAGEMAKER_BASE_DIR"], "model")
NAME = (MODEL / "name.txt").read_text()
REQUESTS = itertools.count()


def wait_for(path: str) -> None:
    """Return once the file is there: a test makes it when it has seen enough."""
    while not Path(path).exists():
        time.sleep(0.02)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if NAME == "failing":
            self.answer(500, b"out of memory")
        elif NAME == "unsteady":  # as where one of several workers has died
            if next(REQUESTS) % 4 == 3:
                self.answer(507, b"Worker died.")
            else:
                verdict = {"score": 0.9 if b"wonderful" in body else 0.1, "words": []}
                self.answer(200, json.dumps(verdict).encode())
        elif NAME == "foreign":
            self.answer(200, b"[0.5]", "application/json")
        elif body.startswith(b"status "):
            self.answer(int(body.split()[1]), b'{"error": "as requested"}')
        elif body == b"die":
            os._exit(3)
        elif body.startswith(b"wait "):
            wait_for(body.split()[1].decode())
            self.answer(200, b"released")
        elif self.headers.get("Accept") == "application/json":
            seen = {
                "name": NAME,
                "body": base64.b64encode(body).decode(),
                "content_type": self.headers.get("Content-Type"),
                "attributes": self.headers.get("X-Amzn-SageMaker-Custom-Attributes"),
                "setting": os.environ.get("MY_SETTING"),
                "batch": {
                    name: value
                    for name, value in os.environ.items()
                    if name.startswith(("SAGEMAKER_BATCH", "SAGEMAKER_MAX_"))
                },
            }
            self.answer(200, json.dumps(seen).encode(), "application/json")
        else:
            self.answer(200, b"\n".join(NAME.encode() + b":" + line for line in body.splitlines()))

    def answer(self, status: int, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Amzn-SageMaker-Custom-Attributes", "from-the-model")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        print("request=answered", flush=True)


if sys.argv[1:] != ["serve"]:
    sys.exit("usage: serve.py serve")
if NAME == "broken":
    sys.exit("error: this model is broken on purpose")
gate = MODEL / "gate.txt"
if gate.is_file():
    wait_for(gate.read_text())
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print(f"serving={NAME}", flush=True)
address = (os.environ["SAGEMAKER_BIND_TO_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"]))
ThreadingHTTPServer(address, Handler).serve_forever()
