"""Runs EventBridge Scheduler's one-time schedules whose target is an AWS API.

moto keeps schedules and never runs them. This runs those of the form `at(...)` in UTC with a
universal target, `arn:PARTITION:scheduler:::aws-sdk:SERVICE:OPERATION`, once and under their role.
It does not retry. Recurring schedules and other targets stay as they are.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from moto.scheduler.models import scheduler_backends

from local_aws.arns import PARTITION
from local_aws.context import Context

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0
_TARGET = re.compile(rf"arn:{PARTITION}:scheduler:::aws-sdk:(?P<service>[^:]+):(?P<operation>.+)")
_MOMENT = "at(%Y-%m-%dT%H:%M:%S)"


def run_schedules(context: Context) -> None:
    """Run what is due, until local_aws stops."""
    while not context.stopping.wait(_LOOK_EVERY_S):
        for region, group, schedule in _due(context.account, datetime.now(UTC)):
            schedule.state = "DISABLED"  # it fires once
            _fire(context, region, schedule)
            if schedule.action_after_completion == "DELETE":
                group.schedules.pop(schedule.name, None)


def _due(account: str, now: datetime) -> Iterator[tuple[str, Any, Any]]:
    """Yield region, group and schedule of each schedule that is due."""
    for region, backend in list(scheduler_backends[account].items()):
        for group in list(backend.schedule_groups.values()):
            for schedule in list(group.schedules.values()):
                if schedule.state == "ENABLED" and _is_due(schedule, now):
                    yield region, group, schedule


def _is_due(schedule: Any, now: datetime) -> bool:
    if schedule.schedule_expression_timezone != "UTC" or not _TARGET.match(schedule.target["Arn"]):
        return False
    try:
        moment = datetime.strptime(schedule.schedule_expression, _MOMENT).replace(tzinfo=UTC)
    except ValueError:  # it recurs
        return False
    return moment <= now


def _fire(context: Context, region: str, schedule: Any) -> None:
    target = _TARGET.fullmatch(schedule.target["Arn"])
    service, operation = target.groups() if target else ("", "")
    try:
        client: Any = context.client(service, region, schedule.target["RoleArn"])
        getattr(client, xform_name(operation[:1].upper() + operation[1:]))(
            **json.loads(schedule.target.get("Input") or "{}")
        )
    except (BotoCoreError, ClientError, AttributeError, ValueError) as error:
        logger.warning("the schedule %s failed: %s", schedule.name, error)
