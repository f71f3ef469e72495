"""CloudWatch's metrics of endpoints, which local_aws writes and any client reads."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.local_aws.toys import ToyAccount


def statistics(toys: ToyAccount, endpoint: str, metric: str) -> dict[str, Any]:
    """Return a day's only datapoint of the endpoint's metric."""
    now = datetime.now(UTC)
    answer = toys.other("cloudwatch").get_metric_statistics(
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        StartTime=now - timedelta(hours=12),
        EndTime=now + timedelta(hours=12),
        Period=86_400,
        Statistics=["SampleCount", "Sum", "Minimum", "Maximum", "Average"],
    )
    (point,) = answer["Datapoints"]
    return dict(point)


def test_invocations_latency_and_errors_of_an_endpoint_are_measured(toys: ToyAccount) -> None:
    """Each invocation counts once, errors by their side, and times are in microseconds."""
    name = toys.endpoint(toys.config(toys.model("one")))
    toys.settled_endpoint(name)
    assert toys.ask(name, b"wait / ") == b"released"
    for status in (415, 503, 500):
        with suppress(toys.runtime.exceptions.ModelError):
            toys.ask(name, f"status {status}".encode())
    toys.sagemaker.delete_endpoint(EndpointName=name)
    points = {
        metric: statistics(toys, name, metric)
        for metric in (
            *("Invocations", "Invocation4XXErrors", "Invocation5XXErrors"),
            *("ModelLatency", "OverheadLatency"),
        )
    }
    assert [(point["SampleCount"], point["Sum"]) for point in list(points.values())[:3]] == [
        (4, 4), (4, 1), (4, 2),
    ]  # fmt: skip
    for metric in ("ModelLatency", "OverheadLatency"):
        point = points[metric]
        assert point["SampleCount"] == 4
        assert point["Unit"] == "Microseconds"
        assert 0 < point["Minimum"] <= point["Average"] <= point["Maximum"] < 600e6
    listed = toys.other("cloudwatch").list_metrics(Namespace="AWS/SageMaker")["Metrics"]
    assert set(points) <= {metric["MetricName"] for metric in listed}
