"""The stage's bucket: created, checked, filled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws import encryption, policies
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import AwsError, NotThere
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import CreateBucketConfigurationTypeDef

_ROLE_TAG = "role"
_DEFAULT_REGION = "us-east-1"  # the one region that S3 refuses as a location


def ensure_bucket(
    aws: Aws,
    *,
    ui: Ui,
    role_arn: str | None = None,
    kms_key: str | None = None,
    dry_run: bool,
) -> Action:
    """Create or update the bucket: private, encrypted, TLS only, tagged, with lifecycle rules.

    A tag records the `role_arn` to use in place of the stage's own role. Without `kms_key` the
    bucket keeps the key that it has.
    """
    s3, bucket, account = aws.s3, aws.names.bucket, aws.names.account
    is_there = exists(aws)
    if dry_run:
        return "update" if is_there else "create"
    if not is_there:
        ui.say(f"creating bucket {bucket}")
        if aws.region == _DEFAULT_REGION:
            s3.create_bucket(Bucket=bucket, ObjectOwnership="BucketOwnerEnforced")
        else:
            location: CreateBucketConfigurationTypeDef = {
                "LocationConstraint": cast("BucketLocationConstraintType", aws.region)
            }
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration=location,
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
            "Rules": [cast("Any", encryption.bucket_rule(kms_key or encryption.read_key(aws)))]
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
    _tag(aws, {_ROLE_TAG: role_arn} if role_arn else {})
    return "update" if is_there else "create"


def given_role(aws: Aws) -> str | None:
    """Return the ARN of the role that `setup --role-arn` recorded."""
    return _read_tags(aws).get(_ROLE_TAG)


def _tag(aws: Aws, own: dict[str, str]) -> None:
    """Set our tags and keep others, because S3 replaces all tags at once."""
    bucket = aws.names.bucket
    others = {key: value for key, value in _read_tags(aws).items() if key != _ROLE_TAG}
    tags = others | aws.names.tags | own
    tag_set = [{"Key": key, "Value": value} for key, value in tags.items()]
    aws.s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": cast("Any", tag_set)})


def _read_tags(aws: Aws) -> dict[str, str]:
    answer = or_none(lambda: aws.s3.get_bucket_tagging(Bucket=aws.names.bucket))
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]} if answer else {}


def exists(aws: Aws) -> bool:
    """Return whether there is a bucket of the stage's name that these credentials may see."""
    return or_none(lambda: aws.s3.head_bucket(Bucket=aws.names.bucket)) is not None


def is_own(aws: Aws) -> bool:
    """Return whether the bucket carries the stage's tags."""
    return aws.names.owns(_read_tags(aws))


def remove(aws: Aws, *, ui: Ui) -> None:
    """Delete the bucket with all versions of its objects.

    Raises:
        AwsError: S3 keeps an object.
    """
    name = aws.names.bucket
    pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=name)
    for page in pages:
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            continue
        answer = aws.s3.delete_objects(
            Bucket=name,
            Delete={
                "Objects": [{"Key": o["Key"], "VersionId": o["VersionId"]} for o in found],
                "Quiet": True,
            },
        )
        for error in answer.get("Errors", []):
            raise AwsError(
                f"S3 keeps {error.get('Key')}: {error.get('Message')}",
                hint="remove the object's protection, then repeat teardown",
            )
        ui.say(f"removed {len(found)} objects")
    aws.s3.delete_bucket(Bucket=name)


def require_bucket(aws: Aws) -> str:
    """Return the bucket's name.

    Raises:
        NotThere: the bucket does not exist.
    """
    bucket = aws.names.bucket
    if not exists(aws):
        raise NotThere(f"the stage has no bucket {bucket}", hint="run setup, or check --stage")
    return bucket


def holds(aws: Aws, key: str, sha256: str) -> bool:
    """Return whether the bucket holds this content under the key."""
    head = or_none(lambda: aws.s3.head_object(Bucket=aws.names.bucket, Key=key))
    return head is not None and head["Metadata"].get("sha256") == sha256


def send(aws: Aws, path: Path, key: str, metadata: dict[str, str], *, ui: Ui) -> None:
    """Upload the file to the key, in parts if it is large."""
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
    """Yield the keys under the prefix with that ending."""
    pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=aws.names.bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", []):
            if item["Key"].endswith(ending):
                yield item["Key"]
