"""The quotas of a new AWS account for jobs and endpoints."""

from __future__ import annotations

from local_aws.errors import AwsError

# families with a quota of zero until you request more
_ZERO_QUOTA_FAMILIES = ("ml.p3", "ml.p4", "ml.p5", "ml.p6", "ml.trn", "ml.inf2")
_INSTANCES_PER_JOB = 4


def check_quota(instance_type: str, n_instances: int, usage: str) -> None:
    """Raise unless a new account may start `n_instances`; `usage` is "training job", say.

    Raises:
        AwsError: ResourceLimitExceeded, the quota is smaller.
    """
    limit = 0 if instance_type.startswith(_ZERO_QUOTA_FAMILIES) else _INSTANCES_PER_JOB
    if n_instances > limit:
        raise AwsError(
            "ResourceLimitExceeded",
            f"The account-level service limit '{instance_type} for {usage} usage' is {limit} "
            f"Instances, with current utilization of 0 Instances and a request delta of "
            f"{n_instances} Instances. Please use AWS Service Quotas to request an increase for "
            "this quota. If AWS Service Quotas is not available, contact AWS support to request "
            "an increase for this quota.",
        )
