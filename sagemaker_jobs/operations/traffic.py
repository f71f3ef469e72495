"""What CloudWatch counted in the last hour: requests, errors and latency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.session import Aws

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_HOUR_S = 3600
VARIANT = "AllTraffic"  # of every endpoint that `deploy` makes
_STATISTICS = {
    "requests": ("AWS/SageMaker", "Invocations", "Sum"),
    "client_errors": ("AWS/SageMaker", "Invocation4XXErrors", "Sum"),
    "server_errors": ("AWS/SageMaker", "Invocation5XXErrors", "Sum"),
    "latency": ("AWS/SageMaker", "ModelLatency", "Average"),  # microseconds
    "web_requests": ("AWS/Lambda", "Invocations", "Sum"),
    "web_latency": ("AWS/Lambda", "Duration", "Average"),  # milliseconds
}


@dataclass(frozen=True)
class Traffic:
    """One hour of the stage's endpoint and web app."""

    requests: int
    client_errors: int
    server_errors: int
    latency_ms: float | None  # the model's, on average; None without requests
    web_requests: int
    web_latency_ms: float | None

    def line(self) -> str:
        if not self.requests:
            return "no requests to the endpoint in the last hour"
        latency = "" if self.latency_ms is None else f", {self.latency_ms:.0f} ms on average"
        return (
            f"{self.requests} requests to the endpoint in the last hour{latency}; errors: "
            f"{self.client_errors} of the request, {self.server_errors} of the model"
        )


def dimensions(aws: Aws, namespace: str) -> dict[str, str]:
    """Return the dimensions of this stage's metrics in one of AWS's namespaces."""
    if namespace == "AWS/Lambda":
        return {"FunctionName": aws.names.web_app}
    return {"EndpointName": aws.names.endpoint, "VariantName": VARIANT}


def read_traffic(aws: Aws, now: float) -> Traffic:
    """Return the hour before `now` (seconds since 1970), as far as CloudWatch has it."""
    end = datetime.fromtimestamp(now, UTC)
    answer = aws.cloudwatch.get_metric_data(
        MetricDataQueries=[_query(aws, name) for name in _STATISTICS],
        StartTime=end - timedelta(seconds=_HOUR_S),
        EndTime=end,
    )
    # an hour that does not begin on the hour has two data points
    found = {item["Id"]: item["Values"] for item in answer["MetricDataResults"]}
    sums = {name: sum(found.get(name, [])) for name in _STATISTICS}
    means = {name: sums[name] / len(found[name]) for name in found if found[name]}
    latency_us, web_ms = means.get("latency"), means.get("web_latency")
    return Traffic(
        int(sums["requests"]),
        int(sums["client_errors"]),
        int(sums["server_errors"]),
        None if latency_us is None else latency_us / 1000,
        int(sums["web_requests"]),
        web_ms,
    )


def _query(aws: Aws, name: str) -> MetricDataQueryTypeDef:
    namespace, metric, statistic = _STATISTICS[name]
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [
                    {"Name": key, "Value": value}
                    for key, value in dimensions(aws, namespace).items()
                ],
            },
            "Period": _HOUR_S,
            "Stat": statistic,
        },
    }
