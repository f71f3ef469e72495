"""`costs`: list what the stage costs an hour and a month."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.operations.costs import Cost, list_costs, total
from sagemaker_jobs.operations.prices import HOURS_A_MONTH, PRICES_FILE, Prices, read_prices
from sagemaker_jobs.operations.traffic import read_traffic
from sagemaker_jobs.step import Step, Toolbox


@dataclass(frozen=True)
class Costs:
    """The stage's resources with their prices in USD; None where the list has no price."""

    stage: str
    region: str
    items: tuple[Cost, ...]
    usd_hour: float
    usd_month: float
    price_region: str
    price_date: str
    price_source: str

    def line(self) -> str:
        width = max((len(item.what) for item in self.items), default=5)
        lines = [f"{'':{width}}  USD an hour  USD a month"]
        for item in self.items:
            if item.usd_hour is None:
                lines.append(f"{item.what:{width}}  not in our price list")
            else:
                lines.append(_row(item.what, width, item.usd_hour, item.usd_month or 0.0))
        lines.append(_row("total", width, self.usd_hour, self.usd_month))
        lines.append(
            f"at the last hour's traffic, by {self.price_region} prices of {self.price_date}, "
            f"{self.price_source}; without free tiers, taxes, data transfer and log intake"
        )
        return "\n".join(lines)


def _row(what: str, width: int, hour: float, month: float) -> str:
    return f"{what:{width}}  {hour:11.4f}  {month:11.2f}"


@translated()
def read_costs(aws: Aws, now: float, prices: Prices) -> Costs:
    """Return what the stage costs at the traffic of the hour before `now`."""
    items = list(list_costs(aws, read_traffic(aws, now), prices))
    hour = total(items)
    return Costs(
        aws.stage,
        aws.region,
        tuple(items),
        round(hour, 6),
        round(hour * HOURS_A_MONTH, 2),
        prices.region,
        prices.date,
        prices.source,
    )


def add_arguments(parser: ArgumentParser) -> None:
    """Add the option of `costs`."""
    parser.add_argument(
        "--prices",
        type=Path,
        default=PRICES_FILE,
        metavar="FILE",
        help="read prices from this JSON file (default: sagemaker_jobs/operations/prices.json)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Costs:
    prices = read_prices(arguments.prices)
    return read_costs(tools.connect(), tools.clock(), prices)


STEP = Step(
    "costs", "list what the stage costs an hour and a month", add_arguments, run, has_dry_run=False
)
