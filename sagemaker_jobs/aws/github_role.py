"""The role under which GitHub Actions releases to a stage, without stored keys."""

from __future__ import annotations

import json
import re
from typing import Any

from sagemaker_jobs.aws.deployer_policy import deployer_policies
from sagemaker_jobs.aws.names import Action, Names
from sagemaker_jobs.aws.role import boundary_of_stage
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import InvalidSetting

_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
# earlier versions had one policy of the first name, which must not remain beside both new ones:
# IAM limits the sum of a role's policies
_POLICY_NAMES = {"model": "release", "app": "release-app"}
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")


def ensure_github_role(aws: Aws, repository: str, *, dry_run: bool = False) -> tuple[str, Action]:
    """Create or update the role; return its ARN and what was done.

    Only workflows of the repository's environment named as the stage may assume it. The account's
    OpenID Connect provider of GitHub is created if it is missing.

    Raises:
        InvalidSetting: the repository is not OWNER/REPO.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise InvalidSetting(f"{repository} is not OWNER/REPO", hint="--github OWNER/REPO")
    names = aws.names
    provider = f"arn:{names.partition}:iam::{names.account}:oidc-provider/{_ISSUER}"
    is_there = or_none(lambda: aws.iam.get_role(RoleName=names.github_role)) is not None
    action: Action = "update" if is_there else "create"
    if dry_run:
        return names.arn_of_role(names.github_role), action
    if not or_none(lambda: aws.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)):
        aws.iam.create_open_id_connect_provider(Url=f"https://{_ISSUER}", ClientIDList=[_AUDIENCE])
    trust = json.dumps(github_trust(names, provider, repository))
    if is_there:
        aws.iam.update_assume_role_policy(RoleName=names.github_role, PolicyDocument=trust)
    else:
        aws.iam.create_role(
            RoleName=names.github_role,
            AssumeRolePolicyDocument=trust,
            Tags=names.tag_list,  # type: ignore[arg-type]
            **boundary_of_stage(aws),
        )
    for name, policy in deployer_policies().items():
        aws.iam.put_role_policy(
            RoleName=names.github_role,
            PolicyName=_POLICY_NAMES[name],
            PolicyDocument=json.dumps(policy),
        )
    return names.arn_of_role(names.github_role), action


def github_trust(names: Names, provider: str, repository: str) -> dict[str, Any]:
    """Return the policy that trusts GitHub's tokens of the repository's environment."""
    wanted = {
        f"{_ISSUER}:aud": _AUDIENCE,
        f"{_ISSUER}:sub": f"repo:{repository}:environment:{names.stage}",
    }
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": wanted},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
