"""The app's log, and API Gateway's log of requests, both kept for a limited time."""

from __future__ import annotations

import json

from sagemaker_jobs.aws.log_groups import LOG_DAYS, ensure_log_group
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.hardening.throttling import ApiStage

# who asked for which route, and what came of it; no query, no body
_FORMAT = json.dumps(
    {
        "request": "$context.requestId",
        "time": "$context.requestTime",
        "address": "$context.identity.sourceIp",
        "method": "$context.httpMethod",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "bytes": "$context.responseLength",
        "latency_ms": "$context.responseLatency",
        "key": "$context.identity.apiKeyId",
    }
)


def limit_log(aws: Aws, group: str) -> None:
    """Create the log group if it is missing, and set its retention; read that back.

    Raises:
        JobError: AWS reports another retention.
    """
    ensure_log_group(aws, group)
    found = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    kept = [item.get("retentionInDays") for item in found if item["logGroupName"] == group]
    if kept != [LOG_DAYS]:
        raise JobError(f"AWS keeps the log {group} for {kept} days", hint="run harden again")


def log_requests(aws: Aws, stages: list[ApiStage]) -> str | None:
    """Return the log group of the stages' requests; None if API Gateway may not write logs.

    The role for that is a setting of the whole account, which we do not change.
    """
    if not aws.gateway.get_account().get("cloudwatchRoleArn"):
        return None
    group = aws.names.access_log_group
    limit_log(aws, group)
    names = aws.names
    arn = f"arn:{names.partition}:logs:{names.region}:{names.account}:log-group:{group}"
    wanted = {"destinationArn": arn, "format": _FORMAT}
    for stage in stages:
        found = aws.gateway.update_stage(
            restApiId=stage.api,
            stageName=stage.name,
            patchOperations=[
                {"op": "replace", "path": f"/accessLogSettings/{name}", "value": value}
                for name, value in wanted.items()
            ],
        )
        if found.get("accessLogSettings") != wanted:
            raise JobError(
                f"REST API {stage.api} does not log its requests", hint="run harden again"
            )
    return group
