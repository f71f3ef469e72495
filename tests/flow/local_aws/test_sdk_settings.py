"""What the SageMaker SDKs need besides SageMaker: a settings file, managed policies, simulation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import TRUST, ToyAccount, new_name

FULL_ACCESS = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"


def new_role(toys: ToyAccount, *, managed: bool = False, inline: object = None) -> str:
    """Return the ARN of a role with these policies."""
    name = new_name("role")
    role = toys.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    if managed:
        toys.iam.attach_role_policy(RoleName=name, PolicyArn=FULL_ACCESS)
    if inline:
        document = json.dumps({"Version": "2012-10-17", "Statement": inline})
        toys.iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)
    return role["Role"]["Arn"]


def decisions(toys: ToyAccount, role: str, *actions: str, resource: str = "*") -> list[str]:
    """Return what SimulatePrincipalPolicy decides about each action."""
    pages = toys.iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role, ActionNames=list(actions), ResourceArns=[resource]
    )
    results = [result for page in pages for result in page["EvaluationResults"]]
    assert [result["EvalActionName"] for result in results] == list(actions)
    assert {result["EvalResourceName"] for result in results} == {resource}
    return [result["EvalDecision"] for result in results]


def test_a_roles_permissions_are_simulated(toys: ToyAccount) -> None:
    """The role's policies decide, AWS's own among them; an explicit Deny wins."""
    bucket = "arn:aws:s3:::sagemaker-us-east-1-123456789012/x"
    training = "sagemaker:CreateTrainingJob"
    assert decisions(toys, new_role(toys), training) == ["implicitDeny"]
    full = new_role(toys, managed=True)
    assert decisions(toys, full, training, "iam:CreateUser") == ["allowed", "implicitDeny"]
    assert decisions(toys, full, "s3:PutObject", resource=bucket) == ["allowed"]
    denied = new_role(
        toys, managed=True, inline={"Effect": "Deny", "Action": "S3:put*", "Resource": bucket}
    )
    assert decisions(toys, denied, "s3:PutObject", resource=bucket) == ["explicitDeny"]
    assert decisions(toys, denied, "s3:PutObject", resource=f"{bucket}y") == ["allowed"]


def test_an_unknown_role_cannot_be_simulated(toys: ToyAccount) -> None:
    """AWS's NoSuchEntity, for roles that do not exist."""
    with pytest.raises(ClientError) as refused:
        decisions(toys, "arn:aws:iam::123456789012:role/nobody", "s3:GetObject")
    assert refused.value.response["Error"]["Code"] == "NoSuchEntity"


def test_aws_managed_policies_are_there(toys: ToyAccount) -> None:
    """A role can use the policy that AWS's own instructions name."""
    assert toys.iam.get_policy(PolicyArn=FULL_ACCESS)["Policy"]["Arn"] == FULL_ACCESS


def test_the_sdks_find_their_settings(aws_environment: dict[str, str]) -> None:
    """SAGEMAKER_USER_CONFIG_OVERRIDE names a file: a bucket to be made, and no telemetry."""
    settings = yaml.safe_load(Path(aws_environment["SAGEMAKER_USER_CONFIG_OVERRIDE"]).read_text())
    assert settings == {
        "SchemaVersion": "1.0",
        "SageMaker": {
            "PythonSDK": {
                "Modules": {
                    "TelemetryOptOut": True,
                    "Session": {"DefaultS3Bucket": "sagemaker-us-east-1-123456789012"},
                }
            }
        },
    }
