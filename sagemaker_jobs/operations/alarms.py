"""The stage's alarms, as requests to CloudWatch.

The web app writes metrics into its log (chalicelib/metrics.py), and so does the model server
(sentiment/serving/metrics_line.py). AWS adds those of its services.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "movie-sentiment"
BILLING_REGION = "us-east-1"  # the only one with metrics of the account's bill
_PERIOD_S = 300
_BILLING_PERIOD_S = 6 * 3600  # as often as AWS computes the bill
_SLOW_MS = 5000.0
_ERRORS = 3.0


@dataclass(frozen=True)
class Alarm:
    """An alarm's state; "MISSING" before `watch apply`."""

    name: str
    means: str
    state: str


def describe_alarms(aws: Aws) -> list[dict[str, Any]]:
    """Return the alarms of the stage's region, as PutMetricAlarm takes them."""
    return [
        _alarm(
            aws,
            "5xx",
            "visitors get errors: 3 or more in 5 minutes",
            threshold=_ERRORS,
            metrics=_sum_of(_ours(aws, "server_errors"), _of_function(aws, "Errors")),
        ),
        _alarm(
            aws,
            "latency",
            "the slowest 5 % of verdicts take over 5 s, for 15 minutes",
            threshold=_SLOW_MS,
            periods=3,
            metric=_ours(aws, "request_ms") | {"ExtendedStatistic": "p95"},
        ),
        _alarm(
            aws,
            "endpoint-gone",
            "the web app finds no endpoint",
            threshold=1.0,
            metric=_ours(aws, "error_endpoint_missing") | {"Statistic": "Sum"},
        ),
        _alarm(
            aws,
            "throttled",
            "requests are refused for load: 3 or more in 5 minutes",
            threshold=_ERRORS,
            metrics=_sum_of(_ours(aws, "error_throttled"), _of_function(aws, "Throttles")),
        ),
    ]


def describe_spend_alarm(aws: Aws, limit_usd: float) -> dict[str, Any]:
    """Return the alarm on the whole account's bill of the month, for BILLING_REGION."""
    return _alarm(
        aws,
        "spend",
        f"the account's bill of this month is over ${limit_usd:g}",
        threshold=limit_usd,
        period_s=_BILLING_PERIOD_S,
        metric={
            "Namespace": "AWS/Billing",
            "MetricName": "EstimatedCharges",
            "Dimensions": [{"Name": "Currency", "Value": "USD"}],
            "Statistic": "Maximum",
        },
    )


def put_alarm(client: CloudWatchClient, alarm: dict[str, Any], topic: str | None) -> None:
    """Create or update the alarm; it notifies the SNS topic, if there is one."""
    client.put_metric_alarm(**alarm, AlarmActions=[topic] if topic else [])


def read_alarms(aws: Aws) -> list[Alarm]:
    """Return all alarms of the stage with their state."""
    wanted = [(aws.cloudwatch, alarm) for alarm in describe_alarms(aws)]
    if has_bill(aws):
        wanted.append((aws.billing_cloudwatch, describe_spend_alarm(aws, 0)))
    found = []
    for client, alarm in wanted:
        there = client.describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
        means = there[0].get("AlarmDescription", "") if there else alarm["AlarmDescription"]
        if there or client is aws.cloudwatch:
            state = there[0]["StateValue"] if there else "MISSING"
            found.append(Alarm(alarm["AlarmName"], means, state))
    return found


def delete_alarms(aws: Aws) -> None:
    """Delete all alarms of the stage."""
    names = [alarm["AlarmName"] for alarm in describe_alarms(aws)]
    aws.cloudwatch.delete_alarms(AlarmNames=names)
    delete_spend_alarm(aws)


def spend_alarm_exists(aws: Aws) -> bool:
    """Return whether the stage has an alarm on the bill."""
    if not has_bill(aws):
        return False
    found = aws.billing_cloudwatch.describe_alarms(AlarmNames=[f"{aws.names.base}-spend"])
    return bool(found["MetricAlarms"])


def delete_spend_alarm(aws: Aws) -> None:
    """Delete the alarm on the bill, if it exists."""
    if spend_alarm_exists(aws):
        aws.billing_cloudwatch.delete_alarms(AlarmNames=[f"{aws.names.base}-spend"])


def has_bill(aws: Aws) -> bool:
    """Return whether the partition has metrics of the bill in BILLING_REGION."""
    return aws.names.partition == "aws"


def dashboard_exists(aws: Aws) -> bool:
    """Return whether the stage has its dashboard."""
    name = aws.names.base
    return or_none(lambda: aws.cloudwatch.get_dashboard(DashboardName=name)) is not None


def delete_dashboard(aws: Aws) -> None:
    """Delete the dashboard, if it exists."""
    or_none(lambda: aws.cloudwatch.delete_dashboards(DashboardNames=[aws.names.base]))


def _alarm(
    aws: Aws,
    name: str,
    means: str,
    *,
    threshold: float,
    periods: int = 1,
    period_s: int = _PERIOD_S,
    metric: dict[str, Any] | None = None,
    metrics: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the request; silence is fine, since nobody may be visiting."""
    return {
        "AlarmName": f"{aws.names.base}-{name}",
        "AlarmDescription": means,
        "EvaluationPeriods": periods,
        "Threshold": threshold,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "Tags": cast("Any", aws.names.tag_list),
        **({"Metrics": metrics} if metrics else {**(metric or {}), "Period": period_s}),
    }


def _ours(aws: Aws, name: str) -> dict[str, Any]:
    dimensions = [{"Name": "endpoint", "Value": aws.names.endpoint}]
    return {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions}


def _of_function(aws: Aws, name: str) -> dict[str, Any]:
    dimensions = [{"Name": "FunctionName", "Value": aws.names.web_app}]
    return {"Namespace": "AWS/Lambda", "MetricName": name, "Dimensions": dimensions}


def _sum_of(*metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the sum of metrics, where one without data counts as 0."""
    parts: list[dict[str, Any]] = [
        {
            "Id": f"m{i}",
            "ReturnData": False,
            "MetricStat": {"Metric": metric, "Period": _PERIOD_S, "Stat": "Sum"},
        }
        for i, metric in enumerate(metrics)
    ]
    total = " + ".join(f"FILL({part['Id']}, 0)" for part in parts)
    return [*parts, {"Id": "total", "Expression": total, "Label": "all", "ReturnData": True}]
