"""`status`: list the stage's resources and what they cost."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sagemaker_jobs.aws import bucket, inventory, web_app
from sagemaker_jobs.aws.feedback_table import count_feedback
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.aws.uploaded_datasets import uploaded_datasets
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.operations.costs import list_costs, total
from sagemaker_jobs.operations.expiry import in_utc, read_expiry
from sagemaker_jobs.operations.prices import HOURS_A_MONTH
from sagemaker_jobs.operations.traffic import Traffic, read_traffic
from sagemaker_jobs.step import Step, Toolbox

_JOBS_SHOWN = 10


@dataclass(frozen=True)
class DatasetStatus:
    """A dataset that was uploaded."""

    uri: str
    recipe: str


@dataclass(frozen=True)
class JobStatus:
    """A training job, in SageMaker's word for its state."""

    name: str
    status: str


@dataclass(frozen=True)
class EndpointStatus:
    """The stage's endpoint, in SageMaker's word for its state."""

    name: str
    status: str
    hosting: str  # instances or serverless
    failure: str
    revision: str  # the configuration's and the model's name
    expires_at: str | None  # when AWS deletes it, in UTC


@dataclass(frozen=True)
class Status:
    """A stage's resources; None for one that does not exist."""

    stage: str
    region: str
    bucket: str | None
    role: str | None
    datasets: tuple[DatasetStatus, ...]
    jobs: tuple[JobStatus, ...]  # newest first
    endpoint: EndpointStatus | None
    web_app: str | None
    web_app_urls: tuple[str, ...]
    feedback: int | None  # answers, as AWS counted them in the last six hours
    costs: tuple[str, ...]
    traffic: Traffic | None  # of the last hour; None without an endpoint
    usd_month: float  # at this hour's rate

    def line(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"stage     {self.stage} in {self.region}"
        yield f"bucket    {self.bucket or 'none; run setup'}"
        yield f"role      {self.role or 'none; run setup'}"
        for dataset in self.datasets:
            yield f"dataset   {dataset.uri} ({dataset.recipe})"
        for job in self.jobs[:_JOBS_SHOWN]:
            yield f"job       {job.name}: {job.status}"
        if len(self.jobs) > _JOBS_SHOWN:
            yield f"          and {len(self.jobs) - _JOBS_SHOWN} older ones"
        if self.endpoint:
            failure = f" ({self.endpoint.failure})" if self.endpoint.failure else ""
            until = f" until {self.endpoint.expires_at}" if self.endpoint.expires_at else ""
            yield f"endpoint  {self.endpoint.name}: {self.endpoint.status}{until}{failure}"
            yield f"version   {self.endpoint.revision} ({self.endpoint.hosting})"
        else:
            yield "endpoint  none; run deploy"
        if self.traffic:
            yield f"traffic   {self.traffic.line()}"
        yield f"web app   {self.web_app or 'none; run web deploy'}"
        for url in self.web_app_urls:
            yield f"          {url}"
        answers = "no table; run setup" if self.feedback is None else f"{self.feedback} answers"
        yield f"feedback  {answers}"
        for cost in self.costs or ("nothing is billed by the hour",):
            yield f"cost      {cost}"
        if self.usd_month:
            yield f"          about ${self.usd_month:.2f} a month at this rate; run costs for more"


@translated()
def read_status(aws: Aws, clock: Callable[[], float] = time.time) -> Status:
    """Return the stage's resources, their traffic in the last hour, and costs."""
    names = aws.names
    has_bucket = bucket.exists(aws)
    given = bucket.given_role(aws) if has_bucket else None
    role = given or (names.role if or_none(lambda: aws.iam.get_role(RoleName=names.role)) else None)
    datasets = uploaded_datasets(aws) if has_bucket else ()
    jobs = tuple(JobStatus(job.name, job.status) for job in inventory.jobs(aws))
    serving = _endpoint_status(aws)
    has_web_app = web_app.exists(aws)
    traffic = read_traffic(aws, clock())
    usd_hour = total(list(list_costs(aws, traffic)))
    return Status(
        names.stage,
        names.region,
        names.bucket if has_bucket else None,
        role,
        tuple(DatasetStatus(dataset.uri, dataset.recipe) for dataset in datasets),
        jobs,
        serving,
        names.web_app if has_web_app else None,
        tuple(web_app.urls(aws)) if has_web_app else (),
        count_feedback(aws),
        tuple(_costs(jobs, serving, has_bucket=has_bucket)),
        traffic if serving else None,
        round(usd_hour * HOURS_A_MONTH, 2),
    )


def _endpoint_status(aws: Aws) -> EndpointStatus | None:
    description = endpoint.describe(aws, aws.names.endpoint)
    if description is None:
        return None
    config = or_none(
        lambda: aws.sagemaker.describe_endpoint_config(
            EndpointConfigName=description["EndpointConfigName"]
        )
    )
    variant = config["ProductionVariants"][0] if config else None
    if variant is None:
        hosting = "its configuration is gone"
    elif "ServerlessConfig" in variant:
        hosting = f"serverless, {variant['ServerlessConfig']['MemorySizeInMB']} MB"
    else:
        served = description.get("ProductionVariants", [])
        n_now = served[0].get("CurrentInstanceCount") if served else None  # as scaled
        count = n_now or variant.get("InitialInstanceCount", 1)
        hosting = f"{count} x {variant.get('InstanceType')}"
    end = read_expiry(aws)
    return EndpointStatus(
        description["EndpointName"],
        description["EndpointStatus"],
        hosting,
        " ".join(description.get("FailureReason", "").split()),
        description["EndpointConfigName"],
        in_utc(end) if end else None,
    )


def _costs(
    jobs: tuple[JobStatus, ...], serving: EndpointStatus | None, *, has_bucket: bool
) -> Iterator[str]:
    for job in jobs:
        if job.status in {"InProgress", "Stopping"}:
            yield f"training job {job.name} is billed by the second until it ends"
    if serving and serving.hosting.startswith("serverless"):
        yield f"endpoint {serving.name} ({serving.hosting}) is billed per request, free when idle"
    elif serving:
        yield (
            f"endpoint {serving.name} ({serving.hosting}) is billed by the hour, "
            "used or not, until you run teardown"
        )
    if has_bucket:
        yield "the bucket's content is billed per gigabyte and month: a few cents"


def add_arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: the step has only the common options."""


def run(_arguments: Namespace, tools: Toolbox) -> Status:
    return read_status(tools.connect(), tools.clock)


STEP = Step(
    "status", "list the stage's resources and what they cost", add_arguments, run, has_dry_run=False
)
