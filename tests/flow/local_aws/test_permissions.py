"""Roles on local_aws: programs may do what their role's policies allow, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.names import Names
from tests.support.local_aws.raw_requests import ask, signed
from tests.support.local_aws.toy_functions import invoke, make_function
from tests.support.local_aws.toys import BUCKET, TRUST, ToyAccount, new_name
from tests.support.paths import APP_FOLDER

pytestmark = pytest.mark.usefixtures("no_function_stays")

# Returns the error code of each call, or "done".
CALLER = """
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
config = Config(retries={"total_max_attempts": 1}, proxies={})
def handle(event, context):
    codes = []
    for service, operation, arguments in event:
        try:
            getattr(boto3.client(service, config=config), operation)(**arguments)
            codes.append("done")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    return codes
"""
MINE, OTHER = "movie-sentiment-dev", "movie-sentiment-prod"
ITEM = {"id": {"S": "1"}}
LOG = {"logGroupName": f"/aws/lambda/{MINE}", "logStreamName": "s"}
EVENTS = {"logEvents": [{"timestamp": 1, "message": "x"}]}
# what the web app needs, by the statement that allows it
OWN: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
    "AskThisStagesModel": [
        ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": MINE, "Body": "x"})
    ],
    "KeepFeedback": [("dynamodb", "put_item", {"TableName": f"{MINE}-feedback", "Item": ITEM})],
    "WriteItsOwnLog": [
        ("logs", "create_log_group", {"logGroupName": LOG["logGroupName"]}),
        ("logs", "create_log_stream", LOG),
        ("logs", "put_log_events", {**LOG, **EVENTS}),
    ],
}
FOREIGN: list[tuple[str, str, dict[str, Any]]] = [
    ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": OTHER, "Body": "x"}),
    ("sagemaker", "list_endpoints", {}),
    ("sagemaker", "delete_endpoint", {"EndpointName": MINE}),
    ("dynamodb", "put_item", {"TableName": f"{OTHER}-feedback", "Item": ITEM}),
    ("dynamodb", "get_item", {"TableName": f"{MINE}-feedback", "Key": ITEM}),
    ("dynamodb", "scan", {"TableName": f"{MINE}-feedback"}),
    ("dynamodb", "list_tables", {}),
    ("logs", "create_log_group", {"logGroupName": f"/aws/lambda/{OTHER}"}),
    ("logs", "describe_log_groups", {}),
    ("s3", "list_buckets", {}),
    ("s3", "list_objects_v2", {"Bucket": BUCKET}),
    ("s3", "get_object", {"Bucket": BUCKET, "Key": "data/one.txt"}),
    ("s3", "put_object", {"Bucket": BUCKET, "Key": "data/one.txt", "Body": ""}),
    ("s3", "delete_bucket", {"Bucket": BUCKET}),
    ("lambda", "list_functions", {}),
    ("lambda", "invoke", {"FunctionName": MINE}),
    ("iam", "create_user", {"UserName": "intruder"}),
    ("iam", "list_roles", {}),
    (
        "sts",
        "assume_role",
        {"RoleArn": f"arn:aws:iam::123456789012:role/{MINE}", "RoleSessionName": "intruder"},
    ),
    ("ssm", "get_parameter", {"Name": "secret"}),
]
NOTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}],
}
DENIED = {"AccessDenied", "AccessDeniedException"}


def app_policy() -> dict[str, Any]:
    policy: dict[str, Any] = json.loads((APP_FOLDER / ".chalice/policy-dev.json").read_text())
    return policy


def without(policy: dict[str, Any], sid: str) -> dict[str, Any]:
    kept = [one for one in policy["Statement"] if one["Sid"] != sid]
    assert len(kept) == len(policy["Statement"]) - 1
    return {**policy, "Statement": kept}


@contextmanager
def role_with(toys: ToyAccount, policy: dict[str, Any]) -> Iterator[str]:
    """Give the ARN of a role that has this policy."""
    name = new_name("role")
    document = json.dumps(TRUST)
    arn = toys.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    toys.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(policy))
    yield arn
    toys.iam.delete_role_policy(RoleName=name, PolicyName="p")
    toys.iam.delete_role(RoleName=name)


def codes(toys: ToyAccount, policy: dict[str, Any], calls: list[Any]) -> list[str]:
    """Return how each call ends in a function whose role has the policy."""
    with role_with(toys, policy) as role:
        found, error = invoke(toys, make_function(toys, CALLER, Role=role), calls)
        assert error is None, found
        assert isinstance(found, list)
        return found


def test_every_statement_of_the_web_app_has_a_call_that_needs_it() -> None:
    """So a new statement comes with its test."""
    assert {one["Sid"] for one in app_policy()["Statement"]} == set(OWN)


def test_the_web_apps_own_calls_pass(toys: ToyAccount) -> None:
    """They reach the service, which answers that there is no such endpoint or table yet."""
    calls = [call for of_statement in OWN.values() for call in of_statement]
    assert not DENIED & set(codes(toys, app_policy(), calls))


@pytest.mark.parametrize("sid", OWN)
def test_without_its_statement_a_call_is_denied(toys: ToyAccount, sid: str) -> None:
    """And the others still pass."""
    policy = without(app_policy(), sid)
    assert set(codes(toys, policy, OWN[sid])) <= DENIED
    others = [call for name, calls in OWN.items() if name != sid for call in calls]
    assert not DENIED & set(codes(toys, policy, others))


def test_every_other_call_is_denied(toys: ToyAccount) -> None:
    """Another stage's resources, listing, reading back, IAM: in AWS's words."""
    users = toys.iam.list_users()["Users"]
    found = codes(toys, app_policy(), FOREIGN)
    passed = [call for call, code in zip(FOREIGN, found, strict=True) if code not in DENIED]
    assert passed == []
    assert toys.get(f"s3://{BUCKET}/data/one.txt") == b"a wonderful film"
    assert toys.iam.list_users()["Users"] == users


def test_everybody_may_ask_who_they_are(toys: ToyAccount) -> None:
    """STS answers that without any permission, as on AWS."""
    assert codes(toys, NOTHING, [("sts", "get_caller_identity", {})]) == ["done"]


KEY = """
import os
def handle(event, context):
    return os.environ["AWS_ACCESS_KEY_ID"]
