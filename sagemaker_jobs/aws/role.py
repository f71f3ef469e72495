"""The role that SageMaker assumes: created, checked."""

from __future__ import annotations

import json
from typing import Any, cast

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.terminal import Ui

_POLICY_NAME = "training-and-serving"
# SageMaker's messages for a new role that IAM has not propagated yet
NOT_KNOWN_YET = r"could not assume role|could not access model data|is not authorized to perform"
NOT_KNOWN_YET_DELAYS_S = (2, 4, 8, 8, 8)


def ensure_role(aws: Aws, *, ui: Ui, dry_run: bool) -> Action:
    """Create or update the role, with this stage's permissions and no others."""
    iam, role = aws.iam, aws.names.role
    exists = or_none(lambda: iam.get_role(RoleName=role)) is not None
    if dry_run:
        return "update" if exists else "create"
    trust = json.dumps(policies.trust_policy(aws.names))
    tags = cast("Any", aws.names.tag_list)
    if exists:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
        iam.tag_role(RoleName=role, Tags=tags)
    else:
        ui.say(f"creating role {role}")
        iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=trust,
            Description="What SageMaker may do for movie-sentiment",
            Tags=tags,
        )
    iam.put_role_policy(
        RoleName=role,
        PolicyName=_POLICY_NAME,
        PolicyDocument=json.dumps(policies.execution_policy(aws.names)),
    )
    return "update" if exists else "create"


def require_role(aws: Aws) -> str:
    """Return the role's ARN.

    Raises:
        NotThere: the role does not exist.
    """
    role = aws.names.role
    answer = or_none(lambda: aws.iam.get_role(RoleName=role))
    if answer is None:
        raise NotThere(f"the stage has no role {role}", hint="run setup, or check --stage")
    return answer["Role"]["Arn"]
