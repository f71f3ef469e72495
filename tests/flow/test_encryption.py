"""A stage whose data a KMS key of the user's encrypts."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sagemaker_jobs.aws.session import Aws, connect
from tests.support.paths import ROOT
from tests.support.pipeline import CLASSIC, IMAGE, Answer, call_step

REGION = "eu-south-2"
TRAIN = ("train", "job", *CLASSIC, "--epochs", 1, "--sample", 50, *IMAGE, "--no-wait")


@pytest.fixture
def environment(aws_environment: dict[str, str]) -> Iterator[dict[str, str]]:
    variables = {**aws_environment, "AWS_DEFAULT_REGION": REGION, "STAGE": "dev"}
    yield variables
    call_step("teardown", "--yes", environment=variables)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


@pytest.fixture
def aws(environment: dict[str, str]) -> Aws:
    return connect("dev", REGION, {**os.environ, **environment})


@pytest.fixture
def key(aws: Aws) -> str:
    return new_key(aws)


def new_key(aws: Aws, **settings: Any) -> str:
    return aws.session.client("kms").create_key(**settings)["KeyMetadata"]["Arn"]


def set_up(environment: dict[str, str], *options: str) -> Answer:
    return call_step("setup", *options, environment=environment)


def test_the_key_encrypts_bucket_jobs_and_endpoint_and_setup_keeps_it(
    environment: dict[str, str], aws: Aws, key: str, dataset: Path
) -> None:
    """Each resource is read back from AWS; the stage's role may use the key and grant its use."""

    def do(*words: object) -> Answer:
        answer = call_step(*words, "--json", environment=environment)
        assert answer.exit_code == 0, answer.err
        return answer

    assert do("setup", "--kms-key", key).json["kms_key"] == key
    assert do("setup").json["kms_key"] == key
    assert do("status").json["kms_key"] == key
    do("upload", "--data", dataset)
    stored = aws.s3.list_objects_v2(Bucket=aws.names.bucket)["Contents"][0]["Key"]
    head = aws.s3.head_object(Bucket=aws.names.bucket, Key=stored)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)
    job = aws.sagemaker.describe_training_job(TrainingJobName=do(*TRAIN).json["job"])
    assert job["OutputDataConfig"]["KmsKeyId"] == key
    assert job["ResourceConfig"]["VolumeKmsKeyId"] == key
    deployed = do("deploy", "--artifact", ROOT / "pretrained", *IMAGE, "--no-smoke-test").json
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=deployed["revision"])
    assert config["KmsKeyId"] == key
    policy: Any = aws.iam.get_role_policy(
        RoleName=aws.names.role, PolicyName="training-and-serving"
    )["PolicyDocument"]
    of_key = [statement for statement in policy["Statement"] if statement["Resource"] == [key]]
    assert [statement["Sid"] for statement in of_key] == ["UseKey", "GrantKey"]


def test_a_key_that_cannot_be_used_is_refused_before_anything_is_created(
    environment: dict[str, str], aws: Aws, key: str
) -> None:
    """An alias, another region's, a missing, a disabled and an asymmetric one."""
    disabled = new_key(aws)
    aws.session.client("kms").disable_key(KeyId=disabled.rpartition("/")[2])
    signing = new_key(aws, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    for arn, words in (
        ("alias/mine", "is not the ARN of a KMS key"),
        (key.replace(REGION, "eu-west-1"), "the KMS key is in eu-west-1"),
        (key[:-4] + "0000", "there is no KMS key"),
        (disabled, "the KMS key is Disabled"),
        (signing, "of kind RSA_2048"),
    ):
        answer = set_up(environment, "--kms-key", arn)
        assert answer.exit_code == 1
        assert words in answer.err
    assert aws.names.bucket not in [b["Name"] for b in aws.s3.list_buckets()["Buckets"]]
