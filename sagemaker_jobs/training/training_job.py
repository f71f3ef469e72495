"""Start, follow and stop a SageMaker training job."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.bucket import encrypted, given_key
from sagemaker_jobs.aws.inventory import describe_job
from sagemaker_jobs.aws.names import CODE
from sagemaker_jobs.aws.polling import growing_delays, looks
from sagemaker_jobs.aws.role import while_role_is_new
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.errors import AwsError, NotThere, StillRunning, TrainingFailed
from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training.job_log import JobLog
from sagemaker_jobs.training.job_request import TrainingSettings, job_request

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DescribeTrainingJobResponseTypeDef

    from sentiment.training.history import EpochMetrics

_NOT_PACKED = {"Dockerfile", "requirements.lock", "__pycache__"}
_ENDED = {"Completed", "Failed", "Stopped"}
_STOP_TIMEOUT_S = 300
_ENDED_ALREADY = r"is in status (Completed|Failed|Stopped|Stopping)"
_LAST_LOOKS = 5  # CloudWatch may deliver a job's last lines some seconds after its end
_LAST_LOOK_S = 1.0


@dataclass(frozen=True)
class Training:
    """A training job and its result."""

    job: str
    status: str
    artifact: str | None = None  # of the model, once there is one
    seconds: float | None = None  # of training
    billable_seconds: int | None = None
    epochs: tuple[EpochMetrics, ...] = ()
    options: str = ""  # of the command line, for its stage and region

    def line(self) -> str:
        if self.status == "would start":
            return f"would start {self.job}"
        if self.artifact is None:
            again = f"python -m sagemaker_jobs train follow {self.job} {self.options}"
            return f"{self.job}: {self.status}; follow it with {again}"
        from sentiment.training.history import best_epoch

        of_last_phase = [epoch for epoch in self.epochs if epoch.phase == self.epochs[-1].phase]
        best = best_epoch(of_last_phase) if of_last_phase else None
        accuracy = (
            f", validation accuracy {best.validation_accuracy:.4f}"
            if best and best.validation_accuracy is not None
            else ""
        )
        return f"{self.job} completed in {self.seconds or 0:.0f} s{accuracy}: {self.artifact}"


def start(
    aws: Aws,
    settings: TrainingSettings,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> str:
    """Start a training job and return its name."""
    job = new_job_name(aws, clock)
    packed = pack_source(MODEL_PACKAGE)
    key = f"{CODE}/{hashlib.sha256(packed).hexdigest()[:16]}/sourcedir.tar.gz"
    # uploaded for every job, even unchanged: that restarts the bucket's expiry of the code
    aws.s3.put_object(Bucket=aws.names.bucket, Key=key, Body=packed)
    request = encrypted(job_request(aws, job, settings, aws.names.uri(key)), given_key(aws))
    while_role_is_new(lambda: aws.sagemaker.create_training_job(**request), ui=ui, sleep=sleep)
    ui.say(f"started {job} on {settings.instance_count} x {settings.instance_type}")
    return job


def pack_source(folder: Path) -> bytes:
    """Return the folder's files as sourcedir.tar.gz; the same bytes for the same files.

    Caches, hidden files and what only our image is built from are left out.
    """
    from sentiment.safe_files import pack_files

    files = {str(path.relative_to(folder)): path for path in _source_files(folder)}
    return pack_files(files)


def _source_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part in _NOT_PACKED or part.startswith(".") for part in parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path


def new_job_name(aws: Aws, clock: Callable[[], float]) -> str:
    """Return a name that no other job has: the stage's, the time and a random suffix."""
    return aws.names.job(clock(), secrets.token_hex(2))


