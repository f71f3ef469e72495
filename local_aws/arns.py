"""Amazon Resource Names, which begin with the partition of their region."""

from __future__ import annotations

PARTITION = r"aws(?:-[a-z-]+)?"  # in a regular expression


def arn_of(service: str, region: str, account: str, resource: str) -> str:
    """Return the ARN of a resource in a region.

    >>> arn_of("lambda", "cn-north-1", "123456789012", "function:a")
    'arn:aws-cn:lambda:cn-north-1:123456789012:function:a'
    """
    return f"arn:{partition_of(region)}:{service}:{region}:{account}:{resource}"


def partition_of(region: str) -> str:
    """Return aws, aws-cn, aws-us-gov or the like."""
    from moto.utilities.utils import get_partition

    partition: str = get_partition(region)
    return partition
