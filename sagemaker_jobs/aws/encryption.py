"""The KMS key that encrypts a stage's bucket, jobs and endpoint, if `setup` was given one."""

from __future__ import annotations

import re
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import InvalidSetting, NotThere

_KEY = re.compile(r"arn:[\w-]+:kms:(?P<region>[\w-]+):\d{12}:key/[\w-]+")
# instances with local storage: AWS encrypts it with a key of the instance, and refuses another
_LOCAL_STORAGE = re.compile(r"ml\.([a-z]+\d\w*d\w*|g[4-9]\w*|gr\d\w*|p[4-9]\w*|trn\d\w*|i\d\w*)\.")


def check_key(aws: Aws, arn: str) -> str:
    """Return the ARN if it is one of an enabled key for encryption in the stage's region.

    Raises:
        InvalidSetting: it is malformed, of another region, or of a key that cannot be used.
        NotThere: there is no such key.
    """
    match = _KEY.fullmatch(arn)
    if match is None:
        raise InvalidSetting(
            f"{arn} is not the ARN of a KMS key",
            hint="arn:aws:kms:REGION:ACCOUNT:key/ID, not an alias",
        )
    if match["region"] != aws.region:
        raise InvalidSetting(
            f"the KMS key is in {match['region']}, and the stage in {aws.region}",
            hint="choose a key of the stage's region, or --region",
        )
    answer = or_none(lambda: aws.kms.describe_key(KeyId=arn))
    if answer is None:
        raise NotThere(f"there is no KMS key {arn}", hint="check its ARN")
    key = answer["KeyMetadata"]
    spec = key.get("KeySpec", "SYMMETRIC_DEFAULT")
    if not key.get("Enabled") or spec != "SYMMETRIC_DEFAULT":
        raise InvalidSetting(
            f"the KMS key is {key.get('KeyState', 'disabled')}, of kind {spec}",
            hint="choose an enabled symmetric encryption key",
        )
    return arn


def read_key(aws: Aws) -> str | None:
    """Return the ARN of the key by which the bucket encrypts; None if it is S3's own."""
    answer = or_none(lambda: aws.s3.get_bucket_encryption(Bucket=aws.names.bucket))
    for rule in answer["ServerSideEncryptionConfiguration"]["Rules"] if answer else ():
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm") == "aws:kms":
            return default.get("KMSMasterKeyID")
    return None


def bucket_rule(key: str | None) -> dict[str, Any]:
    """Return the bucket's encryption rule, as S3 takes it."""
    if key is None:
        return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    # one data key for many objects: fewer calls that AWS bills
    return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}


def output_key(key: str | None) -> dict[str, Any]:
    """Return the member of a job's output that names the key.

    >>> output_key(None), output_key("arn")
    ({}, {'KmsKeyId': 'arn'})
    """
    return {"KmsKeyId": key} if key else {}


def volume_key(key: str | None, instance_type: str) -> dict[str, Any]:
    """Return the member of a job's resources that names the key, where AWS accepts it.

    >>> volume_key("arn", "ml.m5.large"), volume_key("arn", "ml.m5d.large")
    ({'VolumeKmsKeyId': 'arn'}, {})
    """
    return {"VolumeKmsKeyId": key} if key and not has_local_storage(instance_type) else {}


def has_local_storage(instance_type: str) -> bool:
    """Return whether instances of the type have disks of their own.

    >>> [name for name in ("ml.m5.large", "ml.c6id.large", "ml.g5.xlarge", "ml.p3.2xlarge")
    ...  if has_local_storage(name)]
    ['ml.c6id.large', 'ml.g5.xlarge']
    """
    return _LOCAL_STORAGE.match(instance_type) is not None
