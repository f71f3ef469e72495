"""API Gateway's REST APIs: passes requests to a deployed stage on to its Lambda function."""

from __future__ import annotations

import gzip
import json
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from moto.apigateway.models import apigateway_backends

from local_aws.arns import PARTITION
from local_aws.errors import AwsError
from local_aws.functions.api_keys import accepts_key
from local_aws.functions.async_events import TOO_MANY
from local_aws.functions.invoker import TOO_LARGE
from local_aws.functions.proxy_event import (
    MalformedAnswerError,
    ProxyRequest,
    proxy_event,
    read_answer,
)
from local_aws.http import Request, Response

if TYPE_CHECKING:
    from local_aws.context import Context
    from local_aws.functions.invoker import FunctionInvoker
    from local_aws.functions.runtime_api import Outcome

_USER_PATH = re.compile(r"/restapis/([^/]+)/([^/]+)/_user_request_(/.*)?$")
_FUNCTION_ARN = re.compile(rf"arn:{PARTITION}:lambda:([^:/]+):[^:/]*:function:([^:/]+)")
_INTERNAL = (500, "Internal server error", "InternalServerErrorException")
_REFUSED_BY_LAMBDA = {
    # Lambda counts the whole event, with the body in base64
    TOO_LARGE: (413, "Request Too Long", "RequestTooLargeException"),
    TOO_MANY: (429, *_INTERNAL[1:]),
}
_HEADER = "gatewayresponse.header."
_RESPONSE_TYPES = {
    413: "REQUEST_TOO_LARGE",
    429: "THROTTLED",
    502: "INTEGRATION_FAILURE",
    504: "INTEGRATION_TIMEOUT",
}
LIMIT_BYTES = 10 * 1024 * 1024
_TIMEOUT_S = 29.0


@dataclass(frozen=True)
class Route:
    """The API resource that a path matches, and the path's parameters."""

    resource: Any
    template: str
    parameters: Mapping[str, str]


class Refusal(Response):
    """An answer of the gateway itself, which the function has not given."""


class Gateway:
    """Answers requests to deployed stages, at `/restapis/API/STAGE/_user_request_/PATH`."""

    def __init__(self, context: Context, functions: FunctionInvoker) -> None:
        self._account = context.account
        self._functions = functions

    def handle(self, request: Request) -> Response:
        """Return the API's answer; its own refusals are JSON with `message`, as on AWS.

        They have the headers of the API's gateway responses.
        """
        match = _USER_PATH.match(request.raw_path)
        api = self._find_api(match[1]) if match else None
        if match is None or api is None or match[2] not in api.stages:
            return _refuse(403, "Forbidden", "ForbiddenException")
        response = self._answer(request, api, match[2], match[3] or "/")
        if isinstance(response, Refusal):
            headers = [*response.headers, *_gateway_headers(api, response.status)]
            return Response(response.status, headers, response.body)
        return response

    def _answer(self, request: Request, api: Any, stage: str, path: str) -> Response:
        route = find_route(api, path)
        methods = route.resource.resource_methods if route else {}
        method = methods.get(request.method) or methods.get("ANY")
        integration = method.method_integration if method else None
        if route is None or method is None or integration is None:
            return _refuse(
                403, "Missing Authentication Token", "MissingAuthenticationTokenException"
            )
        key = request.headers.get("x-api-key", "")
        if method.api_key_required and not accepts_key(self._account, api.id, stage, key):
            return _refuse(403, "Forbidden", "ForbiddenException")
        if integration.integration_type == "MOCK":
            return _mock(integration)
        if integration.integration_type != "AWS_PROXY":
            return _refuse(
                501,
                f"local_aws does not implement {integration.integration_type} integrations",
                "NotImplemented",
            )
        return self._proxy(request, route, (api, stage, path), integration.uri)

    def refusal(self, error: AwsError) -> Response:
        """Return the API's answer to a request whose body cannot be read."""
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return _refuse(*_REFUSED_BY_LAMBDA[TOO_LARGE])
        return _refuse(error.status, error.message, "BadRequestException")

    def _proxy(
        self, request: Request, route: Route, place: tuple[Any, str, str], uri: str
    ) -> Response:
        function = _FUNCTION_ARN.search(uri)
        if function is None:
            return _refuse(500, "Internal server error", "InternalServerErrorException")
        api, stage, path = place
        binary_types = list(api.binaryMediaTypes)
        given = ProxyRequest(
            method=request.method,
            path=path,
            headers=request.sent_headers,
            query=request.query,
            body=request.body,
            resource=route.template,
            path_parameters=route.parameters,
            stage=stage,
            api_id=api.id,
            account=self._account,
            binary_types=binary_types,
        )
        payload = json.dumps(proxy_event(given)).encode()
        try:
            outcome = self._invoke(function[2], function[1], payload, request.request_id)
            if outcome.failed:
                return _refuse(502, "Internal server error", "InternalServerErrorException")
            answer = read_answer(outcome.payload, given.header("accept"), binary_types)
        except TimeoutError:
            return _refuse(504, "Endpoint request timed out", "InternalServerErrorException")
        except AwsError as error:
            return _refuse(*_REFUSED_BY_LAMBDA.get(error.code, _INTERNAL))
        except MalformedAnswerError:
            return _refuse(502, "Internal server error", "InternalServerErrorException")
        headers = [*answer.headers, ("x-amzn-RequestId", request.request_id)]
        response = Response(answer.status, headers, answer.body)
        return compressed(response, given.header("accept-encoding"), api.minimum_compression_size)

    def _invoke(self, name: str, region: str, payload: bytes, request_id: str) -> Outcome:
        """Return the outcome; after a timeout the function continues to run, as on AWS.

        Raises:
            TimeoutError: there is no outcome in time.
            AwsError: Lambda refused.
        """
        future: Future[Outcome] = Future()

        def run() -> None:
            try:
                future.set_result(self._functions.invoke(name, region, payload, request_id)[0])
            except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future.result(_TIMEOUT_S)

    def _find_api(self, api_id: str) -> Any:
        """Return moto's record of the API, in any region."""
        for backend in list(apigateway_backends[self._account].values()):
            if api_id in backend.apis:
                return backend.apis[api_id]
        return None


