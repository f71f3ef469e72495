"""The end of the endpoint: EventBridge Scheduler deletes it, whether or not anyone remembers.

The schedule's target is SageMaker's own DeleteEndpoint, so there is no function to keep. Schedules
have no tags; this one is found by its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.role import boundary_of_stage, while_role_is_new
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_scheduler.type_defs import CreateScheduleInputTypeDef

_MOMENT = "%Y-%m-%dT%H:%M:%S"


def set_expiry(aws: Aws, moment: float, *, ui: Ui, sleep: Callable[[float], None]) -> datetime:
    """Let AWS delete the endpoint at `moment` (seconds since 1970); return it in UTC.

    A schedule fires only once, and AWS then removes it. If the endpoint cannot be deleted at that
    moment, because it is being changed, AWS tries again for a day.
    """
    end = datetime.fromtimestamp(moment, UTC).replace(microsecond=0)
    names = aws.names
    _ensure_role(aws)
    schedule: CreateScheduleInputTypeDef = {
        "Name": names.expiry,
        "Description": f"deletes the endpoint {names.endpoint}",
        "ScheduleExpression": f"at({end:{_MOMENT}})",
        "ScheduleExpressionTimezone": "UTC",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "ActionAfterCompletion": "DELETE",
        "Target": {
            "Arn": f"arn:{names.partition}:scheduler:::aws-sdk:sagemaker:deleteEndpoint",
            "RoleArn": names.arn_of_role(names.expiry),
            "Input": json.dumps({"EndpointName": names.endpoint}),
        },
    }
    clear_expiry(aws)
    while_role_is_new(lambda: aws.scheduler.create_schedule(**schedule), ui=ui, sleep=sleep)
    return end


def read_expiry(aws: Aws) -> datetime | None:
    """Return when AWS will delete the endpoint, in UTC; None if it will not."""
    found = or_none(lambda: aws.scheduler.get_schedule(Name=aws.names.expiry))
    if found is None:
        return None
    moment = found["ScheduleExpression"].removeprefix("at(").removesuffix(")")
    return datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC)


def in_utc(moment: datetime) -> str:
    """Return the moment for people.

    >>> in_utc(datetime(2026, 12, 1, 8, 5, tzinfo=UTC))
    '2026-12-01 08:05 UTC'
    """
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def clear_expiry(aws: Aws) -> None:
    """Delete the schedule if there is one; the endpoint then stays."""
    or_none(lambda: aws.scheduler.delete_schedule(Name=aws.names.expiry))


def _ensure_role(aws: Aws) -> None:
    """Create the role by which the schedule may delete the stage's endpoint, and nothing else."""
    role = aws.names.expiry
    if or_none(lambda: aws.iam.get_role(RoleName=role)) is None:
        trust = policies.trust_policy(aws.names, "scheduler.amazonaws.com")
        aws.iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps(trust),
            Description="Deletes the endpoint of movie-sentiment when it expires",
            Tags=cast("Any", aws.names.tag_list),
            **boundary_of_stage(aws),
        )
    aws.iam.put_role_policy(
        RoleName=role,
        PolicyName="delete-endpoint",
        PolicyDocument=json.dumps(policies.expiry_policy(aws.names)),
    )
