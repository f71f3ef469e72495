"""The jobs of one kind in one region, by name."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from local_aws.context import Context
from local_aws.errors import AwsError, ValidationError
from local_aws.http import JsonObject
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.tags import TagStore


class Job(Protocol):
    """A job that runs in a thread of its own."""

    def describe(self) -> JsonObject: ...
    def start(self) -> None: ...
    def request_stop(self) -> bool: ...


@dataclass
class JobRecords:
    """The jobs of one kind: `kind` is "TrainingJob", say, and `words` "training job".

    `taken` is AWS's message for a name that is in use, and `summary` what a list shows of a job
    besides its name, ARN, times and status.
    """

    kind: str
    words: str
    context: Context
    region: str
    tags: TagStore
    taken: str = (
        "Job name must be unique within an AWS account and region, and a job with this name "
        "already exists"
    )
    summary: str = "FailureReason"
    newest_first: bool = True
    _jobs: dict[str, Job] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def create(
        self,
        params: JsonObject,
        kept: Iterable[str],
        make_job: Callable[[JsonObject], Job],
        defaults: JsonObject | None = None,
    ) -> JsonObject:
        """Start a job that `make_job` builds from its full description; return its ARN.

        The description has `defaults`, and the members of `params` that `kept` names. Readers that
        expect its members fail at an empty structure.

        Raises:
            AwsError: ResourceInUse, another job has the name.
        """
        name = params[f"{self.kind}Name"]
        arn = self.context.arn(self.words.replace(" ", "-"), name, self.region)
        now = time.time()
        with self._lock:
            if name in self._jobs:
                raise AwsError("ResourceInUse", f"{self.taken} ({arn})")
            job = self._jobs[name] = make_job(
                {
                    **(defaults or {}),
                    **{key: params[key] for key in kept if params.get(key) not in (None, {}, [])},
                    f"{self.kind}Arn": arn,
                    f"{self.kind}Status": "InProgress",
                    "CreationTime": now,
                    "LastModifiedTime": now,
                }
            )
            self.tags.register(arn, params.get("Tags"))
        job.start()
        return {f"{self.kind}Arn": arn}

    def stop(self, params: JsonObject) -> JsonObject:
        """Request a running job to stop.

        Raises:
            ValidationError: the job does not exist, or has ended.
        """
        job = self._find(params)
        if not job.request_stop():
            status = job.describe()[f"{self.kind}Status"]
            raise ValidationError(
                f"The request was rejected because the {self.words} is in status {status}."
            )
        return {}

    def describe(self, params: JsonObject) -> JsonObject:
        """Return the job's description.

        Raises:
            ValidationError: the job does not exist.
        """
        return self._find(params).describe()

    def list(self, params: JsonObject) -> JsonObject:
        """Return a page of job summaries.

        Raises:
            ValidationError: the NextToken is invalid.
        """
        with self._lock:
            jobs = list(self._jobs.values())
        return list_page(
            [job.describe() for job in jobs],
            params,
            kind=self.kind,
            summary=pick(
                *(f"{self.kind}{member}" for member in ("Name", "Arn", "Status")),
                *("CreationTime", "LastModifiedTime", self.summary),
                f"{self.kind.removesuffix('Job')}EndTime",
            ),
            result_key=f"{self.kind}Summaries",
            descending=self.newest_first,
        )

    def _find(self, params: JsonObject) -> Job:
        with self._lock:
            job = self._jobs.get(params[f"{self.kind}Name"])
        if job is None:
            raise ValidationError("Requested resource not found.")
        return job
