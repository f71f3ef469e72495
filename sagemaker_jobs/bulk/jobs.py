"""Batch transform and processing jobs: found again or started, followed, cleared up.

SageMaker handles both kinds alike. A job's name begins with a digest of its work, so that the same
command finds the job that it started before. Its objects are in the bucket, under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sagemaker_jobs.aws import inventory
from sagemaker_jobs.aws.bucket import keys_ending
from sagemaker_jobs.aws.names import BULK, PROCESSING_LOG_GROUP, TRANSFORM_LOG_GROUP
from sagemaker_jobs.aws.polling import growing_delays, looks
from sagemaker_jobs.aws.role import while_role_is_new
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.errors import AwsError, BulkJobFailed, StillRunning
from sagemaker_jobs.terminal import Ui

Kind = Literal["transform", "processing"]
KINDS: tuple[Kind, ...] = ("transform", "processing")
LOG_GROUPS: Mapping[Kind, str] = {
    "transform": TRANSFORM_LOG_GROUP,
    "processing": PROCESSING_LOG_GROUP,
}
_DIGEST_DIGITS = 12
_RUNNING = {"InProgress", "Stopping"}
_LINE_EVERY_S = 60.0
_STOP_TIMEOUT_S = 300
_MOST_KEYS = 1_000  # of one DeleteObjects
_ENDED_ALREADY = r"is in status (Completed|Failed|Stopped|Stopping)"
Request = Callable[["BulkJob"], dict[str, Any]]


@dataclass(frozen=True)
class Instances:
    """The number of instances and their type."""

    instance_type: str = "ml.m5.large"
    count: int = 1

    def __str__(self) -> str:
        return f"{self.count} x {self.instance_type}"


@dataclass(frozen=True)
class BulkJob:
    """A job of the stage."""

    aws: Aws
    kind: Kind
    name: str

    @property
    def input_prefix(self) -> str:
        return f"{BULK}/{self.name}/in/"

    @property
    def output_prefix(self) -> str:
        return f"{BULK}/{self.name}/out/"

    def describe(self) -> dict[str, Any]:
        """Return AWS's description of the job."""
        describe = _call(self.aws, "describe", self.kind)
        description: dict[str, Any] = describe(**{_field(self.kind, "Name"): self.name})
        return description

    @property
    def is_running(self) -> bool:
        return self.describe()[_field(self.kind, "Status")] in _RUNNING


def find_jobs(aws: Aws, kind: Kind, part_of_name: str = "") -> list[tuple[str, str]]:
    """Return the stage's jobs as names and statuses, newest first."""
    prefix = f"{aws.names.base}-{kind}-{part_of_name}"
    pages = aws.sagemaker.get_paginator(f"list_{kind}_jobs").paginate(  # type: ignore[call-overload]
        NameContains=prefix, SortBy="CreationTime", SortOrder="Descending"
    )
    jobs = {job[_field(kind, "Name")]: job for p in pages for job in p[_field(kind, "Summaries")]}
    found = ((name, job[_field(kind, "Arn")]) for name, job in jobs.items() if prefix in name)
    return [(name, jobs[name][_field(kind, "Status")]) for name in inventory.own(aws, found)]