"""
FORM = "application/x-www-form-urlencoded"
ASSUME = f"Action=AssumeRole&RoleArn=arn:aws:iam::123456789012:role/{MINE}&RoleSessionName=films"


@pytest.mark.parametrize(
    ("path", "body", "content_type"),
    [
        (f"/?{ASSUME}", "Action=GetCallerIdentity", "text/plain"),
        (f"/?{ASSUME}", "Action=GetCallerIdentity", FORM),
        ("/", f"Action=GetCallerIdentity&{ASSUME}", FORM),
    ],
)
def test_a_request_that_names_two_operations_gets_neither(
    toys: ToyAccount, path: str, body: str, content_type: str
) -> None:
    """Even if one of them needs no permission."""
    with role_with(toys, app_policy()) as role:
        key, _ = invoke(toys, make_function(toys, KEY, Role=role), None)
        authorization = signed(toys, "sts", str(key))
        status, _, answer = ask(
            toys, "POST", path, body, Authorization=authorization, Content_Type=content_type
        )
    assert status == 403
    assert b"is not authorized to perform" in answer


# ---------------------------------------------------------------------- training jobs

NAMES = Names("dev", "123456789012", "us-east-1")


@pytest.fixture(scope="module")
def stage_bucket(toys: ToyAccount) -> Iterator[str]:
    """The stage's bucket with a dataset and code in it."""
    bucket = NAMES.bucket
    toys.s3.create_bucket(Bucket=bucket)
    for key in ("datasets/x/one.txt", "code/x/sourcedir.tar.gz"):
        source = "data/one.txt" if key.endswith("txt") else "source.tar.gz"
        toys.s3.copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": BUCKET, "Key": source})
    yield bucket
    listed = toys.s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    for entry in listed:
        toys.s3.delete_object(Bucket=bucket, Key=entry["Key"])
    toys.s3.delete_bucket(Bucket=bucket)


