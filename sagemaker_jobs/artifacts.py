"""The model to deploy: a file here, a job's, or the newest job's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sagemaker_jobs import bucket, inventory
from sagemaker_jobs.aws import Aws
from sagemaker_jobs.aws_errors import or_none
from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.stage import MODELS
from sagemaker_jobs.ui import Ui


def uri_of_file(aws: Aws, path: Path) -> tuple[str, str]:
    """The S3 URI that the file's content has, and its sha256. Sends nothing.

    Raises:
        InvalidSetting: there is no such file.
    """
    if not path.is_file():
        raise InvalidSetting(f"there is no model artifact {path}", hint="check --artifact")
    with path.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return aws.names.uri(f"{MODELS}/{sha256[:16]}/model.tar.gz"), sha256


def send_file(aws: Aws, path: Path, uri: str, sha256: str, *, ui: Ui) -> None:
    """Put the file at its URI, unless it is there."""
    key = uri.removeprefix(aws.names.uri(""))
    if not bucket.holds(aws, key, sha256):
        bucket.send(aws, path, key, {"sha256": sha256}, ui=ui)


def uri_of_job(aws: Aws, job: str | None) -> str:
    """The artifact of the job, or of the stage's newest completed job.

    Raises:
        NotThere: no such job, or it has none.
    """
    if job is None:
        completed = [job.name for job in inventory.jobs(aws) if job.status == "Completed"]
        if not completed:
            raise NotThere(
                f"the stage {aws.stage} has no completed training job",
                hint="run train first, or pass --artifact pretrained/model.tar.gz",
            )
        job = completed[0]
    description = or_none(lambda: aws.sagemaker.describe_training_job(TrainingJobName=job))
    if description is None:
        raise NotThere(f"there is no training job {job}", hint="status lists this stage's jobs")
    if description["TrainingJobStatus"] != "Completed":
        raise NotThere(
            f"training job {job} has no model: it is {description['TrainingJobStatus']}",
            hint=f"train --follow {job} shows it; choose another --job",
        )
    return description["ModelArtifacts"]["S3ModelArtifacts"]
