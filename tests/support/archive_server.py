"""An HTTP server on loopback that publishes one file, with the faults that servers have."""

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Published:
    """The file, how the next requests are answered, and which ranges were asked for."""

    content: bytes
    # one entry per request, then normally: a status to refuse with, or "cut" to send half of it,
    # or "whole" to ignore the range asked for
    faults: Sequence[int | str] = ()
    url: str = ""
    ranges: list[str | None] = field(default_factory=list)


@contextmanager
def published(content: bytes, faults: Sequence[int | str] = ()) -> Iterator[Published]:
    """The file while it is published."""
    state = Published(content, list(faults))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            fault = state.faults[len(state.ranges)] if len(state.ranges) < len(state.faults) else ""
            state.ranges.append(asked)
            if isinstance(fault, int):
                self.send_error(fault)
                return
            match = re.fullmatch(r"bytes=(\d+)-", asked or "")
            start = int(match[1]) if match and fault != "whole" else 0
            body = state.content[start:]
            if start and not body:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # a client that has seen enough hangs up
                self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/aclImdb_v1.tar.gz"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
