"""Checks that an execution role exists and trusts SageMaker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_aws.errors import ValidationError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_SERVICE = "sagemaker.amazonaws.com"
# AWS's messages: that of CreateTrainingJob, and that of CreateModel and of a failed endpoint
_NOT_ASSUMED = (
    "Could not assume role {arn}. Please ensure that the role exists and allows principal "
    f"'{_SERVICE}' to assume the role."
)
_INVALID = (
    'The execution role ARN "{arn}" is invalid. Please ensure that the role exists and that its '
    f'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
    f'"{_SERVICE}".'
)


def check_training_role(client: IAMClient, arn: str) -> None:
    """Raise CreateTrainingJob's ValidationError unless SageMaker can assume the role."""
    _check(client, arn, _NOT_ASSUMED)


def check_serving_role(client: IAMClient, arn: str) -> None:
    """Raise the ValidationError of models and endpoints unless SageMaker can assume the role."""
    _check(client, arn, _INVALID)


def _check(client: IAMClient, arn: str, refusal: str) -> None:
    name = arn.rsplit("/", 1)[-1]
    try:
        role = client.get_role(RoleName=name)["Role"]
    except client.exceptions.NoSuchEntityException:
        role = None
    if role is None or role["Arn"] != arn or not _trusts(role["AssumeRolePolicyDocument"]):
        raise ValidationError(refusal.format(arn=arn))


def _trusts(document: Any) -> bool:
    """Return whether a trust policy lets SageMaker assume its role."""
    policy = json.loads(unquote(document)) if isinstance(document, str) else document
    statements = policy.get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        principals = statement.get("Principal", {})
        services = principals.get("Service", []) if isinstance(principals, dict) else []
        names = [services] if isinstance(services, str) else services
        if statement.get("Effect") == "Allow" and _SERVICE in names:
            return True
    return False
