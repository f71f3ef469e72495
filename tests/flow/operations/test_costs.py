"""What the stage costs: before it is deployed, and while it exists."""

import time
from datetime import UTC, datetime

import pytest

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.operations.costs import Cost
from sagemaker_jobs.operations.prices import read_prices
from sagemaker_jobs.operations.traffic import read_traffic
from sagemaker_jobs.steps.operations.costs import read_costs
from tests.support.paths import ROOT
from tests.support.pipeline import call_step

REGION = "eu-south-1"
DEPLOY = ("deploy", "--artifact", ROOT / "pretrained", "--image", "movie-sentiment:test")
pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def count(aws: Aws, metric: str, value: float, moment: float) -> None:
    """Write a metric of the endpoint, as AWS does."""
    aws.cloudwatch.put_metric_data(
        Namespace="AWS/SageMaker",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "EndpointName", "Value": aws.names.endpoint},
                    {"Name": "VariantName", "Value": "AllTraffic"},
                ],
                "Timestamp": datetime.fromtimestamp(moment, UTC),
                "Value": value,
            }
        ],
    )


@pytest.mark.usefixtures("aws")
def test_deploy_prints_the_price_before_it_starts(environment: dict[str, str]) -> None:
    """Also when it only says what it would do, and for both kinds of hosting."""
    instances = call_step(*DEPLOY, "--instances", 2, "--dry-run", environment=environment)
    assert "costs about $0.230 an hour, $168 a month, used or not" in instances.err
    assert "teardown --stage dev ends it" in instances.err
    serverless = call_step(*DEPLOY, "--serverless", "--dry-run", environment=environment)
    assert "costs about $0.06 for 1,000 s of work, nothing when idle" in serverless.err
    unknown = (*DEPLOY, "--instance-type", "ml.m5.24xlarge", "--dry-run")
    assert "is not in our price list" in call_step(*unknown, environment=environment).err


def test_costs_are_what_exists_by_the_price_list(environment: dict[str, str], aws: Aws) -> None:
    """An endpoint by its instances; a bucket by its gigabytes; the list's day is named."""
    empty = read_costs(aws, time.time(), read_prices())
    assert empty.usd_hour == 0
    aws.s3.put_object(Bucket=aws.names.bucket, Key="models/x", Body=bytes(11 * 1024**2))
    deployed = call_step(*DEPLOY, "--no-smoke-test", environment=environment)
    assert deployed.exit_code == 0, deployed.err

    costs = read_costs(aws, time.time(), read_prices())
    assert costs.items[0] == Cost("endpoint movie-sentiment-dev (1 x ml.m5.large)", 0.115)
    assert costs.usd_hour == pytest.approx(0.115, abs=0.0001)
    assert costs.usd_month == pytest.approx(0.115 * 730, abs=0.1)
    printed = call_step("costs", environment=environment).out
    assert f"prices of {read_prices().date}, from memory" in printed
    assert f"bucket {aws.names.bucket} (0.0" in printed
    assert f"log group {aws.names.endpoint_log_group}" in printed


def test_the_last_hours_traffic_is_read(aws: Aws) -> None:
    """Requests and errors of this endpoint; what is older does not count."""
    now = time.time()
    for metric, value in (("Invocations", 1.0), ("ModelLatency", 40_000.0)):
        for _ in range(3):
            count(aws, metric, value, now - 60)
    count(aws, "Invocation5XXErrors", 1.0, now - 60)
    count(aws, "Invocations", 50.0, now - 2 * 3600)
    traffic = read_traffic(aws, now)
    assert (traffic.requests, traffic.client_errors, traffic.server_errors) == (3, 0, 1)
    assert traffic.latency_ms == pytest.approx(40)
    assert traffic.line() == (
        "3 requests to the endpoint in the last hour, 40 ms on average; errors: 0 of the "
        "request, 1 of the model"
    )