def trained(toys: ToyAccount, bucket: str, policy: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return how a job under the policy ended, why, and what it logged."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{bucket}/datasets/x"}
    with role_with(toys, policy) as role:
        name = toys.train(
            {"sagemaker_submit_directory": json.dumps(f"s3://{bucket}/code/x/sourcedir.tar.gz")},
            RoleArn=role,
            InputDataConfig=[{"ChannelName": "training", "DataSource": {"S3DataSource": source}}],
            OutputDataConfig={"S3OutputPath": f"s3://{bucket}/jobs"},
        )
        job = toys.finished_job(name)
        return job["TrainingJobStatus"], job.get("FailureReason", ""), toys.job_log(name)


def test_a_job_needs_nothing_but_the_stages_policy(toys: ToyAccount, stage_bucket: str) -> None:
    """It reads its data and code, writes its model and its log."""
    status, reason, log = trained(toys, stage_bucket, policies.execution_policy(NAMES))
    assert (status, reason) == ("Completed", "")
    assert log


@pytest.mark.parametrize(
    ("sid", "missing"),
    [("FindData", "s3:ListBucket"), ("ReadData", "s3:GetObject"), ("WriteResults", "s3:PutObject")],
)
def test_a_job_without_a_permission_fails_and_names_it(
    toys: ToyAccount, stage_bucket: str, sid: str, missing: str
) -> None:
    """In its FailureReason, so that you know which statement to add."""
    policy = without(policies.execution_policy(NAMES), sid)
    status, reason, _ = trained(toys, stage_bucket, policy)
    assert status == "Failed"
    assert f"is not authorized to perform: {missing}" in reason


def test_a_job_that_may_not_log_has_no_log(toys: ToyAccount, stage_bucket: str) -> None:
    """It runs all the same."""
    policy = without(policies.execution_policy(NAMES), "WriteLogs")
    status, _, log = trained(toys, stage_bucket, policy)
    assert (status, log) == ("Completed", [])


def test_an_endpoint_needs_its_role_to_read_the_model(toys: ToyAccount) -> None:
    """It fails, and names what the role lacks."""
    with role_with(toys, NOTHING) as role:
        model = toys.model("one")
        container = toys.sagemaker.describe_model(ModelName=model)["PrimaryContainer"]
        other = new_name("model")
        toys.sagemaker.create_model(
            ModelName=other, ExecutionRoleArn=role, PrimaryContainer=container
        )
        endpoint = toys.settled_endpoint(toys.endpoint(toys.config(other)))
        assert endpoint["EndpointStatus"] == "Failed"
        assert "is not authorized to perform: s3:GetObject" in endpoint["FailureReason"]
        toys.sagemaker.delete_endpoint(EndpointName=endpoint["EndpointName"])


@pytest.mark.parametrize("by_aws", [True, False])
def test_attached_policies_allow_what_they_say(toys: ToyAccount, *, by_aws: bool) -> None:
    """A role may hold a managed policy of AWS or one of the account; its default version counts."""
    name = new_name("role")
    role = toys.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    if not by_aws:
        allowed = {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [allowed]}
        created = toys.iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))
        arn = created["Policy"]["Arn"]
        allowed["Action"] = "s3:Get*"
        toys.iam.create_policy_version(
            PolicyArn=arn, PolicyDocument=json.dumps(policy), SetAsDefault=True
        )
    toys.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    function = make_function(toys, CALLER, Role=role["Arn"])
    given = {"Bucket": BUCKET, "Key": "data/one.txt"}
    calls = [("s3", "get_object", given), ("s3", "delete_object", given)]
    assert invoke(toys, function, calls) == (["done", "AccessDenied"], None)