def resume_or_start(
    aws: Aws,
    kind: Kind,
    digest: str,
    objects: Iterable[tuple[str, bytes]],
    request: Request,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> BulkJob:
    """Return the job with this work: one that is running or has results, or else a new one.

    `digest` is that of the work. A new job's input are the `objects`: names and contents.
    """
    digest = digest[:_DIGEST_DIGITS]
    for name, status in find_jobs(aws, kind, digest):
        job = BulkJob(aws, kind, name)
        if status == "InProgress" or (status == "Completed" and any(_keys(job.output_prefix, aws))):
            ui.say(f"resuming {kind} job {name}")
            return job
    job = BulkJob(aws, kind, f"{aws.names.base}-{kind}-{digest}-{int(clock()):x}")
    for name, content in objects:
        aws.s3.put_object(Bucket=aws.names.bucket, Key=f"{job.input_prefix}{name}", Body=content)
    parameters = {_field(kind, "Name"): job.name, "Tags": aws.names.tag_list, **request(job)}
    while_role_is_new(lambda: _call(aws, "create", kind)(**parameters), ui=ui, sleep=sleep)
    ui.say(f"started {kind} job {job.name}")
    return job


def follow(
    job: BulkJob,
    n_objects: int,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> None:
    """Return when the job has completed; print its status and how many objects are done.

    Raises:
        BulkJobFailed: the job failed or was stopped; its objects are deleted.
        StillRunning: you pressed Ctrl-C, or AWS stopped answering; the job keeps running.
    """
    started = said_at = clock()
    shown = ""
    try:
        with translated():
            for delay_s in growing_delays():
                description = job.describe()
                status = str(description[_field(job.kind, "Status")])
                if status not in _RUNNING:
                    break
                if status != shown or clock() - said_at > _LINE_EVERY_S:
                    done = len(_keys(job.output_prefix, job.aws))
                    ui.say(f"{status} after {clock() - started:.0f} s, {done} of {n_objects} parts")
                    shown, said_at = status, clock()
                sleep(delay_s)
    except KeyboardInterrupt:
        raise StillRunning(job.name, hint=_ways_on(job), kind=job.kind) from None
    except AwsError as error:
        hint = f"{error.hint}; then {_ways_on(job)}"
        raise StillRunning(job.name, cause=error.what, hint=hint, kind=job.kind) from error
    if status != "Completed":
        clear_up(job)
        reason = " ".join(description.get("FailureReason", "it was stopped").split())
        raise BulkJobFailed(
            *(job.kind, job.name, reason),
            hint=f"read the CloudWatch log group {LOG_GROUPS[job.kind]}, or run setup again "
            "if the role lacks a permission",
        )


def stop(
    aws: Aws, kind: Kind, name: str, *, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Stop the job and return when it no longer writes to the bucket.

    Raises:
        AwsError: it has not stopped after the timeout.
    """
    job = BulkJob(aws, kind, name)
    named = {_field(kind, "Name"): name}
    or_none(lambda: _call(aws, "stop", kind)(**named), also_where=_ENDED_ALREADY)
    for _ in looks(_STOP_TIMEOUT_S, sleep=sleep, clock=clock):
        if not job.is_running:
            return
    raise AwsError(
        f"{kind} job {name} has not stopped after {_STOP_TIMEOUT_S} s",
        hint="repeat in a few minutes",
    )


def read_results(job: BulkJob) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the objects that the job wrote, in order of their names."""
    for key in _keys(job.output_prefix, job.aws):
        answer = job.aws.s3.get_object(Bucket=job.aws.names.bucket, Key=key)
        yield key.removeprefix(job.output_prefix), answer["Body"].read()


def clear_up(job: BulkJob) -> None:
    """Delete what the job read and wrote."""
    keys = _keys(f"{BULK}/{job.name}/", job.aws)
    for start in range(0, len(keys), _MOST_KEYS):
        job.aws.s3.delete_objects(
            Bucket=job.aws.names.bucket,
            Delete={
                "Objects": [{"Key": key} for key in keys[start : start + _MOST_KEYS]],
                "Quiet": True,
            },
        )


def _keys(prefix: str, aws: Aws) -> list[str]:
    return sorted(keys_ending(aws, prefix, ""))


def _field(kind: Kind, name: str) -> str:
    """Return the name of a member of AWS's requests and answers: TransformJobName."""
    return f"{kind.capitalize()}Job{name}"


def _call(aws: Aws, verb: str, kind: Kind) -> Callable[..., Any]:
    call: Callable[..., Any] = getattr(aws.sagemaker, f"{verb}_{kind}_job")
    return call


def _ways_on(job: BulkJob) -> str:
    stop = f"aws sagemaker stop-{job.kind}-job --{job.kind}-job-name {job.name}"
    return f"repeat the command to resume, or stop it with {stop}"
