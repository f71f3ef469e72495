"""The policy documents of a stage, with the least permissions it needs."""

from __future__ import annotations

from typing import Any

from sagemaker_jobs.aws.names import (
    BULK,
    CHECKPOINTS,
    CODE,
    DATASETS,
    IMAGE_SOURCES,
    JOBS,
    MODELS,
    PROCESSING_LOG_GROUP,
    TRAINING_LOG_GROUP,
    TRANSFORM_LOG_GROUP,
    Names,
)

Policy = dict[str, Any]

# AWS's images are in accounts of AWS that vary by region, so only the names are fixed
_AWS_IMAGES = ("pytorch-training", "pytorch-inference", "pytorch")
_OWN_IMAGES = "movie-sentiment*"
_READABLE = (DATASETS, CODE, JOBS, CHECKPOINTS, MODELS, BULK)
_WRITABLE = (JOBS, CHECKPOINTS, BULK)
_LOG_GROUPS = (TRAINING_LOG_GROUP, TRANSFORM_LOG_GROUP, PROCESSING_LOG_GROUP)


def trust_policy(names: Names, service: str = "sagemaker.amazonaws.com") -> Policy:
    """Return the policy that lets the service assume the role, for this account only."""
    return _policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": names.account}},
        }
    )


def execution_policy(names: Names, kms_key: str | None = None) -> Policy:
    """Return the permissions of jobs and endpoints: data, logs, metrics, images, the KMS key."""
    partition, region, account = names.partition, names.region, names.account
    logs = f"arn:{partition}:logs:{region}:{account}:log-group"
    groups = (*_LOG_GROUPS, names.endpoint_log_group)
    return _policy(
        _allow("FindData", ["s3:ListBucket", "s3:GetBucketLocation"], [names.bucket_arn]),
        _allow("ReadData", ["s3:GetObject"], [f"{names.bucket_arn}/{p}/*" for p in _READABLE]),
        _allow(
            "WriteResults",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            [f"{names.bucket_arn}/{prefix}/*" for prefix in _WRITABLE],
        ),
        _allow(
            "WriteLogs",
            [
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:DescribeLogStreams",
                "logs:PutLogEvents",
            ],
            [f"{logs}:{group}{suffix}" for group in groups for suffix in ("", ":*")],
        ),
        _allow("PullImage", *_pull_images(names)),
        # IAM has no narrower resource for a registry token or for metrics
        _allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        _allow("PublishMetrics", ["cloudwatch:PutMetricData"], ["*"])
        | {"Condition": {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*"]}}},
        # SageMaker looks at the alarms of an update under this role
        _allow(
            "WatchAlarms",
            ["cloudwatch:DescribeAlarms"],
            [f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{names.error_alarm}"],
        ),
        *([_use_key(kms_key), _grant_key(kms_key)] if kms_key else []),
    )


def build_policy(names: Names, kms_key: str | None = None) -> Policy:
    """Return the permissions of the image's build: source, log, repository, and the KMS key."""
    partition, region, account = names.partition, names.region, names.account
    group = f"arn:{partition}:logs:{region}:{account}:log-group:/aws/codebuild"
    repository = f"arn:{partition}:ecr:{region}:{account}:repository/{names.repository}"
    push = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ]
    return _policy(
        _allow(
            "ReadSource",
            ["s3:GetObject", "s3:GetObjectVersion"],
            [f"{names.bucket_arn}/{IMAGE_SOURCES}/*"],
        ),
        _allow("FindSource", ["s3:GetBucketLocation", "s3:ListBucket"], [names.bucket_arn]),
        _allow(
            "WriteLog",
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            [f"{group}/{names.image_project}{suffix}" for suffix in ("", ":*")],
        ),
        _allow("PushImage", push, [repository]),
        _allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], ["*"]),
        *([_use_key(kms_key)] if kms_key else []),
    )


def expiry_policy(names: Names) -> Policy:
    """Return the permissions of the schedule that deletes the endpoint."""
    # the role is the same in all regions; DeleteEndpoint also ends an endpoint's autoscaling
    arn = f"arn:{names.partition}:sagemaker:*:{names.account}:endpoint/{names.endpoint}"
    scaling = ["application-autoscaling:DeregisterScalableTarget"]
    return _policy(
        _allow("DeleteEndpoint", ["sagemaker:DeleteEndpoint"], [arn]),
        _allow("EndAutoscaling", scaling, ["*"]),
    )


def bucket_policy(names: Names) -> Policy:
    """Return the policy that denies unencrypted connections to the bucket."""
    return _policy(
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [names.bucket_arn, f"{names.bucket_arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def lifecycle_rules() -> list[dict[str, Any]]:
    """Return the rules that delete data of ended jobs. Models and datasets stay."""
    return [
        _expiry("checkpoints-of-ended-jobs", f"{CHECKPOINTS}/", days=14),
        _expiry("code-of-ended-jobs", f"{CODE}/", days=30),
        _expiry("reviews-of-bulk-jobs", f"{BULK}/", days=14),
        _expiry("sources-of-built-images", f"{IMAGE_SOURCES}/", days=30),
        {
            "ID": "uploads-never-finished",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
        },
    ]


def _pull_images(names: Names) -> tuple[list[str], list[str]]:
    actions = [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ]
    registry = f"arn:{names.partition}:ecr:{names.region}"
    return actions, [
        *(f"{registry}:*:repository/{image}" for image in _AWS_IMAGES),
        f"{registry}:{names.account}:repository/{_OWN_IMAGES}",
    ]


def _use_key(key: str) -> dict[str, Any]:
    return _allow("UseKey", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [key])


def _grant_key(key: str) -> dict[str, Any]:
    # SageMaker's volumes have the key by a grant
    condition = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return _allow("GrantKey", ["kms:CreateGrant"], [key]) | {"Condition": condition}


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _policy(*statements: dict[str, Any]) -> Policy:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _expiry(rule: str, prefix: str, *, days: int) -> dict[str, Any]:
    return {
        "ID": rule,
        "Status": "Enabled",
        "Filter": {"Prefix": prefix},
        "Expiration": {"Days": days},
    }
