"""What a deployer needs permission for: all that the steps call, and nothing else."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from sagemaker_jobs.aws import inventory
from sagemaker_jobs.aws.deployer_policy import deployer_policies
from sagemaker_jobs.aws.github_role import ensure_github_role
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.status import read_status
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.chalice_project import copy_of_web_app
from tests.support.models.counting_model import counting_model
from tests.support.paths import MODEL_PACKAGE, ROOT
from tests.support.pipeline import CLASSIC, step

MOST_CHARACTERS = 6144  # of a managed policy, without spaces (AWS's documentation of IAM quotas)
ROOM = 1500  # for permissions to come
# a program's calls, as botocore makes them: its service, operation and HTTP method
RECORDER = f"""
import os
import sys
from botocore.client import BaseClient

sys.path.insert(0, {str(ROOT)!r})
from tests.support.local_aws import legal_requests

sys.path.pop(0)
legal_requests.checked().__enter__()

make = BaseClient._make_api_call

def record(self, operation, parameters):
    model = self.meta.service_model
    method = model.operation_model(operation).http["method"]
    with open(os.environ["CALLS"], "a") as file:
        print(model.signing_name, operation, method, file=file)
    return make(self, operation, parameters)

BaseClient._make_api_call = record
"""
PRELUDE = """
import os
from pathlib import Path
from sagemaker_jobs.aws import web_app
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.cli import main
from sagemaker_jobs.hardening.limits import find_limits
from sagemaker_jobs.terminal import Ui
"""
# services that IAM calls otherwise than their requests' signature does
IAM_NAMES = {"monitoring": "cloudwatch", "tagging": "tag"}
BUDGET = ("--budget-alarm", 5, "--email", "operator@example.com")
# S3's calls that another action's name permits (AWS's Service Authorization Reference)
S3_ACTIONS = {
    "CompleteMultipartUpload": ["PutObject"],
    "CreateMultipartUpload": ["PutObject"],
    "GetBucketEncryption": ["GetEncryptionConfiguration"],
    "DeleteObjects": ["DeleteObject", "DeleteObjectVersion"],
    "HeadBucket": ["ListBucket"],
    "HeadObject": ["GetObject"],
    "ListObjectVersions": ["ListBucketVersions"],
    "ListObjectsV2": ["ListBucket"],
    "PutBucketEncryption": ["PutEncryptionConfiguration"],
    "PutBucketLifecycleConfiguration": ["PutLifecycleConfiguration"],
    "PutPublicAccessBlock": ["PutBucketPublicAccessBlock"],
    "UploadPart": ["PutObject"],
}
BUDGET_ACTIONS = {"DescribeBudget": "ViewBudget", "DescribeNotificationsForBudget": "ViewBudget"}
# needed though no call has their name: for creating with tags, for passing a role on, for scaling,
# which AWS does in the caller's name, for Docker's push, where an upload in parts or a bulk job is
# interrupted or a role has more than ours, and by Chalice where AWS takes its time or tags and
# routes change; API Gateway checks who sets a web ACL
NOT_CALLED = {
    "apigateway:SetWebACL",
    "cloudwatch:TagResource",
    "dynamodb:TagResource",
    "ecr:BatchCheckLayerAvailability",
    "ecr:CompleteLayerUpload",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:TagResource",
    "ecr:UploadLayerPart",
    "iam:CreateServiceLinkedRole",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey",
    "lambda:RemovePermission",
    "lambda:TagResource",
    "lambda:UntagResource",
    "s3:AbortMultipartUpload",
    "sagemaker:AddTags",
    "sagemaker:StopProcessingJob",
    "sagemaker:StopTransformJob",
    "sagemaker:UpdateEndpointWeightsAndCapacities",
    "wafv2:TagResource",
}


@pytest.fixture
def environment(
    aws_environment: dict[str, str], tmp_path: Path, ui: Ui
) -> Iterator[dict[str, str]]:
    """The stage dev in a region of its own, with every program's calls recorded."""
    (tmp_path / "sitecustomize.py").write_text(RECORDER)
    variables = {
        **aws_environment,
        "AWS_DEFAULT_REGION": "ca-central-1",
        "STAGE": "dev",
        "CALLS": str(tmp_path / "calls"),
        "PYTHONPATH": f"{tmp_path}:{MODEL_PACKAGE}",
    }
    yield variables
    teardown(connect("dev", "ca-central-1", {**os.environ, **variables}), confirmed=True, ui=ui)


