"""What the documents of a stage permit, and above all what they do not."""

import json
from typing import Any

import pytest

from local_aws.iam.policies import Permission, allows
from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.names import Names

NAMES = Names("dev", "123456789012", "eu-west-1")
OTHER = Names("prod", "123456789012", "eu-west-1")


def permits(action: str, resource: str, without: str = "") -> bool:
    """Whether the role of dev may do it, also without the statement of that name."""
    statements = policies.execution_policy(NAMES)["Statement"]
    kept = [statement for statement in statements if statement["Sid"] != without]
    context = {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}
    return allows([{"Statement": kept}], Permission(action, resource, context))


LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:"
ECR = "arn:aws:ecr:eu-west-1"
NEEDED = [
    ("s3:GetObject", f"{NAMES.bucket_arn}/datasets/ab/train.safetensors"),
    ("s3:GetObject", f"{NAMES.bucket_arn}/code/ab/sourcedir.tar.gz"),
    ("s3:GetObject", f"{NAMES.bucket_arn}/models/ab/model.tar.gz"),
    ("s3:PutObject", f"{NAMES.bucket_arn}/jobs/a-job/output/model.tar.gz"),
    ("s3:PutObject", f"{NAMES.bucket_arn}/checkpoints/a-job/epoch-1"),
    ("s3:PutObject", f"{NAMES.bucket_arn}/bulk/a-job/out/0.jsonl.out"),
    ("logs:PutLogEvents", f"{LOGS}/aws/sagemaker/TransformJobs:log-stream:a-job/i-1"),
    ("logs:PutLogEvents", f"{LOGS}/aws/sagemaker/ProcessingJobs:log-stream:a-job/algo-1"),
    ("s3:ListBucket", NAMES.bucket_arn),
    ("logs:PutLogEvents", f"{LOGS}/aws/sagemaker/TrainingJobs:log-stream:a-job/algo-1"),
    ("logs:PutLogEvents", f"{LOGS}/aws/sagemaker/Endpoints/movie-sentiment-dev:log-stream:x"),
    ("ecr:BatchGetImage", f"{ECR}:763104351884:repository/pytorch-training"),
    ("ecr:BatchGetImage", f"{ECR}:123456789012:repository/movie-sentiment"),
    ("ecr:GetAuthorizationToken", "*"),
    ("cloudwatch:PutMetricData", "*"),
    (
        "cloudwatch:DescribeAlarms",
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:movie-sentiment-dev-errors",
    ),
]
REFUSED = [
    ("s3:GetObject", f"{OTHER.bucket_arn}/models/ab/model.tar.gz"),
    ("s3:PutObject", f"{OTHER.bucket_arn}/jobs/a-job/output/model.tar.gz"),
    ("s3:PutObject", f"{NAMES.bucket_arn}/datasets/ab/train.safetensors"),
    ("s3:PutObject", f"{NAMES.bucket_arn}/models/ab/model.tar.gz"),
    ("s3:DeleteObject", f"{NAMES.bucket_arn}/jobs/a-job/output/model.tar.gz"),
    ("s3:DeleteBucket", NAMES.bucket_arn),
    ("s3:PutBucketPolicy", NAMES.bucket_arn),
    ("logs:PutLogEvents", f"{LOGS}/aws/lambda/movie-sentiment-dev:log-stream:x"),
    ("ecr:BatchGetImage", f"{ECR}:763104351884:repository/tensorflow-training"),
    ("ecr:PutImage", f"{ECR}:123456789012:repository/movie-sentiment"),
    ("iam:PassRole", NAMES.role_arn),
    ("sagemaker:CreateTrainingJob", "*"),
]


@pytest.mark.parametrize(("action", "resource"), NEEDED)
def test_the_role_may_do_what_training_and_serving_need(action: str, resource: str) -> None:
    """Data in, results out, logs, images: of this stage."""
    assert permits(action, resource)


@pytest.mark.parametrize(
    "sid", [statement["Sid"] for statement in policies.execution_policy(NAMES)["Statement"]]
)
def test_no_statement_is_idle(sid: str) -> None:
    """Without it, something that training and serving need is refused."""
    assert not all(permits(action, resource, without=sid) for action, resource in NEEDED)


@pytest.mark.parametrize(("action", "resource"), REFUSED)
def test_the_role_may_do_nothing_else(action: str, resource: str) -> None:
    """No other stage's data, no change of data it reads, no deletion, no way to more rights."""
    assert not permits(action, resource)


def test_only_what_has_no_resource_is_allowed_everywhere() -> None:
    """A star as resource stands only where IAM knows no narrower one, and metrics are fenced in."""
    everywhere = {
        action: statement.get("Condition")
        for statement in policies.execution_policy(NAMES)["Statement"]
        if statement["Resource"] == ["*"]
        for action in statement["Action"]
    }
    assert set(everywhere) == {"ecr:GetAuthorizationToken", "cloudwatch:PutMetricData"}
    assert everywhere["cloudwatch:PutMetricData"] is not None


def test_no_action_is_a_pattern() -> None:
    """Each permission is spelled out; s3:* would grow with every feature of S3."""
    statements = policies.execution_policy(NAMES)["Statement"]
    assert not [a for statement in statements for a in statement["Action"] if "*" in a]


def test_only_sagemaker_may_take_the_role_on_and_only_here() -> None:
    """Another account's SageMaker cannot be talked into using this role."""
    (statement,) = policies.trust_policy(NAMES)["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


def test_the_bucket_refuses_plain_http_for_everybody() -> None:
    """The Deny statement covers the bucket and every object in it."""
    (statement,) = policies.bucket_policy(NAMES)["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == (
        "Deny",
        "*",
        "s3:*",
    )
    assert statement["Resource"] == [NAMES.bucket_arn, f"{NAMES.bucket_arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_models_and_datasets_never_expire() -> None:
    """Only what a job or a build needs while it runs is forgotten."""
    *expiring, uploads = policies.lifecycle_rules()
    days = {rule["Filter"]["Prefix"]: rule["Expiration"]["Days"] for rule in expiring}
    assert days == {"checkpoints/": 14, "code/": 30, "bulk/": 14, "image-sources/": 30}
    assert "Expiration" not in uploads
    assert uploads["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}


@pytest.mark.parametrize(
    "document",
    [
        policies.trust_policy(NAMES),
        policies.execution_policy(NAMES),
        policies.bucket_policy(NAMES),
    ],
)
def test_documents_are_within_iams_size(document: dict[str, Any]) -> None:
    """An inline role policy may have 10,240 characters, a trust policy 2,048."""
    assert len(json.dumps(document)) < 10_240
    assert len(json.dumps(policies.trust_policy(NAMES))) < 2_048


def test_other_partitions_get_their_own_arns() -> None:
    """In China an ARN begins differently, everywhere in the document."""
    chinese = Names("dev", "123456789012", "cn-north-1", "aws-cn")
    text = json.dumps(policies.execution_policy(chinese)) + json.dumps(
        policies.bucket_policy(chinese)
    )
    assert "arn:aws-cn:" in text
    assert "arn:aws:" not in text
