"""AWS's list prices, from prices.json, and what hosting costs by them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting

PRICES_FILE = Path(__file__).with_name("prices.json")
HOURS_A_MONTH = 730  # as AWS's price calculator counts


@dataclass(frozen=True)
class Prices:
    """USD in one region; `date` is the day of the list."""

    source: str
    date: str
    region: str
    instance_hour: dict[str, float]
    serverless_gb_second: float  # of one request's work
    lambda_gb_second: float
    web_request: float  # API Gateway's and Lambda's together
    s3_gb_month: float
    ecr_gb_month: float
    dynamodb_gb_month: float
    logs_gb_month: float
    alarm_month: float
    dashboard_month: float

    def line(self) -> str:
        """Return which prices these are, and how far to trust them."""
        return f"{self.region} prices of {self.date}, {self.source}"


@cache
def read_prices(path: Path = PRICES_FILE) -> Prices:
    """Return the price list of a file with the fields of prices.json.

    Raises:
        InvalidSetting: it cannot be read, or a field is missing, unknown or of the wrong type.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        prices = Prices(**content)
    except (OSError, ValueError, TypeError) as error:
        raise _refusal(path, str(error).removeprefix("Prices.__init__() ")) from error
    numbers = {f.name: content[f.name] for f in fields(Prices) if f.type == "float"}
    if not isinstance(prices.instance_hour, dict):
        raise _refusal(path, "instance_hour is not an object")
    for name, value in {**numbers, **prices.instance_hour}.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise _refusal(path, f"{name} is not a price")
    return prices


def _refusal(path: Path, why: str) -> InvalidSetting:
    return InvalidSetting(
        f"{path} is not a price list: {why}",
        hint="copy sagemaker_jobs/operations/prices.json and change its values",
    )


def describe_hosting(
    *, serverless: bool, memory_mb: int, instance_type: str, instance_count: int
) -> str:
    """Return what an endpoint will cost, in a sentence for the user.

    >>> print(describe_hosting(
    ...     serverless=False, memory_mb=0, instance_type="ml.m5.large", instance_count=2
    ... ))  # doctest: +NORMALIZE_WHITESPACE
    about $0.230 an hour, $168 a month, used or not
    (us-east-1 prices of 2025-06-01, from memory: check AWS's price list)
    """
    prices = read_prices()
    if serverless:
        work = 1000 * memory_mb / 1024 * prices.serverless_gb_second
        return f"about ${work:.2f} for 1,000 s of work, nothing when idle ({prices.line()})"
    price = prices.instance_hour.get(instance_type)
    if price is None:
        return f"by the hour, used or not; {instance_type} is not in our price list, see AWS's"
    hour = instance_count * price
    month = hour * HOURS_A_MONTH
    return f"about ${hour:.3f} an hour, ${month:.0f} a month, used or not ({prices.line()})"
