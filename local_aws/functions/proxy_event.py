"""The event that API Gateway sends to a Lambda function, and the answer that it expects."""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from local_aws.errors import LocalAwsError
from local_aws.http import JsonObject, parse_json

_SOURCE_IP = "127.0.0.1"
_BAD_STATUS = "the function's answer is not in API Gateway's proxy format: "


class MalformedAnswerError(LocalAwsError):
    """The function returned something that API Gateway answers with 502."""


@dataclass(frozen=True)
class ProxyRequest:
    """An HTTP request to a function; `headers` keeps order, spelling and repetition."""

    method: str
    path: str
    headers: Sequence[tuple[str, str]] = ()
    query: str = ""
    body: bytes = b""
    resource: str = ""
    path_parameters: Mapping[str, str] = field(default_factory=dict)
    stage: str = "prod"
    api_id: str = "local"
    account: str = ""
    binary_types: Sequence[str] = ()

    def header(self, name: str) -> str:
        """Return the last value of a header, or an empty string."""
        return _last(self.headers, name)


def proxy_event(request: ProxyRequest) -> JsonObject:
    """Return the REST proxy event (payload format 1.0) for `request`.

    >>> event = proxy_event(ProxyRequest("POST", "/review", query="a=1&a=2", body=b"film"))
    >>> event["path"], event["body"], event["isBase64Encoded"]
    ('/review', 'film', False)
    >>> event["queryStringParameters"], event["multiValueQueryStringParameters"]
    ({'a': '2'}, {'a': ['1', '2']})
    """
    headers = _with_gateway_headers(request)
    query = parse_qsl(request.query, keep_blank_values=True)
    encoded = bool(request.body) and is_binary(request.header("content-type"), request.binary_types)
    body = base64.b64encode(request.body) if encoded else request.body
    resource = request.resource or request.path
    request_id = str(uuid.uuid4())
    now = time.time()
    return {
        "resource": resource,
        "path": unquote(request.path),
        "httpMethod": request.method,
        "headers": dict(headers) or None,
        "multiValueHeaders": _grouped(headers) or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": _grouped(query) or None,
        "pathParameters": {name: unquote(value) for name, value in request.path_parameters.items()}
        or None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "local",
            "resourcePath": resource,
            "httpMethod": request.method,
            "path": f"/{request.stage}{request.path}",
            "accountId": request.account,
            "apiId": request.api_id,
            "stage": request.stage,
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "extendedRequestId": request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "requestTimeEpoch": int(now * 1000),
            "domainName": _last(headers, "host"),
            "identity": {
                "sourceIp": _SOURCE_IP,
                "userAgent": _last(headers, "user-agent") or None,
            },
        },
        "body": body.decode("utf-8", "replace") if body else None,
        "isBase64Encoded": encoded,
    }


@dataclass(frozen=True)
class ProxyAnswer:
    """The HTTP answer that the caller gets."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


def read_answer(payload: bytes, accept: str, binary_types: Sequence[str]) -> ProxyAnswer:
    """Return the HTTP answer in a function's outcome.

    As in API Gateway, a base64 body is decoded only if the first type of `accept` is one of the
    API's binary types.

    Raises:
        MalformedAnswerError: the outcome is not in the proxy format.
    """
    try:
        answer = parse_json(payload)
    except ValueError as error:
        raise MalformedAnswerError(f"{_BAD_STATUS}not JSON") from error
    if not isinstance(answer, dict):
        raise MalformedAnswerError(f"{_BAD_STATUS}not an object")
    try:
        status = int(answer.get("statusCode", 200))
    except (TypeError, ValueError) as error:
        raise MalformedAnswerError(f"{_BAD_STATUS}statusCode is not an integer") from error
    body = answer.get("body")
    if body is not None and not isinstance(body, str):
        raise MalformedAnswerError(f"{_BAD_STATUS}body is not a string")
    content = (body or "").encode()
    first = accept.split(",", 1)[0].split(";", 1)[0].strip()
    if answer.get("isBase64Encoded") and is_binary(first, binary_types):
        try:
            content = base64.b64decode(content, validate=True)
        except ValueError as error:
            raise MalformedAnswerError(f"{_BAD_STATUS}body is not base64") from error
    return ProxyAnswer(status, _answer_headers(answer), content)


def is_binary(content_type: str, binary_types: Iterable[str]) -> bool:
    """Return whether the API treats this content type as binary.

    >>> is_binary("image/png; a=b", ["image/png"]), is_binary("text/plain", ["image/*"])
    (True, False)
    """
    wanted = content_type.split(";", 1)[0].strip().lower()
    major = wanted.split("/", 1)[0]
    return any(entry.lower() in {wanted, f"{major}/*", "*/*"} for entry in binary_types)


def _answer_headers(answer: JsonObject) -> list[tuple[str, str]]:
    """Return the answer's headers; multi-value headers win over single ones of the same name."""
    many = answer.get("multiValueHeaders") or {}
    single = answer.get("headers") or {}
    if not isinstance(many, dict) or not isinstance(single, dict):
        raise MalformedAnswerError(f"{_BAD_STATUS}headers are not an object")
    if not all(isinstance(values, list) for values in many.values()):
        raise MalformedAnswerError(f"{_BAD_STATUS}a multi-value header is not a list")
    taken = {name.lower() for name in many}
    headers = [(name, str(value)) for name, values in many.items() for value in values]
    headers += [(name, str(value)) for name, value in single.items() if name.lower() not in taken]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return headers


def _with_gateway_headers(request: ProxyRequest) -> list[tuple[str, str]]:
    """Return the request's headers and those that API Gateway adds."""
    own = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto", "x-amzn-trace-id"}
    kept = [(name, value) for name, value in request.headers if name.lower() not in own]
    before = request.header("x-forwarded-for")
    chain = f"{before}, {_SOURCE_IP}" if before else _SOURCE_IP
    return [
        *kept,
        ("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"),
        ("X-Forwarded-For", chain),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


def _last(headers: Iterable[tuple[str, str]], name: str) -> str:
    return next((value for key, value in reversed(list(headers)) if key.lower() == name), "")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped
