"""Requests and answers as the parts of local_aws see them, and the JSON both carry."""

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
    """One HTTP request; `raw_path` is as sent, still quoted.

    The names in `headers` are lower case, repeated ones joined; `sent_headers` keeps order,
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
        """Return the request of a WSGI call, its body read to the end."""
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
            AwsError: SerializationException, as AWS answers a body that is not a JSON object.
        """
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise AwsError("SerializationException", "the body is not a JSON object")
        return value


@dataclass(frozen=True)
class Response:
    """An answer; `headers` is a list because a header may come twice (Set-Cookie)."""

    status: int
    headers: Iterable[tuple[str, str]]
    body: bytes

    def send(self, start_response: StartResponse, *, head: bool = False) -> list[bytes]:
        """Return the WSGI body after starting the answer; a HEAD request gets its length alone."""
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


def json_response(
    payload: JsonObject, *, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> Response:
    """Return a JSON answer; None members are left out, as AWS leaves out what is not set."""
    shown = {name: value for name, value in payload.items() if value is not None}
    return Response(
        status,
        [("Content-Type", "application/x-amz-json-1.1"), *headers],
        json.dumps(shown).encode(),
    )


def error_response(error: AwsError, request_id: str) -> Response:
    """Return `error` in the form that AWS's JSON and REST-JSON clients both read."""
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
