"""Requests per second at API Gateway, and functions that run at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import JobError

if TYPE_CHECKING:
    from mypy_boto3_apigateway.literals import GatewayResponseTypeType
    from mypy_boto3_apigateway.type_defs import PatchOperationTypeDef

FEEDBACK_PER_SECOND = 1  # each feedback is kept for a year
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
_LATER = {**_ALWAYS, "Retry-After": "2"}  # seconds
# the gateway's own answers, which no code of the app can give headers
_GATEWAY_RESPONSES: dict[GatewayResponseTypeType, dict[str, str]] = {
    "DEFAULT_4XX": _ALWAYS,
    "DEFAULT_5XX": _LATER,
    "THROTTLED": _LATER,
    "INTEGRATION_FAILURE": _LATER,
    "INTEGRATION_TIMEOUT": _LATER,
}


@dataclass(frozen=True)
class ApiStage:
    """A deployed stage of a REST API."""

    api: str
    name: str

    def arn(self, aws: Aws) -> str:
        """Return the name by which other services know the stage."""
        place = f"arn:{aws.names.partition}:apigateway:{aws.region}"
        return f"{place}::/restapis/{self.api}/stages/{self.name}"


def find_stages(aws: Aws, api: str) -> list[ApiStage]:
    """Return the API's stages."""
    found = aws.gateway.get_stages(restApiId=api)["item"]
    return [ApiStage(api, stage["stageName"]) for stage in found]


def head_own_answers(aws: Aws, api: str) -> None:
    """Give the gateway's own answers the app's headers; the next deployment applies it."""
    for kind, headers in _GATEWAY_RESPONSES.items():
        literals = {f"gatewayresponse.header.{name}": f"'{v}'" for name, v in headers.items()}
        aws.gateway.put_gateway_response(
            restApiId=api, responseType=kind, responseParameters=literals
        )


def throttle(aws: Aws, stage: ApiStage, rate: int) -> None:
    """Deploy the API's changes to the stage, limit its requests per second, and read that back.

    Raises:
        JobError: AWS reports other limits.
    """
    wanted = {"*/*": rate, "~1feedback/POST": FEEDBACK_PER_SECOND}
    operations: list[PatchOperationTypeDef] = [
        {"op": "replace", "path": f"/{route}/throttling/{name}Limit", "value": str(value)}
        for route, per_second in wanted.items()
        for name, value in (("rate", per_second), ("burst", 2 * per_second))
    ]
    gateway, api = aws.gateway, stage.api
    gateway.create_deployment(restApiId=api, stageName=stage.name)
    gateway.update_stage(restApiId=api, stageName=stage.name, patchOperations=operations)
    found: Any = gateway.get_stage(restApiId=api, stageName=stage.name)["methodSettings"]
    rates = {route: found.get(route, {}).get("throttlingRateLimit") for route in wanted}
    if rates != wanted:
        raise JobError(
            f"REST API {api} has the limits {rates}, not {wanted}", hint="run harden again"
        )


def reserve_functions(aws: Aws, concurrency: int) -> int | None:
    """Return the functions that may run at a time; None if the account may not reserve any.

    A new account has 10 in all, and AWS keeps those unreserved. They are a limit too.
    """
    from botocore.exceptions import ClientError

    name = aws.names.web_app
    try:
        aws.functions.put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=concurrency
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidParameterValueException":
            raise
        return None
    found = aws.functions.get_function_concurrency(FunctionName=name)
    return found["ReservedConcurrentExecutions"]
