"""The AWS protocol of a request, and errors in that protocol."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs

from local_aws.errors import AwsError
from local_aws.http import Response, error_response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

Protocol = Literal["json", "query", "s3"]
_QUERY_SERVICES = {"iam", "sts", "cloudformation", "sns", "ec2", "rds", "autoscaling"}
_JSON_PATH = re.compile(r"/(endpoints|20[0-9-]+|restapis)/")
FORM = "application/x-www-form-urlencoded"


def signed_service(environ: WSGIEnvironment) -> str | None:
    """Return the service that the request's header or query was signed for."""
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).split("Credential=", 1)[-1]
    parts = scope.split(",", 1)[0].split("/")
    if len(parts) < 5:  # noqa: PLR2004 - key/date/region/service/end
        query = str(environ.get("QUERY_STRING", ""))
        presigned = re.search(r"(?:^|&)(X-Amz-Credential=[^&]*)", query)
        found = parse_qs(presigned[1]) if presigned else {}
        parts = found.get("X-Amz-Credential", [""])[0].split("/")
    return parts[3] if len(parts) >= 5 else None  # noqa: PLR2004


def protocol_of(environ: WSGIEnvironment) -> Protocol:
    """Return the protocol of the request's service; S3's if nothing names a service."""
    if environ.get("HTTP_X_AMZ_TARGET"):
        return "json"
    service = signed_service(environ)
    if service is not None:
        if service in _QUERY_SERVICES:
            return "query"
        return "s3" if service == "s3" else "json"
    if _JSON_PATH.match(str(environ.get("PATH_INFO", ""))):
        return "json"
    return "query" if str(environ.get("CONTENT_TYPE", "")).startswith(FORM) else "s3"


def error_in(protocol: Protocol, error: AwsError) -> Response:
    """Return the error in the form that clients of the protocol read."""
    if protocol == "json":
        return error_response(error, "")
    inner = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if protocol == "s3":
        body = f"<Error>{inner}</Error>"
    else:
        body = f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error></ErrorResponse>"
    return Response(error.status, [("Content-Type", "text/xml")], body.encode())
