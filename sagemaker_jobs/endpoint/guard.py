"""A guarded update of an endpoint on instances: a canary, and an alarm that rolls it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sagemaker_jobs.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DeploymentConfigTypeDef, TrafficRoutingConfigTypeDef

_CANARY_PERCENT = 50  # AWS's most, and the least that two instances can give
_ALARM_PERIOD_S = 60  # CloudWatch's shortest for metrics of endpoints
_STARTUP_LIMIT_S = 1800


def guarded_update(aws: Aws, *, n_instances: int, wait_s: int) -> DeploymentConfigTypeDef:
    """Create the alarm on the endpoint's server errors; return how AWS is to update the endpoint.

    The old instances stay for `wait_s` after each step. A single instance takes all traffic at
    once; of several, half of them take it first.
    """
    aws.cloudwatch.put_metric_alarm(
        AlarmName=aws.names.error_alarm,
        AlarmDescription="Any server error of the endpoint. Rolls back an update in progress.",
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": aws.names.endpoint},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Sum",
        Period=_ALARM_PERIOD_S,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Tags=aws.names.tag_list,  # type: ignore[arg-type]
    )
    routing: TrafficRoutingConfigTypeDef = {
        "Type": "ALL_AT_ONCE",
        "WaitIntervalInSeconds": wait_s,
    }
    if n_instances > 1:
        routing["Type"] = "CANARY"
        routing["CanarySize"] = {"Type": "CAPACITY_PERCENT", "Value": _CANARY_PERCENT}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "MaximumExecutionTimeoutInSeconds": _STARTUP_LIMIT_S + 2 * wait_s,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": aws.names.error_alarm}]},
    }


def remove_alarm(aws: Aws) -> None:
    """Delete the alarm; there is no error if it does not exist."""
    aws.cloudwatch.delete_alarms(AlarmNames=[aws.names.error_alarm])


def has_alarm(aws: Aws) -> bool:
    """Return whether the stage's alarm exists."""
    found = aws.cloudwatch.describe_alarms(AlarmNames=[aws.names.error_alarm])
    return bool(found["MetricAlarms"])
