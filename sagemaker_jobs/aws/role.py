"""The role that SageMaker assumes: created, checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.bucket import given_role
from sagemaker_jobs.aws.encryption import read_key
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, retried
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.terminal import Ui

_POLICY_NAME = "training-and-serving"
# AWS's messages about a role that IAM has not propagated yet, or whose policy it has not: that of
# CreateTrainingJob, that of CreateModel and of failed endpoints, those about S3 and ECR, and that
# of CreateSchedule
NOT_KNOWN_YET = (
    r"could not assume role|execution role ARN \S+ is invalid|could not access model data"
    r"|is not authorized to perform|must allow AWS EventBridge Scheduler to assume the role"
)
NOT_KNOWN_YET_DELAYS_S = (2, 4, 8, 15, 15, 15, 30, 30)  # two minutes
_T = TypeVar("_T")


def ensure_role(aws: Aws, *, ui: Ui, boundary: str | None = None, dry_run: bool) -> Action:
    """Create or update the role, with this stage's permissions and no others.

    `boundary` is the ARN of a permissions boundary that the account demands.
    """
    iam, role = aws.iam, aws.names.role
    exists = or_none(lambda: iam.get_role(RoleName=role)) is not None
    if dry_run:
        return "update" if exists else "create"
    trust = json.dumps(policies.trust_policy(aws.names))
    tags = cast("Any", aws.names.tag_list)
    if exists:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
        iam.tag_role(RoleName=role, Tags=tags)
        if boundary:
            iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    else:
        ui.say(f"creating role {role}")
        iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=trust,
            Description="What SageMaker may do for movie-sentiment",
            Tags=tags,
            **cast("Any", {"PermissionsBoundary": boundary} if boundary else {}),
        )
    iam.put_role_policy(
        RoleName=role,
        PolicyName=_POLICY_NAME,
        PolicyDocument=json.dumps(policies.execution_policy(aws.names, read_key(aws))),
    )
    return "update" if exists else "create"


def require_role(aws: Aws) -> str:
    """Return the ARN of the role given to `setup`, or else of the stage's own.

    Raises:
        NotThere: the role does not exist.
    """
    given = given_role(aws)
    if given:
        return given
    role = aws.names.role
    answer = or_none(lambda: aws.iam.get_role(RoleName=role))
    if answer is None:
        raise NotThere(f"the stage has no role {role}", hint="run setup, or check --stage")
    return answer["Role"]["Arn"]


def boundary_of_stage(aws: Aws) -> dict[str, Any]:
    """Return CreateRole's member with the boundary that `setup` gave the stage's role, if any."""
    answer: Any = or_none(lambda: aws.iam.get_role(RoleName=aws.names.role))
    boundary = answer["Role"].get("PermissionsBoundary") if answer else None
    return {"PermissionsBoundary": boundary["PermissionsBoundaryArn"]} if boundary else {}


def remove_role(aws: Aws, role: str) -> None:
    """Delete the role with its policies, if it exists."""
    iam = aws.iam
    if or_none(lambda: iam.get_role(RoleName=role)) is None:
        return
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=role)


def while_role_is_new(call: Callable[[], _T], *, ui: Ui, sleep: Callable[[float], None]) -> _T:
    """Return the call's result; repeat it for two minutes while AWS does not know a new role."""

    def wait(delay_s: float) -> None:
        ui.say(f"AWS does not know the new role yet; trying again in {delay_s:.0f} s")
        sleep(delay_s)

    return retried(call, NOT_KNOWN_YET, NOT_KNOWN_YET_DELAYS_S, wait)
