"""Many reviews judged by a batch transform job, which needs no endpoint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.encryption import output_key, read_key, volume_key
from sagemaker_jobs.aws.model_artifacts import send_file
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.bulk.jobs import (
    BulkJob,
    Instances,
    clear_up,
    follow,
    read_results,
    resume_or_start,
)
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.judge_all import is_result
from sagemaker_jobs.endpoint.revision import (
    DeploySettings,
    ensure_model,
    find_revision,
    remove_revision,
)
from sagemaker_jobs.errors import AwsError
from sagemaker_jobs.terminal import Ui

PART = 2_000  # reviews an object; an instance takes whole objects
_PAYLOAD_MB = 2  # of a request; the longest review that the endpoint reads takes 1.2 MB
_CONCURRENT = 2
_TIMEOUT_S = 3_600  # AWS's most


@dataclass(frozen=True)
class BatchModel:
    """The SageMaker model that judges."""

    name: str
    is_temporary: bool = False  # nothing serves it, so it is deleted after the job


def find_model(
    aws: Aws,
    artifact: Path | None,
    instances: Instances,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
) -> BatchModel:
    """Return the endpoint's model; that of `artifact`, or the newest trained one without endpoint.

    Raises:
        NotThere: there is no bucket, role or trained model.
        InvalidSetting: the artifact cannot be served.
    """
    require_bucket(aws)
    serving = endpoint.describe(aws, aws.names.endpoint)
    if artifact is None and serving is not None:
        return BatchModel(serving["EndpointConfigName"])  # a revision's model has the same name
    deployment = DeploySettings(artifact=artifact, instance_type=instances.instance_type)
    revision, sha256 = find_revision(aws, deployment, ui=ui)
    if artifact:
        send_file(aws, artifact, revision.artifact, sha256, ui=ui)
    ensure_model(aws, revision, require_role(aws), ui=ui, sleep=sleep)
    is_served = serving is not None and serving["EndpointConfigName"] == revision.name
    return BatchModel(revision.name, is_temporary=not is_served)


def judge_in_batch(
    aws: Aws,
    model: BatchModel,
    instances: Instances,
    reviews: Sequence[str],
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[list[dict[str, Any]]]:
    """Yield the results in order, some at a time: verdicts or errors, as the endpoint's.

    Raises:
        BulkJobFailed: the job failed or was stopped.
        StillRunning: you pressed Ctrl-C; the job keeps running, and the same call resumes it.
        AwsError: the answers are not those of a model of this repository.
    """
    parts = [_write_part(reviews, start) for start in range(0, len(reviews), PART)]
    if not parts:
        return
    work = json.dumps([model.name, str(instances)])
    digest = hashlib.sha256(b"".join([work.encode(), *parts])).hexdigest()
    job = resume_or_start(
        aws,
        "transform",
        digest,
        ((f"{n:06}.jsonl", part) for n, part in enumerate(parts)),
        lambda job: _request(job, model, instances),
        ui=ui,
        sleep=sleep,
        clock=clock,
    )
    follow(job, len(parts), ui=ui, sleep=sleep, clock=clock)
    results = {
        item.pop("id"): item
        for _, content in read_results(job)
        for line in content.splitlines()
        if line.strip()
        for item in [_parse(line)]
    }
    if results.keys() != set(range(len(reviews))):
        raise endpoint.not_ours("does not judge each review")
    for start in range(0, len(reviews), PART):
        yield [results[n] for n in range(start, min(start + PART, len(reviews)))]
    clear_up(job)
    if model.is_temporary:
        remove_revision(aws, model.name)


def _write_part(reviews: Sequence[str], start: int) -> bytes:
    """Return the lines of the reviews from `start` on; each carries its place as its id.

    The endpoint refuses a review that is too long; so much of one is sent that it does.
    """
    from sentiment.serving.http_format import MAX_REVIEW_CHARACTERS

    lines = (
        json.dumps({"id": start + n, "review": review[: MAX_REVIEW_CHARACTERS + 1]})
        for n, review in enumerate(reviews[start : start + PART])
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _parse(line: bytes) -> dict[str, Any]:
    try:
        item = json.loads(line)
    except ValueError as error:
        raise endpoint.not_ours("is not JSON lines") from error
    if not is_result(item) or not isinstance(item.get("id"), int):
        raise AwsError(
            "the model does not return the reviews' ids",
            hint="deploy it again with today's code, or name it with --model",
        )
    result: dict[str, Any] = item
    return result


def _request(job: BulkJob, model: BatchModel, instances: Instances) -> dict[str, Any]:
    """Return CreateTransformJob's parameters, without its name and tags."""
    names, key = job.aws.names, read_key(job.aws)
    source = {"S3DataType": "S3Prefix", "S3Uri": names.uri(job.input_prefix)}
    return {
        "ModelName": model.name,
        "BatchStrategy": "MultiRecord",
        "MaxPayloadInMB": _PAYLOAD_MB,
        "MaxConcurrentTransforms": _CONCURRENT,
        "ModelClientConfig": {
            "InvocationsTimeoutInSeconds": _TIMEOUT_S,
            "InvocationsMaxRetries": 2,
        },
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "application/jsonlines",
            "SplitType": "Line",
        },
        "TransformOutput": {
            "S3OutputPath": names.uri(job.output_prefix).rstrip("/"),
            "Accept": "application/jsonlines",
            "AssembleWith": "Line",
            **output_key(key),
        },
        "TransformResources": {
            "InstanceType": instances.instance_type,
            "InstanceCount": instances.count,
            **volume_key(key, instances.instance_type),
        },
    }