def follow(
    aws: Aws,
    job: str,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    every_line: bool = False,
) -> Training:
    """Show the job's log until the job has completed, and return its result.

    Raises:
        TrainingFailed: the job failed or was stopped.
        StillRunning: you pressed Ctrl-C, or AWS stopped answering; the job keeps running.
        NotThere: there is no such job.
    """
    log = JobLog(aws, job)
    epochs: list[EpochMetrics] = []
    started, shown_status = clock(), ""
    try:
        with translated():
            for delay_s in growing_delays():  # ends with the job, which SageMaker itself limits
                description = describe_job(aws, job)
                status = description.get("SecondaryStatus", description["TrainingJobStatus"])
                if status != shown_status:
                    ui.say(f"{status} after {clock() - started:.0f} s")
                    shown_status = status
                epochs += _show(log, ui, every_line)
                if description["TrainingJobStatus"] in _ENDED:
                    break
                sleep(delay_s)
            is_awaited = every_line or description["TrainingJobStatus"] == "Completed"
            for _ in range(_LAST_LOOKS if is_awaited else 0):
                if log.has_ended:
                    break
                sleep(_LAST_LOOK_S)
                epochs += _show(log, ui, every_line)
    except KeyboardInterrupt:
        raise StillRunning(job, hint=_ways_on(aws, job)) from None
    except NotThere:
        raise
    except AwsError as error:  # the job may be running: starting another one would cost twice
        hint = f"{error.hint}; then {_ways_on(aws, job)}"
        raise StillRunning(job, cause=error.what, hint=hint) from error
    return _outcome(aws, job, description, epochs)


def _ways_on(aws: Aws, job: str) -> str:
    train = "python -m sagemaker_jobs train"
    return f"{train} follow {job} {aws.options}, or to stop it {train} stop {job} {aws.options}"


def stop(aws: Aws, job: str, *, dry_run: bool = False) -> Training:
    """Stop the job if it is running; SageMaker gives it two minutes to save its model."""
    status = describe_job(aws, job)["TrainingJobStatus"]
    if status in _ENDED:
        return Training(job, status, options=aws.options)
    if dry_run:
        return Training(job, "would stop", options=aws.options)
    request_stop(aws, job)
    return Training(job, "Stopping", options=aws.options)


def request_stop(aws: Aws, job: str) -> None:
    """Ask SageMaker to stop the job; do nothing if it has ended meanwhile."""
    or_none(lambda: aws.sagemaker.stop_training_job(TrainingJobName=job), also_where=_ENDED_ALREADY)


def stop_and_wait(
    aws: Aws, job: str, *, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Stop the job and return when it no longer writes to the bucket.

    Raises:
        AwsError: it has not stopped after five minutes.
    """
    request_stop(aws, job)
    for _ in looks(_STOP_TIMEOUT_S, sleep=sleep, clock=clock):
        if describe_job(aws, job)["TrainingJobStatus"] not in {"InProgress", "Stopping"}:
            return
    raise AwsError(
        f"training job {job} has not stopped after {_STOP_TIMEOUT_S} s",
        hint="repeat teardown in a few minutes",
    )


def _show(log: JobLog, ui: Ui, every_line: bool) -> list[EpochMetrics]:
    from sentiment.training.history import read_epoch

    epochs = []
    for line in log.new_lines():
        epoch = read_epoch(line)
        if epoch:
            epochs.append(epoch)
        if every_line:
            ui.say(line)
        elif epoch:
            ui.say(epoch.text())
    return epochs


def _outcome(
    aws: Aws, job: str, description: DescribeTrainingJobResponseTypeDef, epochs: list[EpochMetrics]
) -> Training:
    status = description["TrainingJobStatus"]
    if status != "Completed":
        reason = description.get("FailureReason") or (
            "it exceeded --max-runtime"
            if description.get("SecondaryStatus") == "MaxRuntimeExceeded"
            else "it was stopped"
        )
        raise TrainingFailed(
            job,
            " ".join(reason.split()),
            hint=f"read its log with train follow {job} --log {aws.options}; then train again",
        )
    begun, ended = description.get("TrainingStartTime"), description.get("TrainingEndTime")
    return Training(
        job,
        status,
        description["ModelArtifacts"]["S3ModelArtifacts"],
        round((ended - begun).total_seconds(), 1) if begun and ended else None,
        description.get("BillableTimeInSeconds"),
        tuple(epochs),
        aws.options,
    )