def actions(call: str) -> list[str]:
    """Return the IAM actions that permit a call."""
    service, operation, method = call.split()
    if service == "sts":
        return []  # GetCallerIdentity needs no permission
    if service == "apigateway":
        return [f"apigateway:{method}"]
    if service == "s3":
        return [f"s3:{name}" for name in S3_ACTIONS.get(operation, [operation])]
    if service == "budgets":
        return [f"budgets:{BUDGET_ACTIONS.get(operation, 'ModifyBudget')}"]
    return [f"{IAM_NAMES.get(service, service)}:{re.sub(r'[0-9_]+$', '', operation)}"]


def granted() -> set[str]:
    return {action for statement in statements() for action in statement["Action"]}


def statements() -> list[dict[str, Any]]:
    return [each for policy in deployer_policies().values() for each in policy["Statement"]]


def run_recorded(lines: list[str], environment: dict[str, str]) -> None:
    """Run the lines in one program whose calls, and those of its programs, are recorded."""
    subprocess.run(
        [sys.executable, "-c", PRELUDE + "\n".join(lines)],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=True,
    )


def line(*words: object, fails: bool = False) -> str:
    """Return the line that runs a step and expects it to succeed, or to fail."""
    return f"assert main({[str(word) for word in words]!r}) == {int(fails)}"


def test_the_deployers_policy_is_what_the_steps_call(
    environment: dict[str, str], dataset: Path, small_archive_folder: Path, tmp_path: Path
) -> None:
    """From setup to teardown, training, a release and the web app included."""
    (tmp_path / "rules.toml").write_text("[at_least]\naccuracy = 0\n")
    release = (
        *("ship", "--artifact", counting_model(tmp_path / "model"), "--limit", 2),
        *("--archive-directory", small_archive_folder, "--directory", tmp_path / "release"),
        *("--rules", tmp_path / "rules.toml", "--deploy", "--image any --bake 1"),
    )
    aws = connect("dev", "ca-central-1", {**os.environ, **environment})
    project = copy_of_web_app(tmp_path)
    train = ("train", "job", *CLASSIC, "--epochs", 500, "--image", "any", "--no-wait")
    deploy = ("deploy", "--artifact", ROOT / "pretrained", "--no-smoke-test")
    prepare = (
        *("prepare", "--recipe", "classic", "--any-counts", "--directory", tmp_path / "dataset"),
        *("--on", "sagemaker", "--image", "any"),
    )
    reviews = tmp_path / "reviews.txt"
    reviews.write_text("A superb film.\n")
    harden = ("harden", "--api-key", "--requests-per-address", 100, *BUDGET)
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::1:role/logs"}
    aws.gateway.update_account(patchOperations=[patch])  # type: ignore[list-item]
    run_recorded([line("setup"), line("setup"), line("upload", "--data", dataset)], environment)
    run_recorded([line(*train)], environment)
    (job,) = inventory.jobs(aws)
    run_recorded(
        [
            line("train", "stop", job.name),
            line("train", "follow", job.name, fails=True),
            line("image", fails=True),  # the build that local_aws answers for pushes no image
            line("image", "--docker", fails=True),
            line(*deploy, "--hosting", "serverless", "--expires", "8h"),
            line(*deploy, "--image", "any", "--max-instances", 2),
            line(*release),
            line("models", "list"),
            line("predict", "A superb film."),
            line("score", reviews, "--batch"),
            line(*prepare, "--archive-directory", small_archive_folder),
            "aws = connect('dev', None, os.environ)",
            f"app = {{'ui': Ui(), 'project': Path({str(project)!r})}}",
            "web_app.deploy(aws, **app)",
            "web_app.deploy(aws, **app)",
            line(*harden),
            line(*harden),
            "for _, remove in find_limits(aws):",
            "    remove()",
            "web_app.delete(aws, **app)",
            line("feedback", "export", "--directory", tmp_path / "feedback"),
            line("status"),
            line("costs"),
            line("watch", "apply", "--spend-usd", 50),
            line("watch", "delete"),
            line("teardown", "--yes"),
        ],
        environment | {"PATH": "/nowhere"},
    )
    calls = set(Path(environment["CALLS"]).read_text().splitlines())
    needed = {action for call in calls for action in actions(call)}
    assert needed - granted() == set()
    assert granted() - needed == NOT_CALLED
    unused = [each["Sid"] for each in statements() if needed.isdisjoint(each["Action"])]
    assert unused == [
        "UseKey",
        "SeeKey",
        "PassRoles",
        "ScalingRole",
    ]  # AWS checks these when others are called


