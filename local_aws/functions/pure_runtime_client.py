"""AWS's module `runtime_client` in plain Python, for Pythons that cannot load its binary.

`awslambdaric` brings the binary for the Python that installed it. A function of another version
imports this module in its place. It imports nothing else of local_aws, and runs under any Python
of Lambda.
"""

from __future__ import annotations

import os
from functools import cache
from http.client import HTTPConnection


def initialize_client(_user_agent: str) -> None:
    """Do nothing: nobody reads the name."""


def next() -> tuple[bytes, dict[str, str]]:  # noqa: A001 - AWS's name
    """Wait for the next event; return its payload and headers."""
    return _send("GET", "next")


def post_invocation_result(
    invoke_id: str,
    content: bytes,
    content_type: str = "application/json",
    _invocation_id: str | None = None,
) -> None:
    """Send the handler's answer."""
    _send("POST", f"{invoke_id}/response", content, content_type)


def post_error(
    invoke_id: str, error: str, _xray_fault: str, _invocation_id: str | None = None
) -> None:
    """Send the handler's error."""
    _send("POST", f"{invoke_id}/error", error.encode())


@cache
def _connection() -> HTTPConnection:
    """Return the connection, which stays open from event to event."""
    return HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def _send(
    method: str, path: str, body: bytes | None = None, content_type: str = "application/json"
) -> tuple[bytes, dict[str, str]]:
    """Return the answer's body and headers.

    Raises:
        RuntimeError: the Runtime API refused the request.
    """
    connection = _connection()
    headers = {"Content-Type": content_type}
    connection.request(method, f"/2018-06-01/runtime/invocation/{path}", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status >= 300:  # noqa: PLR2004
        raise RuntimeError(f"the Runtime API answered {answer.status} to {path}")
    return content, dict(answer.getheaders())
