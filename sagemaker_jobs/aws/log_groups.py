"""Log groups: created with the stage's tags and an end of their lines, found, removed."""

from __future__ import annotations

from sagemaker_jobs.aws.session import Aws

LOG_DAYS = 30


def ensure_log_group(aws: Aws, group: str) -> None:
    """Create the group that a service would create without tags; keep its lines for 30 days."""
    from botocore.exceptions import ClientError

    try:
        aws.logs.create_log_group(logGroupName=group, tags=aws.names.tags)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
        aws.logs.tag_resource(resourceArn=_arn(aws, group), tags=aws.names.tags)
    aws.logs.put_retention_policy(logGroupName=group, retentionInDays=LOG_DAYS)


def log_group_exists(aws: Aws, group: str) -> bool:
    """Return whether there is a group of exactly that name."""
    found = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return any(item["logGroupName"] == group for item in found)


def _arn(aws: Aws, group: str) -> str:
    names = aws.names
    return f"arn:{names.partition}:logs:{names.region}:{names.account}:log-group:{group}"