@pytest.mark.parametrize("name", ["model", "app"])
def test_a_policy_is_printed_as_iam_takes_it(name: str) -> None:
    """Without credentials too, within IAM's limit, and with room for the next permission."""
    policy: dict[str, Any] = json.loads(step("setup", "--print-policy", name, environment={}).out)
    assert policy == deployer_policies()[name]
    assert len(json.dumps(policy, separators=(",", ":"))) <= MOST_CHARACTERS - ROOM
    assert len({statement["Sid"] for statement in policy["Statement"]}) == len(policy["Statement"])


def test_both_policies_are_printed_by_name() -> None:
    """Without a name: one JSON object."""
    assert json.loads(step("setup", "--print-policy", environment={}).out) == deployer_policies()


def test_no_two_statements_permit_the_same_and_all_name_the_projects_resources() -> None:
    """Each action stands once; every resource is the project's where AWS has names for it."""
    found = [action for statement in statements() for action in statement["Action"]]
    assert sorted(found) == sorted(set(found))
    for statement in statements():
        if statement["Resource"] != ["*"]:
            for resource in statement["Resource"]:
                assert fnmatchcase(resource, "*movie-sentiment-*") or statement["Sid"] in {
                    "Firewall",
                    "Logs",
                    "WebAddress",
                    "ScalingRole",
                    "SeeKey",
                    "UseKey",
                }


def test_a_role_that_was_given_is_used(aws_environment: dict[str, str], ui: Ui) -> None:
    """Where you may not create roles: setup records it, the other steps read it."""
    aws = connect("dev", "ap-south-1", {**os.environ, **aws_environment})
    arn = "arn:aws:iam::123456789012:role/given-by-an-administrator"
    assert setup(aws, ui=ui, role_arn=arn).role_action == "unchanged"
    assert require_role(aws) == arn
    assert read_status(aws).role == arn
    assert "role" not in " ".join(teardown(aws, confirmed=True, ui=ui).removed)


def test_every_role_that_a_step_creates_has_the_boundary(
    environment: dict[str, str], ui: Ui
) -> None:
    """An account that demands one refuses roles without it."""
    aws = connect("dev", "ca-central-1", {**os.environ, **environment})
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    setup(aws, ui=ui, boundary=boundary)
    ensure_github_role(aws, "someone/movies")
    step("image", environment=environment)  # the build that local_aws answers for pushes no image
    model = ("deploy", "--artifact", ROOT / "pretrained", "--no-smoke-test", "--expires", "8h")
    assert step(*model, "--image", "any", environment=environment).exit_code == 0
    for role in (aws.names.role, aws.names.github_role, aws.names.image_role, aws.names.expiry):
        found = aws.iam.get_role(RoleName=role)["Role"]
        assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary, role
