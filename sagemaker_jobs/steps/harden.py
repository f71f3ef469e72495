"""`harden`: limit what a stranger can do to the deployed web app, and so what it can cost."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace

from sagemaker_jobs.aws.log_groups import LOG_DAYS
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.web_app import rest_apis
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.hardening.api_key import demand_key, issue_key
from sagemaker_jobs.hardening.budget import set_budget
from sagemaker_jobs.hardening.logs import limit_log, log_requests
from sagemaker_jobs.hardening.throttling import (
    FEEDBACK_PER_SECOND,
    find_stages,
    head_own_answers,
    reserve_functions,
    throttle,
)
from sagemaker_jobs.hardening.web_acl import LEAST_REQUESTS, limit_addresses
from sagemaker_jobs.step import Step, Toolbox, at_least
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Limits:
    """Requests per second to all routes, functions at a time, and what is set only on request.

    What is None or False stays as it is.
    """

    rate: int = 10
    concurrency: int = 10
    api_key: bool = False
    requests_per_address: int | None = None  # in five minutes
    budget_usd: int | None = None  # a month, of the whole account
    email: str | None = None  # whom AWS Budgets warns


@dataclass(frozen=True)
class Hardening:
    """The limits that AWS reports after the step; no concurrency if AWS refused to reserve it."""

    apis: list[str]
    rate: int
    feedback_rate: int
    concurrency: int | None
    log_days: int
    access_log: str | None = None  # the log group of requests; None if AWS may not write one
    api_key: str | None = None  # the key's id
    requests_per_address: int | None = None
    budget_usd: int | None = None
    dry_run: bool = False

    def line(self) -> str:
        verb = "would limit" if self.dry_run else "limited"
        reserved = (
            f"{self.concurrency} functions at a time"
            if self.concurrency
            else "no reserved functions, because the account's limit is too low"
        )
        always = (
            f"{verb} REST API {', '.join(self.apis)} to {self.rate} requests a second and "
            f"{self.feedback_rate} feedback a second; {reserved}; logs are kept for "
            f"{self.log_days} days"
        )
        lines = [always]
        if self.access_log:
            lines.append(f"API Gateway logs requests in {self.access_log}")
        elif not self.dry_run:
            lines.append("API Gateway logs no requests: the account has no role for its logs")
        if self.api_key:
            lines.append(
                "every route demands the header x-api-key; aws apigateway get-api-key "
                f"--include-value --query value --api-key {self.api_key} prints it"
            )
        if self.requests_per_address:
            lines.append(
                f"AWS WAF blocks addresses that send over {self.requests_per_address} requests in "
                "five minutes"
            )
        if self.budget_usd:
            lines.append(f"AWS Budgets writes when a month costs over 80 % of ${self.budget_usd}")
        return "\n".join(lines)


@translated()
def harden(
    aws: Aws,
    limits: Limits,
    *,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    dry_run: bool = False,
) -> Hardening:
    """Set the limits and read them back.

    Raises:
        InvalidSetting: there is a budget without an address to warn, or the other way round.
        NotThere: the stage has no web app.
        JobError: AWS reports other limits than those that were set.
    """
    if (limits.budget_usd is None) != (limits.email is None):
        raise InvalidSetting(
            "a budget alarm needs an amount and an address",
            hint="pass both --budget-alarm USD and --email ADDRESS",
        )
    apis = rest_apis(aws)
    if not apis:
        raise NotThere(
            f"the stage {aws.stage} has no web app",
            hint=f"run web deploy --stage {aws.stage} first",
        )
    planned = Hardening(
        apis,
        limits.rate,
        FEEDBACK_PER_SECOND,
        limits.concurrency,
        LOG_DAYS,
        requests_per_address=limits.requests_per_address,
        budget_usd=limits.budget_usd,
        dry_run=dry_run,
    )
    if dry_run:
        return planned
    stages = [stage for api in apis for stage in find_stages(aws, api)]
    for api in apis:
        ui.say(f"limiting REST API {api}")
        head_own_answers(aws, api)
        if limits.api_key:
            demand_key(aws, api)
    key = issue_key(aws, stages, limits.rate) if limits.api_key else None
    for stage in stages:
        throttle(aws, stage, limits.rate)
    if limits.requests_per_address is not None:
        limit_addresses(aws, stages, limits.requests_per_address, sleep)
    concurrency = reserve_functions(aws, limits.concurrency)
    limit_log(aws, aws.names.web_app_log_group)
    access_log = log_requests(aws, stages)
    if limits.budget_usd is not None and limits.email is not None:
        set_budget(aws, limits.budget_usd, limits.email)
    return replace(planned, concurrency=concurrency, access_log=access_log, api_key=key)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the limits."""
    parser.add_argument(
        "--rate",
        type=at_least(1),
        default=Limits.rate,
        metavar="N",
        help="requests per second to all routes (default: %(default)s)",
    )
    parser.add_argument(
        "--concurrency",
        type=at_least(1),
        default=Limits.concurrency,
        metavar="N",
        help="functions that run at a time (default: %(default)s)",
    )
    parser.add_argument(
        "--api-key",
        action="store_true",
        help="demand a key on every route; only programs can send one, not the page",
    )
    parser.add_argument(
        "--requests-per-address",
        type=at_least(LEAST_REQUESTS),
        metavar="N",
        help="requests of one IP address in five minutes, held by AWS WAF ($6 a month)",
    )
    parser.add_argument(
        "--budget-alarm",
        type=at_least(1),
        metavar="USD",
        help="warn when the account's month costs over 80 %% of this, or will cost more",
    )
    parser.add_argument("--email", metavar="ADDRESS", help="address that AWS Budgets warns")


def run(arguments: Namespace, tools: Toolbox) -> Hardening:
    limits = Limits(
        arguments.rate,
        arguments.concurrency,
        api_key=arguments.api_key,
        requests_per_address=arguments.requests_per_address,
        budget_usd=arguments.budget_alarm,
        email=arguments.email,
    )
    return harden(
        tools.connect(), limits, ui=tools.ui, sleep=tools.sleep, dry_run=arguments.dry_run
    )


STEP = Step("harden", "limit requests to the deployed web app", add_arguments, run)
