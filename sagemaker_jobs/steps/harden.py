"""`harden`: limit what a stranger can do to the deployed web app, and so what it can cost."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws.log_groups import LOG_DAYS, ensure_log_group
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.web_app import rest_apis
from sagemaker_jobs.errors import JobError, NotThere
from sagemaker_jobs.step import Step, Toolbox, at_least
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_apigateway.literals import GatewayResponseTypeType
    from mypy_boto3_apigateway.type_defs import PatchOperationTypeDef

_FEEDBACK_PER_SECOND = 1  # each feedback is kept for a year
_RETRY_AFTER_S = 2
_CORS = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
_LATER = {**_CORS, "gatewayresponse.header.Retry-After": f"'{_RETRY_AFTER_S}'"}
# the gateway's own answers, which no code of the app can give headers
_GATEWAY_RESPONSES: dict[GatewayResponseTypeType, dict[str, str]] = {
    "DEFAULT_4XX": _CORS,
    "DEFAULT_5XX": _LATER,
    "THROTTLED": _LATER,
    "INTEGRATION_FAILURE": _LATER,
    "INTEGRATION_TIMEOUT": _LATER,
}


@dataclass(frozen=True)
class Limits:
    """Requests per second to all routes, and functions that run at a time."""

    rate: int = 10
    concurrency: int = 10


@dataclass(frozen=True)
class Hardening:
    """The limits that AWS reports after the step; no concurrency if AWS refused to reserve it."""

    apis: list[str]
    rate: int
    feedback_rate: int
    concurrency: int | None
    log_days: int
    dry_run: bool = False

    def line(self) -> str:
        verb = "would limit" if self.dry_run else "limited"
        reserved = (
            f"{self.concurrency} functions at a time"
            if self.concurrency
            else "no reserved functions, because the account's limit is too low"
        )
        return (
            f"{verb} REST API {', '.join(self.apis)} to {self.rate} requests a second and "
            f"{self.feedback_rate} feedback a second; {reserved}; its log is kept for "
            f"{self.log_days} days"
        )


@translated()
def harden(aws: Aws, limits: Limits, *, ui: Ui, dry_run: bool = False) -> Hardening:
    """Set the limits and read them back.

    Raises:
        NotThere: the stage has no web app.
        JobError: AWS reports other limits than those that were set.
    """
    apis = rest_apis(aws)
    if not apis:
        raise NotThere(
            f"the stage {aws.stage} has no web app",
            hint=f"run chalice deploy --stage {aws.stage} first",
        )
    concurrency: int | None = limits.concurrency
    if not dry_run:
        for api in apis:
            ui.say(f"limiting REST API {api}")
            _limit_api(aws, api, limits.rate)
        concurrency = _reserve(aws, limits.concurrency)
        ensure_log_group(aws, aws.names.web_app_log_group)
    return Hardening(apis, limits.rate, _FEEDBACK_PER_SECOND, concurrency, LOG_DAYS, dry_run)


def _limit_api(aws: Aws, api: str, rate: int) -> None:
    """Throttle every stage of the API, and give its own answers the app's headers."""
    for kind, parameters in _GATEWAY_RESPONSES.items():
        aws.gateway.put_gateway_response(
            restApiId=api, responseType=kind, responseParameters=parameters
        )
    wanted = {"*/*": rate, "~1feedback/POST": _FEEDBACK_PER_SECOND}
    operations: list[PatchOperationTypeDef] = [
        {"op": "replace", "path": f"/{route}/throttling/{name}Limit", "value": str(value)}
        for route, per_second in wanted.items()
        for name, value in (("rate", per_second), ("burst", 2 * per_second))
    ]
    for stage in aws.gateway.get_stages(restApiId=api)["item"]:
        name = stage["stageName"]
        aws.gateway.create_deployment(restApiId=api, stageName=name)  # with the new answers
        aws.gateway.update_stage(restApiId=api, stageName=name, patchOperations=operations)
        found: Any = aws.gateway.get_stage(restApiId=api, stageName=name)["methodSettings"]
        rates = {route: found.get(route, {}).get("throttlingRateLimit") for route in wanted}
        if rates != wanted:
            raise JobError(
                f"REST API {api} has the limits {rates}, not {wanted}", hint="run harden again"
            )


def _reserve(aws: Aws, concurrency: int) -> int | None:
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


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the limits."""
    parser.add_argument(
        "--rate",
        type=at_least(1),
        default=Limits.rate,
        metavar="N",
        help="requests per second to all routes (default: %(default)s)",
    )
    parser.add_argument(
        "--concurrency",
        type=at_least(1),
        default=Limits.concurrency,
        metavar="N",
        help="functions that run at a time (default: %(default)s)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Hardening:
    limits = Limits(arguments.rate, arguments.concurrency)
    return harden(tools.connect(), limits, ui=tools.ui, dry_run=arguments.dry_run)


STEP = Step("harden", "limit requests to the deployed web app", add_arguments, run)
