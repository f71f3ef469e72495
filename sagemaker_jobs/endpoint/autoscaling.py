"""Target-tracking autoscaling of the endpoint's instances, by Application Auto Scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.endpoint.revision import VARIANT, DeploySettings

_POLICY = "invocations"
# 30 requests a second: half of what a vCPU answers (docs/scaling.md)
_REQUESTS_A_MINUTE_A_VCPU = 1_800
_SCALE_OUT_S = 60
_SCALE_IN_S = 300  # a new instance takes some minutes to start


@dataclass(frozen=True)
class Scaling:
    """How many instances there may be, and the load of each that decides."""

    fewest: int
    most: int
    requests_a_minute: float  # of one instance

    @classmethod
    def of(cls, settings: DeploySettings) -> Scaling | None:
        """Return what the settings ask for; None for a fixed number of instances."""
        most = settings.max_instances
        if settings.serverless or most is None or most <= settings.instance_count:
            return None
        n_vcpus = settings.n_workers // settings.instance_count
        return cls(settings.instance_count, most, n_vcpus * _REQUESTS_A_MINUTE_A_VCPU)


def read_scaling(aws: Aws) -> Scaling | None:
    """Return the scaling of the stage's endpoint; None if it has none of ours."""
    target = _target(aws)
    targets = aws.scaling.describe_scalable_targets(
        ServiceNamespace=target["ServiceNamespace"],
        ResourceIds=[target["ResourceId"]],
        ScalableDimension=target["ScalableDimension"],
    )["ScalableTargets"]
    policies = aws.scaling.describe_scaling_policies(PolicyNames=[_POLICY], **target)
    if not targets or not policies["ScalingPolicies"]:
        return None
    tracking = policies["ScalingPolicies"][0]["TargetTrackingScalingPolicyConfiguration"]
    return Scaling(targets[0]["MinCapacity"], targets[0]["MaxCapacity"], tracking["TargetValue"])


def remove_scaling(aws: Aws) -> None:
    """Let the number of instances be fixed; do nothing if it is."""
    target = _target(aws)
    or_none(
        lambda: aws.scaling.deregister_scalable_target(**target),
        also_where="no scalable target found",
    )


def set_scaling(aws: Aws, scaling: Scaling | None) -> None:
    """Scale the endpoint, which is in service, between the bounds; None ends the scaling."""
    if scaling is None:
        remove_scaling(aws)
        return
    target = _target(aws)
    aws.scaling.register_scalable_target(
        MinCapacity=scaling.fewest, MaxCapacity=scaling.most, **target
    )
    aws.scaling.put_scaling_policy(
        PolicyName=_POLICY,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": scaling.requests_a_minute,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
            },
            "ScaleOutCooldown": _SCALE_OUT_S,
            "ScaleInCooldown": _SCALE_IN_S,
        },
        **target,
    )


def _target(aws: Aws) -> dict[str, Any]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.names.endpoint}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
