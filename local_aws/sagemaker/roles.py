"""Checks that an execution role exists and trusts SageMaker."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from local_aws.errors import ValidationError

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient

_SERVICE = "sagemaker.amazonaws.com"


def check_role(client: IAMClient, arn: str) -> None:
    """Raise unless SageMaker can assume the role.

    Raises:
        ValidationError: the role is missing or does not trust SageMaker; the message is AWS's.
    """
    name = arn.rsplit("/", 1)[-1]
    try:
        role = client.get_role(RoleName=name)["Role"]
    except client.exceptions.NoSuchEntityException:
        role = None
    if role is None or role["Arn"] != arn or not _trusts(role["AssumeRolePolicyDocument"]):
        raise ValidationError(
            f"Could not assume role {arn}. Please ensure that the role exists and allows "
            f"principal '{_SERVICE}' to assume the role."
        )


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
