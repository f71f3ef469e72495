"""Log one JSON line for each request; CloudWatch Logs Insights discovers the fields.

A line describes the request and its answer. It never has a review or an error's message. The
numbers in it become metrics (metrics.py).
"""

from __future__ import annotations

import json
import logging
import traceback
from pathlib import Path

from chalicelib.exchange import Answer, Request
from chalicelib.metrics import embed_metrics

_log = logging.getLogger(__name__)


def log_bare_lines() -> None:
    """Let the runtime's handlers write messages as they are, since metrics need lines of JSON."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(logging.Formatter("%(message)s\n"))


def note_request(request: Request, answer: Answer, elapsed_s: float, endpoint: str) -> None:
    """Log the request's line, as an error from status 500."""
    fields = {
        "event": "request",
        "method": request.method,
        "route": request.route,
        "status": answer.status,
        "ms": round(1000 * elapsed_s, 1),
        "bytes_in": len(request.body or b""),
        "bytes_out": answer.size_bytes,
        "code": answer.error_code,
        "cause": answer.cause,
        "request_id": request.request_id,
        **embed_metrics(endpoint, request, answer, elapsed_s),
    }
    level = logging.ERROR if answer.status >= 500 else logging.INFO  # noqa: PLR2004
    _write(level, fields)


def note_defect(error: Exception) -> None:
    """Log the place of an unexpected exception, but not its message."""
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames[-3:]]
    _write(logging.ERROR, {"event": "defect", "error": type(error).__name__, "at": at})


def _write(level: int, fields: dict[str, object]) -> None:
    present = {name: value for name, value in fields.items() if value is not None}
    _log.log(level, json.dumps(present, separators=(",", ":")))
