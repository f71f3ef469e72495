"""HTTP requests and responses inside local_aws, and their JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request as WsgiRequest

from local_aws.errors import AwsError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JsonObject = dict[str, Any]
DEFAULT_REGION = "us-east-1"
SENT_HEADERS = "local_aws.sent_headers"  # in the WSGI environment; WSGI's own joins repeated ones


@dataclass(frozen=True)
class Request:
    """An HTTP request; `raw_path` is the path as it was sent, still percent-encoded.

    `headers` has lower-case names, with repeated headers joined. `sent_headers` keeps order,
    spelling and repetition.
    """

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    region: str
    sent_headers: Sequence[tuple[str, str]] = ()
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @classmethod
    def from_environ(cls, environ: WSGIEnvironment) -> Request:
        """Return the request of a WSGI call, with its whole body."""
        request = WsgiRequest(environ)
        raw = str(environ.get("RAW_URI") or request.path)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return cls(
            method=request.method,
            raw_path=raw.split("?", 1)[0],
            query=str(environ.get("QUERY_STRING", "")),
            headers=headers,
            body=request.get_data(),
            region=signed_region(headers.get("authorization", "")),
            sent_headers=environ.get(SENT_HEADERS, ()),
        )

    def json(self) -> JsonObject:
        """Return the body's JSON object.

        Raises:
            AwsError: SerializationException, the body is not a JSON object.
        """
        return read_object(self.body)


@dataclass(frozen=True)
class Response:
    """An HTTP response; a header such as Set-Cookie may occur twice in `headers`."""

    status: int
    headers: Iterable[tuple[str, str]]
    body: bytes

    def send(self, start_response: StartResponse, *, head: bool = False) -> list[bytes]:
        """Start the answer and return its WSGI body; a HEAD request gets only its length."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Status"
        headers = [
            (name, value) for name, value in self.headers if name.lower() != "content-length"
        ]
        given = [value for name, value in self.headers if name.lower() == "content-length"]
        length = given[0] if head and given else str(len(self.body))
        start_response(f"{self.status} {phrase}", [*headers, ("Content-Length", length)])
        return [] if head else [self.body]


def parse_json(content: str | bytes) -> Any:
    """Return the value of JSON that anybody may have written.

    Raises:
        ValueError: it is not JSON, or is nested too deeply.
    """
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def read_object(body: bytes) -> JsonObject:
    """Return the JSON object in a request's body, {} for an empty one.

    Raises:
        AwsError: SerializationException, the body is not a JSON object.
    """
    try:
        value = parse_json(body or b"{}")
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise AwsError("SerializationException", "the body is not a JSON object")
    return value


def json_response(
    payload: JsonObject, *, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return a JSON answer; members that are None are left out, as on AWS."""
    shown = {name: value for name, value in payload.items() if value is not None}
    return Response(
        status,
        [("Content-Type", "application/x-amz-json-1.1"), *headers],
        json.dumps(shown).encode(),
    )


def error_response(error: AwsError, request_id: str) -> Response:
    """Return `error` in a form that AWS's JSON and REST-JSON clients both read."""
    return json_response(
        {
            "__type": error.code,
            "message": error.message,
            "Message": error.message,
            **error.fields,
        },
        status=error.status,
        headers=[("x-amzn-ErrorType", error.code), ("x-amzn-RequestId", request_id)],
    )


def signed_region(authorization: str) -> str:
    """Return the region that a SigV4 Authorization header was signed for.

    >>> signed_region("AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/s3/aws4_request, Signed")
    'eu-west-1'
    >>> signed_region("")
    'us-east-1'
    """
    scope = authorization.split("Credential=", 1)[-1].split(",", 1)[0].split("/")
    return scope[2] if len(scope) >= 5 else DEFAULT_REGION  # noqa: PLR2004 - key/date/region/service/end
