"""The permissions that a request needs.

Requests that programs under a role send are named as IAM names them. An unknown one gets a name
that no policy lists, so it is refused unless a policy allows every action of its service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from local_aws.arns import arn_of, partition_of
from local_aws.errors import AwsError
from local_aws.http import parse_json, signed_region
from local_aws.iam.policies import Permission
from local_aws.protocols import FORM, protocol_of, signed_service

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_IAM_NAMES = {"monitoring": "cloudwatch", "tagging": "tag", "api.ecr": "ecr"}
_INVOKE_ENDPOINT = re.compile(r"POST /endpoints/([^/]+)/invocations$")
_INVOKE_FUNCTION = re.compile(r"POST /2015-03-31/functions/([^/]+)/invocations$")
_RPC = re.compile(r"POST /service/[^/]+/operation/(\w+)$")
# S3's queries that only shape an operation; another one selects an operation of its own
_S3_SHAPES = re.compile(
    r"list-type|prefix|delimiter|max-keys|marker|start-after|continuation-token|encoding-type|"
    r"fetch-owner|x-id|uploadid|partnumber|response-.*|x-amz-.*|awsaccesskeyid|signature|expires"
)
_S3_OBJECT = {"GET": "GetObject", "HEAD": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
_S3_BUCKET = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket"}


def permissions_of(environ: WSGIEnvironment, account: str) -> list[Permission]:
    """Return all permissions that the request needs; its body is read and stays readable."""
    protocol = protocol_of(environ)
    region = signed_region(str(environ.get("HTTP_AUTHORIZATION", "")))
    if protocol == "s3":
        return _s3_permissions(environ, f"arn:{partition_of(region)}:s3:::")
    service = signed_service(environ) or "unknown"
    prefix = _IAM_NAMES.get(service, service)

    def arn(resource: str) -> str:
        return arn_of(prefix, region, account, resource)

    path = _path(environ)
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        action = target.rpartition(".")[2]
        return [Permission(f"{prefix}:{action}", _json_resource(prefix, arn, _body(environ)))]
    if protocol == "query":
        return [Permission(f"{prefix}:{_form_action(environ)}", "*")]
    line = f"{environ['REQUEST_METHOD']} {path}"
    if endpoint := _INVOKE_ENDPOINT.match(line):
        resource = arn(f"endpoint/{endpoint[1].lower()}")
        return [Permission("sagemaker:InvokeEndpoint", resource)]
    if function := _INVOKE_FUNCTION.match(line):
        resource = arn(f"function:{function[1].rpartition('function:')[2]}")
        return [Permission("lambda:InvokeFunction", resource)]
    operation = _RPC.match(line)
    return [Permission(f"{prefix}:{operation[1] if operation else line}", "*")]


def denied(environ: WSGIEnvironment, wanted: Permission, caller: str) -> AwsError:
    """Return AWS's refusal, with the code and status of the request's protocol."""
    reason = (
        f"User: {caller} is not authorized to perform: {wanted.action} on resource: "
        f"{wanted.resource} because no identity-based policy allows the {wanted.action} action"
    )
    is_json = protocol_of(environ) == "json"
    code = "AccessDeniedException" if is_json else "AccessDenied"
    has_target = bool(environ.get("HTTP_X_AMZ_TARGET"))
    return AwsError(code, reason, status=400 if has_target else 403)


def _s3_permissions(environ: WSGIEnvironment, arn: str) -> list[Permission]:
    method = str(environ["REQUEST_METHOD"])
    path = _path(environ).lstrip("/")
    host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
    if host.endswith(".localhost"):  # the bucket's name comes first
        path = f"{host.removesuffix('.localhost').removesuffix('.s3')}/{path}"
    bucket, _, key = path.partition("/")
    query = parse_qs(str(environ.get("QUERY_STRING", "")), keep_blank_values=True)
    special = "&".join(sorted(name for name in query if not _S3_SHAPES.fullmatch(name.lower())))
    if not bucket:
        return [Permission("s3:ListAllMyBuckets", "*")]
    if not key:
        action = _S3_BUCKET.get(method) if not special else None
        if (method, special) == ("GET", "location"):
            action = "GetBucketLocation"
        context = {"s3:prefix": query.get("prefix", [""])[0]}
        return [Permission(f"s3:{action or f'{method} ?{special}'}", f"{arn}{bucket}", context)]
    action = _S3_OBJECT.get(method) if not special else None
    if method == "POST" and (special == "uploads" or (not special and "uploadId" in query)):
        action = "PutObject"
    if method == "DELETE" and not special and "uploadId" in query:
        action = "AbortMultipartUpload"
    wanted = [Permission(f"s3:{action or f'{method} ?{special}'}", f"{arn}{bucket}/{key}")]
    source = unquote(str(environ.get("HTTP_X_AMZ_COPY_SOURCE", ""))).lstrip("/")
    if source:
        wanted.append(Permission("s3:GetObject", f"{arn}{source.partition('?')[0]}"))
    return wanted


def _path(environ: WSGIEnvironment) -> str:
    """Return the path, which the server has unquoted once, as text."""
    return str(environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")


def _form_action(environ: WSGIEnvironment) -> str:
    """Return the action in the form or the address, "?" unless there is exactly one."""
    if not str(environ.get("CONTENT_TYPE", "")).startswith(FORM):
        return "?"
    sent = (_content(environ).decode("utf-8", "replace"), str(environ.get("QUERY_STRING", "")))
    actions = [action for part in sent for action in parse_qs(part).get("Action", [])]
    return actions[0] if len(actions) == 1 else "?"


def _json_resource(prefix: str, arn: Callable[[str], str], body: Mapping[str, Any]) -> str:
    """Return the resource of an operation of these services, "*" of another."""
    if prefix == "sagemaker" and isinstance(body.get("EndpointName"), str):
        return arn(f"endpoint/{body['EndpointName'].lower()}")
    if prefix == "dynamodb" and isinstance(body.get("TableName"), str):
        return arn(f"table/{body['TableName'].rpartition('/')[2]}")
    if prefix == "logs" and isinstance(body.get("logGroupName"), str):
        group = arn(f"log-group:{body['logGroupName']}")
        stream = body.get("logStreamName")
        return f"{group}:log-stream:{stream}" if isinstance(stream, str) else group
    return "*"


def _content(environ: WSGIEnvironment) -> bytes:
    source = environ["wsgi.input"]
    content: bytes = source.read()
    source.seek(0)
    return content


def _body(environ: WSGIEnvironment) -> Mapping[str, Any]:
    try:
        body = parse_json(_content(environ) or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
