"""The stage's endpoint: what it is doing, waiting for it, asking it."""

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
    """What AWS says of the endpoint; None where there is none."""
    return or_none(lambda: aws.sagemaker.describe_endpoint(EndpointName=name))


def wait_until_in_service(
    aws: Aws,
    config: str,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> float:
    """The seconds until the endpoint served that configuration.

    Raises:
        EndpointFailed: it came to rest otherwise; the reason is AWS's.
    """
    endpoint, shown = aws.names.endpoint, ""
    for waited_s in looks(_TIMEOUT_S, sleep=sleep, clock=clock):
        description = describe(aws, endpoint)
        if description is None:
            raise EndpointFailed(endpoint, "it was deleted meanwhile", hint="deploy again")
        status = description["EndpointStatus"]
        if status != shown:
            ui.say(f"endpoint {endpoint}: {status} after {waited_s:.0f} s")
            shown = status
        if status in CHANGING:
            continue
        if status == "InService" and description.get("EndpointConfigName") == config:
            return waited_s
        reason = " ".join(description.get("FailureReason", f"it is {status}").split())
        hint = f"its log is the CloudWatch group {aws.names.endpoint_log_group}; "
        hint += (
            "it still serves the former model; deploy again"
            if status == "InService"
            else "once the cause is removed, deploy replaces it; teardown removes it"
        )
        raise EndpointFailed(endpoint, reason, hint=hint)
    raise EndpointFailed(
        endpoint,
        f"it was not in service after {_TIMEOUT_S // 60} minutes",
        hint="status shows it; deploy goes on waiting",
    )


def delete(
    aws: Aws, name: str, *, ui: Ui, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Delete the endpoint and return when it is gone; AWS deletes none that is being changed.

    Raises:
        EndpointFailed: it is still there after the longest time we wait.
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
    raise EndpointFailed(name, f"it is still {status}", hint="repeat in some minutes")


@translated()
def ask(aws: Aws, request: dict[str, Any]) -> dict[str, Any]:
    """The endpoint's JSON answer to a JSON request.

    Raises:
        RequestRefused: the model refused it or failed.
        AwsError: there is no answer, or one that no model of this repository gives.
    """
    answer = aws.runtime.invoke_endpoint(
        EndpointName=aws.names.endpoint,
        ContentType="application/json",
        Accept="application/json",
        Body=json.dumps(request).encode(),
    )
    content = answer["Body"].read()
    try:  # of no more than this: botocore has ValueErrors of its own
        verdict = json.loads(content)
    except ValueError as error:
        raise not_ours("is no JSON") from error
    if not isinstance(verdict, dict):
        raise not_ours("is no JSON object")
    return verdict


def not_ours(what: str) -> AwsError:
    """The error for an answer that no model of this repository gives."""
    return AwsError(f"the endpoint's answer {what}", hint="deploy a model of this repository")
