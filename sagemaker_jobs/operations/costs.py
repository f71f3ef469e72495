"""What the stage's resources cost an hour and a month, at the traffic of the last hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sagemaker_jobs.aws import bucket, inventory
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.operations.alarms import (
    BILLING_REGION,
    dashboard_exists,
    spend_alarm_exists,
)
from sagemaker_jobs.operations.prices import HOURS_A_MONTH, Prices
from sagemaker_jobs.operations.traffic import Traffic

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import ProductionVariantOutputTypeDef

_GB = 1024**3
_FUNCTION_GB = 0.25  # lambda_memory_size in .chalice/config.json


@dataclass(frozen=True)
class Cost:
    """A resource and its price; None where the price list does not have it."""

    what: str
    usd_hour: float | None

    @property
    def usd_month(self) -> float | None:
        return None if self.usd_hour is None else self.usd_hour * HOURS_A_MONTH


def total(costs: list[Cost]) -> float:
    """Return USD an hour of what has a price."""
    return sum(cost.usd_hour for cost in costs if cost.usd_hour is not None)


def list_costs(aws: Aws, traffic: Traffic, prices: Prices) -> Iterator[Cost]:
    """Yield what the stage has, the costly first."""
    yield from _endpoint(aws, prices, traffic)
    yield from _jobs(aws, prices)
    yield from _web_app(prices, traffic)
    yield from _storage(aws, prices)
    yield from _monitoring(aws, prices)


def _endpoint(aws: Aws, prices: Prices, traffic: Traffic) -> Iterator[Cost]:
    description = endpoint.describe(aws, aws.names.endpoint)
    if description is None:
        return
    config = or_none(
        lambda: aws.sagemaker.describe_endpoint_config(
            EndpointConfigName=description["EndpointConfigName"]
        )
    )
    for variant in config["ProductionVariants"] if config else ():
        yield _variant(aws.names.endpoint, variant, prices, traffic)


def _variant(
    name: str, variant: ProductionVariantOutputTypeDef, prices: Prices, traffic: Traffic
) -> Cost:
    if "ServerlessConfig" in variant:
        memory_gb = variant["ServerlessConfig"]["MemorySizeInMB"] / 1024
        work_s = traffic.requests * (traffic.latency_ms or 0) / 1000
        usd = work_s * memory_gb * prices.serverless_gb_second
        return Cost(f"endpoint {name} (serverless, {traffic.requests} requests an hour)", usd)
    count, kind = variant.get("InitialInstanceCount", 1), variant["InstanceType"]
    price = prices.instance_hour.get(kind)
    return Cost(f"endpoint {name} ({count} x {kind})", None if price is None else count * price)


def _jobs(aws: Aws, prices: Prices) -> Iterator[Cost]:
    for job in inventory.jobs(aws):
        if job.status in {"InProgress", "Stopping"}:
            resources = inventory.describe_job(aws, job.name)["ResourceConfig"]
            count, kind = resources.get("InstanceCount", 1), resources.get("InstanceType", "")
            price = prices.instance_hour.get(kind)
            what = f"training job {job.name} ({count} x {kind}), until it ends"
            yield Cost(what, None if price is None else count * price)


def _web_app(prices: Prices, traffic: Traffic) -> Iterator[Cost]:
    if traffic.web_requests:
        work_s = traffic.web_requests * (traffic.web_latency_ms or 0) / 1000
        usd = traffic.web_requests * prices.web_request
        usd += work_s * _FUNCTION_GB * prices.lambda_gb_second
        yield Cost(f"web app ({traffic.web_requests} requests an hour)", usd)


def _storage(aws: Aws, prices: Prices) -> Iterator[Cost]:
    """Yield what is billed per gigabyte and month."""
    names = aws.names
    if bucket.exists(aws):
        pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=names.bucket)
        size = sum(item["Size"] for page in pages for item in page.get("Contents", []))
        yield _stored(f"bucket {names.bucket}", size, prices.s3_gb_month)
    table = or_none(lambda: aws.dynamodb.describe_table(TableName=names.feedback_table))
    if table:
        size = table["Table"].get("TableSizeBytes", 0)
        yield _stored(f"table {names.feedback_table}", size, prices.dynamodb_gb_month)
    images = or_none(lambda: aws.ecr.describe_images(repositoryName=names.repository))
    if images:
        size = sum(image.get("imageSizeInBytes", 0) for image in images["imageDetails"])
        yield _stored(f"image repository {names.repository}", size, prices.ecr_gb_month)
    for group in (names.endpoint_log_group, names.web_app_log_group, names.image_log_group):
        for item in aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            if item["logGroupName"] == group:
                size = item.get("storedBytes", 0)
                yield _stored(f"log group {group}", size, prices.logs_gb_month)


def _stored(what: str, size_bytes: int, usd_gb_month: float) -> Cost:
    size_gb = size_bytes / _GB
    return Cost(f"{what} ({size_gb:.2f} GB)", size_gb * usd_gb_month / HOURS_A_MONTH)


def _monitoring(aws: Aws, prices: Prices) -> Iterator[Cost]:
    pages = aws.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{aws.names.base}-"
    )
    n_alarms = sum(len(page["MetricAlarms"]) for page in pages)
    if aws.region != BILLING_REGION:
        n_alarms += spend_alarm_exists(aws)
    if n_alarms:
        yield Cost(f"{n_alarms} alarms", n_alarms * prices.alarm_month / HOURS_A_MONTH)
    if dashboard_exists(aws):
        yield Cost("dashboard (AWS gives three for free)", prices.dashboard_month / HOURS_A_MONTH)
