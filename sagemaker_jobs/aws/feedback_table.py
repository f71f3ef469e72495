"""The stage's table of feedback on verdicts: created, recognised, read, removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TableDescriptionTypeDef, WaiterConfigTypeDef

_KEY = "id"
_WAIT: WaiterConfigTypeDef = {"Delay": 1, "MaxAttempts": 300}  # a table takes up to minutes
_EXPIRY = "expires_at"  # seconds since 1970, written by the web app


@dataclass(frozen=True)
class Feedback:
    """One answer; `review` is the text if the user agreed to share it."""

    right: bool
    score: float
    model_version: str
    review: str | None


def ensure_table(aws: Aws, *, ui: Ui, dry_run: bool) -> Action:
    """Create or update the table: billed per request, with expiry of old items."""
    dynamodb, name = aws.dynamodb, aws.names.feedback_table
    exists = _describe(aws) is not None
    expires = exists and _expires_items(aws)
    action: Action = "unchanged" if expires else "update" if exists else "create"
    if dry_run:
        return action
    if not exists:
        ui.say(f"creating table {name}")
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": _KEY, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": _KEY, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=cast("Any", aws.names.tag_list),
        )
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig=_WAIT)
    if not expires:
        dynamodb.update_time_to_live(
            TableName=name,
            TimeToLiveSpecification={"Enabled": True, "AttributeName": _EXPIRY},
        )
    return action


def is_own(aws: Aws) -> bool:
    """Return whether the table exists and carries the stage's tags."""
    table = _describe(aws)
    if table is None:
        return False
    tags = aws.dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
    return aws.names.owns({tag["Key"]: tag["Value"] for tag in tags})


def remove_table(aws: Aws) -> None:
    """Delete the table and wait until it is gone."""
    name = aws.names.feedback_table
    aws.dynamodb.delete_table(TableName=name)
    aws.dynamodb.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=_WAIT)


def count_feedback(aws: Aws) -> int | None:
    """Return AWS's count of the answers, up to six hours old; None without a table."""
    table = _describe(aws)
    return None if table is None else table.get("ItemCount", 0)


def read_feedback(aws: Aws, now: float) -> tuple[list[Feedback], int]:
    """Return the answers that have not expired, and the number of items of another form.

    AWS removes expired items up to two days late.

    Raises:
        NotThere: the stage has no table.
    """
    name = aws.names.feedback_table
    if _describe(aws) is None:
        raise NotThere(f"the stage has no table {name}", hint="run setup, or check --stage")
    answers, n_unreadable = [], 0
    for page in aws.dynamodb.get_paginator("scan").paginate(TableName=name, ConsistentRead=True):
        for item in page["Items"]:
            try:
                expires_at, answer = _read_item(item)
            except (KeyError, TypeError, ValueError):
                n_unreadable += 1
                continue
            if expires_at > now:
                answers.append(answer)
    return answers, n_unreadable


def _read_item(item: Mapping[str, Any]) -> tuple[float, Feedback]:
    """Return when the item expires, and its answer; raise if the web app did not write it."""
    right = item["right"]["BOOL"]
    review = item["review"]["S"] if "review" in item else None
    answer = Feedback(right, float(item["score"]["N"]), item["model_version"]["S"], review)
    return float(item[_EXPIRY]["N"]), answer


def _expires_items(aws: Aws) -> bool:
    answer = aws.dynamodb.describe_time_to_live(TableName=aws.names.feedback_table)
    return answer["TimeToLiveDescription"].get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}


def _describe(aws: Aws) -> TableDescriptionTypeDef | None:
    answer = or_none(lambda: aws.dynamodb.describe_table(TableName=aws.names.feedback_table))
    return answer and answer["Table"]
