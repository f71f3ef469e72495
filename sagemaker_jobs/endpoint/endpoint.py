"""The stage's endpoint: its state, waiting for it, invoking it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.errors import AwsError, EndpointFailed
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeEndpointOutputTypeDef

_TIMEOUT_S = 30 * 60
CHANGING = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}


def describe(aws: Aws, name: str) -> DescribeEndpointOutputTypeDef | None:
    """Return AWS's description of the endpoint; None if it does not exist."""
    return or_none(lambda: aws.sagemaker.describe_endpoint(EndpointName=name))


def is_serverless(description: DescribeEndpointOutputTypeDef) -> bool:
    """Return whether the endpoint that AWS describes has serverless hosting."""
    variants = description.get("ProductionVariants", [])
    return any("CurrentServerlessConfig" in variant for variant in variants)


def wait_until_in_service(
    aws: Aws,
    config: str,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    extra_s: float = 0.0,
    while_baking: Callable[[], object] = lambda: None,
) -> float:
    """Wait until the endpoint serves the configuration; return the seconds waited.

    `extra_s` is what a guarded update waits on purpose. Meanwhile `while_baking` is called at each
    look.

    Raises:
        EndpointFailed: it ended in another state; the reason is AWS's.
    """
    endpoint, shown = aws.names.endpoint, ""
    for waited_s in looks(_TIMEOUT_S + extra_s, sleep=sleep, clock=clock):
        description = describe(aws, endpoint)
        if description is None:
            raise EndpointFailed(endpoint, "it was deleted in the meantime", hint="deploy again")
        status = description["EndpointStatus"]
        if status != shown:
            ui.say(f"endpoint {endpoint}: {status} after {waited_s:.0f} s")
            shown = status
        if status in CHANGING:
            if _is_baking(description):
                while_baking()
            continue
        if status == "InService" and description.get("EndpointConfigName") == config:
            return waited_s
        reason = " ".join(description.get("FailureReason", f"it is {status}").split())
        hint = f"read the CloudWatch log group {aws.names.endpoint_log_group}; "
        hint += (
            "it still serves the previous model; deploy again"
            if status == "InService"
            else "remove the cause and deploy again"
        )
        raise EndpointFailed(endpoint, reason, hint=hint)
    raise EndpointFailed(
        endpoint,
        f"it was not in service after {_TIMEOUT_S // 60} minutes",
        hint="run status to see it, or repeat deploy to keep waiting",
    )


def _is_baking(description: DescribeEndpointOutputTypeDef) -> bool:
    """Return whether new instances already get traffic while AWS watches the alarms."""
    variants = description.get("PendingDeploymentSummary", {}).get("ProductionVariants", [])
    statuses = [status["Status"] for v in variants for status in v.get("VariantStatus", [])]
    return "Baking" in statuses


def delete(
    aws: Aws, name: str, *, ui: Ui, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Delete the endpoint and wait until it is gone, first until AWS no longer changes it.

    Raises:
        EndpointFailed: it still exists after the timeout.
    """
    status = shown = ""
    for _ in looks(_TIMEOUT_S, sleep=sleep, clock=clock):
        description = describe(aws, name)
        if description is None:
            return
        status = description["EndpointStatus"]
        if status not in CHANGING:
            or_none(lambda: aws.sagemaker.delete_endpoint(EndpointName=name))
        elif status not in {shown, "Deleting"}:
            ui.say(f"endpoint {name} is {status}; it can be deleted after that")
        shown = status
    raise EndpointFailed(name, f"it is still {status}", hint="repeat in a few minutes")


@translated()
def ask(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """Return the endpoint's JSON answer to a JSON request.

    Raises:
        RequestRefused: the model refused the request or failed.
        AwsError: there is no answer, or it is not from a model of this repository.
    """
    answer = aws.runtime.invoke_endpoint(
        EndpointName=aws.names.endpoint,
        ContentType="application/json",
        Accept="application/json",
        Body=json.dumps(request).encode(),
    )
    content = answer["Body"].read()
    try:  # no more than this, because botocore raises ValueErrors too
        verdict = json.loads(content)
    except ValueError as error:
        raise not_ours("is not JSON") from error
    if not isinstance(verdict, dict):
        raise not_ours("is not a JSON object")
    return verdict


def not_ours(what: str) -> AwsError:
    """Return the error for an answer that is not from a model of this repository."""
    return AwsError(f"the endpoint's answer {what}", hint="deploy a model of this repository")
