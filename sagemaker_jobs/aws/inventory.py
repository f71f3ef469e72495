"""A stage's resources in SageMaker, found by name and confirmed by tag."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import NotThere

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeTrainingJobResponseTypeDef


@dataclass(frozen=True)
class Job:
    """A training job of the stage."""

    name: str
    status: str
    created_at: datetime


def endpoints(aws: Aws) -> list[str]:
    """Return the names of the stage's endpoints."""
    pages = aws.sagemaker.get_paginator("list_endpoints").paginate(NameContains=aws.names.base)
    return list(
        own(aws, ((e["EndpointName"], e["EndpointArn"]) for p in pages for e in p["Endpoints"]))
    )


def endpoint_configs(aws: Aws) -> list[str]:
    """Return the names of the endpoint's configurations, newest first."""
    pages = aws.sagemaker.get_paginator("list_endpoint_configs").paginate(
        NameContains=aws.names.base
    )
    found = sorted(
        (c for p in pages for c in p["EndpointConfigs"]),
        key=lambda config: config["CreationTime"],
        reverse=True,
    )
    return list(own(aws, ((c["EndpointConfigName"], c["EndpointConfigArn"]) for c in found)))


def models(aws: Aws) -> list[str]:
    """Return the names of the stage's models."""
    pages = aws.sagemaker.get_paginator("list_models").paginate(NameContains=aws.names.base)
    return list(own(aws, ((m["ModelName"], m["ModelArn"]) for p in pages for m in p["Models"])))


def jobs(aws: Aws) -> list[Job]:
    """Return the stage's training jobs, newest first."""
    pages = aws.sagemaker.get_paginator("list_training_jobs").paginate(NameContains=aws.names.base)
    summaries = {j["TrainingJobName"]: j for p in pages for j in p["TrainingJobSummaries"]}
    names = own(aws, ((name, j["TrainingJobArn"]) for name, j in summaries.items()))
    found = [
        Job(name, summaries[name]["TrainingJobStatus"], summaries[name]["CreationTime"])
        for name in names
    ]
    return sorted(found, key=lambda job: job.created_at, reverse=True)


def describe_job(aws: Aws, job: str) -> DescribeTrainingJobResponseTypeDef:
    """Return AWS's description of a training job.

    Raises:
        NotThere: there is no such job.
    """
    description = or_none(lambda: aws.sagemaker.describe_training_job(TrainingJobName=job))
    if description is None:
        raise NotThere(
            f"there is no training job {job}", hint="run status to list this stage's jobs"
        )
    return description


def own(aws: Aws, found: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the names of the resources with this stage's tags."""
    for name, arn in found:
        if not name.startswith(aws.names.base):
            continue
        answer = or_none(lambda arn=arn: aws.sagemaker.list_tags(ResourceArn=arn))  # type: ignore[misc]
        if answer and aws.names.owns({tag["Key"]: tag["Value"] for tag in answer["Tags"]}):
            yield name
