"""The stage's bucket: made private, asked for, filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

_DEFAULT_REGION = "us-east-1"  # the one region S3 does not want named


def ensure_bucket(aws: Aws, *, ui: Ui, dry_run: bool) -> Action:
    """What was done to have the bucket there, private, encrypted, TLS only, tagged and tidy."""
    s3, bucket, account = aws.s3, aws.names.bucket, aws.names.account
    exists = or_none(lambda: s3.head_bucket(Bucket=bucket)) is not None
    if dry_run:
        return "update" if exists else "create"
    if not exists:
        ui.say(f"creating bucket {bucket}")
        if aws.region == _DEFAULT_REGION:
            s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced")
        else:
            place: CreateBucketConfigurationTypeDef = {
                "LocationConstraint": cast("BucketLocationConstraintType", aws.region)
            }
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration=place,
                ObjectOwnership="BucketOwnerEnforced",
            )
        s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig={"Delay": 1})
    # ExpectedBucketOwner: never configure, nor trust, a bucket that another account holds
    s3.put_public_access_block(
        Bucket=bucket,
        ExpectedBucketOwner=account,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_ownership_controls(
        Bucket=bucket,
        ExpectedBucketOwner=account,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ExpectedBucketOwner=account,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_policy(
        Bucket=bucket,
        ExpectedBucketOwner=account,
        Policy=json.dumps(policies.bucket_policy(aws.names)),
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        ExpectedBucketOwner=account,
        LifecycleConfiguration={"Rules": cast("Any", policies.lifecycle_rules())},
    )
    _tag(aws)
    return "update" if exists else "create"


def _tag(aws: Aws) -> None:
    """Add the stage's tags, and keep others somebody has set: S3 replaces all at once."""
    bucket = aws.names.bucket
    answer = or_none(lambda: aws.s3.get_bucket_tagging(Bucket=bucket))
    tags = {tag["Key"]: tag["Value"] for tag in answer["TagSet"]} if answer else {}
    tags |= aws.names.tags
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": cast("Any", tag_set)})


def require_bucket(aws: Aws) -> str:
    """The bucket's name, once it is known to be there.

    Raises:
        NotThere: it is not.
    """
    bucket = aws.names.bucket
    if or_none(lambda: aws.s3.head_bucket(Bucket=bucket)) is None:
        raise NotThere(f"the stage has no bucket {bucket}", hint="run setup, or check --stage")
    return bucket


def holds(aws: Aws, key: str, sha256: str) -> bool:
    """Whether the bucket has this very content under the key."""
    head = or_none(lambda: aws.s3.head_object(Bucket=aws.names.bucket, Key=key))
    return head is not None and head["Metadata"].get("sha256") == sha256


def send(aws: Aws, path: Path, key: str, metadata: dict[str, str], *, ui: Ui) -> None:
    """Put the file under the key, in parts where it is large."""
    with (
        path.open("rb") as stream,
        ui.progress(f"upload {path.name}", path.stat().st_size, "B") as advance,
    ):
        aws.s3.upload_fileobj(
            stream,
            aws.names.bucket,
            key,
            ExtraArgs={"Metadata": metadata, "ExpectedBucketOwner": aws.names.account},
            Callback=advance,
        )


def keys_ending(aws: Aws, prefix: str, ending: str) -> Iterator[str]:
    """The keys under the prefix with that ending."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=aws.names.bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            if item["Key"].endswith(ending):
                yield item["Key"]