def compressed(response: Response, accepted: str, minimum: int | None) -> Response:
    """Return the response as API Gateway sends it to a client that takes gzip.

    Bodies of at least `minimum` bytes are compressed; None turns it off.
    """
    takes_gzip = re.search(r"(^|[\s,])gzip\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[^,]*)?(,|$)", accepted)
    if minimum is None or not takes_gzip or len(response.body) < minimum:
        return response
    headers = [*response.headers, ("Content-Encoding", "gzip")]
    return Response(response.status, headers, gzip.compress(response.body, mtime=0))


def find_route(api: Any, path: str) -> Route | None:
    """Return the route of `path`; literal parts win over {name}, and {name} over {name+}."""
    parts = path.strip("/").split("/")
    best: tuple[tuple[int, ...], Route] | None = None
    for resource in api.resources.values():
        template = resource.get_path()
        found = _match(template.strip("/").split("/"), parts)
        if found is None or not resource.resource_methods:
            continue
        rank, parameters = found
        if best is None or rank < best[0]:
            best = (rank, Route(resource, template, parameters))
    return best[1] if best else None


def _match(template: list[str], parts: list[str]) -> tuple[tuple[int, ...], dict[str, str]] | None:
    """Return the rank (lower is more literal) and the variables, None without a match."""
    rank: list[int] = []
    variables: dict[str, str] = {}
    for position, wanted in enumerate(template):
        if wanted.endswith("+}"):
            rest = "/".join(parts[position:])
            return ((*rank, 2), {**variables, wanted[1:-2]: rest}) if rest else None
        if position >= len(parts):
            return None
        if wanted.startswith("{"):
            if not parts[position]:
                return None
            variables[wanted[1:-1]] = parts[position]
            rank.append(1)
        elif wanted == parts[position]:
            rank.append(0)
        else:
            return None
    return (tuple(rank), variables) if len(template) == len(parts) else None


def _mock(integration: Any) -> Response:
    """Return a MOCK integration's answer: its first response's status and literal headers."""
    responses = integration.integration_responses or {}
    status, chosen = next(iter(responses.items()), ("200", None))
    parameters = (chosen.response_parameters or {}) if chosen else {}
    headers = [
        (name.removeprefix("method.response.header."), str(value).strip("'"))
        for name, value in parameters.items()
    ]
    return Response(int(status), [*headers, ("Content-Type", "application/json")], b"")


def _gateway_headers(api: Any, status: int) -> list[tuple[str, str]]:
    """Return the literal headers of the API's gateway response to this status."""
    responses = api.gateway_responses
    default = "DEFAULT_4XX" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "DEFAULT_5XX"
    found = responses.get(_RESPONSE_TYPES.get(status, default)) or responses.get(default)
    parameters = (found.response_parameters or {}) if found else {}
    return [
        (name.removeprefix(_HEADER), str(value).strip("'"))
        for name, value in parameters.items()
        if name.startswith(_HEADER)
    ]


def _refuse(status: int, message: str, kind: str) -> Refusal:
    return Refusal(
        status,
        [("Content-Type", "application/json"), ("x-amzn-ErrorType", kind)],
        json.dumps({"message": message}).encode(),
    )
