"""Routes each request to the part of local_aws that runs its operation, or to moto."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from local_aws.access import check_caller
from local_aws.context import Context
from local_aws.credentials import check_credentials, request_key
from local_aws.errors import AwsError, as_aws_error
from local_aws.functions.gateway import LIMIT_BYTES, Gateway
from local_aws.functions.invoker import FunctionInvoker
from local_aws.functions.pythons import check_runtime
from local_aws.http import Request, Response, error_response, signed_region
from local_aws.iam.policies import allows
from local_aws.iam.requests import denied, permissions_of
from local_aws.moto_glue.bridge import MotoBridge, join_tag_search
from local_aws.moto_glue.rest_apis import join_api_search
from local_aws.moto_glue.role_policies import find_policies
from local_aws.protocols import error_in, protocol_of
from local_aws.request_body import read_body
from local_aws.sagemaker.api import OPERATIONS, SageMakerApi
from local_aws.sagemaker.endpoints.invoker import EndpointInvoker
from local_aws.sagemaker.moto_records import check_record, is_record

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

Handler = Callable[[Request], Response]
_APP = re.compile(r"[A-Z]+ /restapis/[^/]+/[^/]+/_user_request_")
# the REST operations that local_aws runs, by service; each pattern also matches variants of the
# operation, which are refused
_REST_OPERATIONS = {
    "sagemaker-runtime": (
        "InvokeEndpoint",
        re.compile(r"POST /endpoints/[^/]+/[^/]*invocations[^/]*$"),
    ),
    "lambda": ("Invoke", re.compile(r"POST /20[0-9-]+/functions/[^/]+/[^/]*invo[^/]*/?$")),
}
# all operations that local_aws runs, by botocore's name of the service; README.md lists them
IMPLEMENTED = {
    "sagemaker": tuple(OPERATIONS),
    **{service: (operation,) for service, (operation, _) in _REST_OPERATIONS.items()},
}
_S3_BYTES = 5 * 1024**3  # AWS's limit for one PUT
_API_BYTES = 100 * 1024**2  # other APIs' bodies are smaller on AWS; Lambda's zips are the largest
_WRITE_FUNCTION = re.compile(
    r"(POST /20[0-9-]+/functions/?|PUT /20[0-9-]+/functions/[^/]+/configuration)$"
)
_DELETE_FUNCTION = re.compile(r"DELETE /20[0-9-]+/functions/[^/]+/?$")


class Router:
    """The WSGI application of local_aws."""

    def __init__(self, context: Context) -> None:
        self._moto = MotoBridge(context.account)
        self.sagemaker = sagemaker = SageMakerApi(context)
        endpoints = EndpointInvoker(context.account, lambda name: sagemaker.region(name).endpoints)
        self._functions = functions = FunctionInvoker(context)
        self._gateway = Gateway(context, functions)
        self._context = context
        self._leave_tag_search = join_tag_search(
            context.account, lambda name: sagemaker.region(name).tags
        )
        self._leave_api_search = join_api_search(context.account)
        self._rest: dict[str, Handler] = {
            "sagemaker-runtime": endpoints.handle,
            "lambda": functions.handle,
        }

    def close(self) -> None:
        """End the functions' processes and restore moto."""
        self._functions.close()
        self._leave_tag_search()
        self._leave_api_search()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        head = environ["REQUEST_METHOD"] == "HEAD"
        if _APP.match(_line(environ)):
            return self._answer_for_app(environ).send(start_response, head=head)
        protocol = protocol_of(environ)
        try:
            check_caller(environ)
            check_credentials(environ, self._accepts)
            read_body(environ, _S3_BYTES if protocol == "s3" else _API_BYTES)
            self._check_permissions(environ)
            _check_for_moto(environ)
        except AwsError as error:
            return error_in(protocol, error).send(start_response, head=head)
        handler = self._handler(environ)
        if handler is not None:
            return _answer(handler, environ).send(start_response, head=head)
        answer = self._moto(environ, start_response)
        if _DELETE_FUNCTION.match(_line(environ)):
            region = signed_region(str(environ.get("HTTP_AUTHORIZATION", "")))
            self._functions.retire_deleted(region)
        return answer

    def _answer_for_app(self, environ: WSGIEnvironment) -> Response:
        """Return the deployed app's answer, which needs no key.

        Only the path leads here. X-Amz-Target, Host and Authorization have no influence, so no
        request can reach an AWS API this way.
        """
        try:
            read_body(environ, LIMIT_BYTES)
        except AwsError as error:
            return self._gateway.refusal(error)
        return _answer(self._gateway.handle, environ)

    def _accepts(self, access_key: str) -> bool:
        return (
            self._context.credentials.has_key(access_key)
            or self._context.sessions.find_role(access_key) is not None
            or self._moto.has_access_key(access_key)
        )

    def _check_permissions(self, environ: WSGIEnvironment) -> None:
        """Raise if a role's program lacks a permission that its request needs.

        Raises:
            AwsError: AccessDenied, or the protocol's name for it.
        """
        role = self._context.sessions.find_role(request_key(environ) or "")
        if role is None:
            return
        account = self._context.account
        policies = find_policies(account, role)
        for wanted in permissions_of(environ, account):
            if wanted.action != "sts:GetCallerIdentity" and not allows(policies, wanted):
                name = role.rpartition("/")[2]
                partition = role.split(":")[1]
                caller = f"arn:{partition}:sts::{account}:assumed-role/{name}/local-aws"
                raise denied(environ, wanted, caller)

    def _handler(self, environ: WSGIEnvironment) -> Handler | None:
        """Return the handler of a request to an AWS API, None for moto."""
        service, _, operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).partition(".")
        if service:
            is_own = service == "SageMaker" and not is_record(operation, _body(environ))
            return self.sagemaker.handle if is_own else None
        line = _line(environ)
        for service, (_, pattern) in _REST_OPERATIONS.items():
            if pattern.match(line):
                return self._rest[service]
        return None


def _answer(handler: Handler, environ: WSGIEnvironment) -> Response:
    """Return the handler's answer, or its error in AWS's form."""
    request = Request.from_environ(environ)
    try:
        return handler(request)
    except AwsError as error:
        return error_response(error, request.request_id)
    except Exception as error:
        logger.exception("local_aws failed at %s %s", request.method, request.raw_path)
        return error_response(as_aws_error(error), request.request_id)


def _check_for_moto(environ: WSGIEnvironment) -> None:
    """Raise where AWS would refuse a request that moto accepts.

    Raises:
        AwsError: AWS's refusal.
    """
    service, _, operation = str(environ.get("HTTP_X_AMZ_TARGET", "")).partition(".")
    if service == "SageMaker" and is_record(operation, _body(environ)):
        check_record(operation, _body(environ))
    elif _WRITE_FUNCTION.match(_line(environ)):
        check_runtime(_body(environ))


def _body(environ: WSGIEnvironment) -> bytes:
    """Return the body, which `read_body` has read, and leave it to be read."""
    content: bytes = environ["wsgi.input"].getvalue()
    return content


def _line(environ: WSGIEnvironment) -> str:
    return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
