"""A training job: its description for DescribeTrainingJob, and the thread that runs it."""

from __future__ import annotations

import logging
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from local_aws.context import Context
from local_aws.errors import LocalAwsError, failure_reason
from local_aws.host.mounts import NO_MOUNTS, private_mounts
from local_aws.host.packages import describe_python
from local_aws.host.s3 import FolderMirror, Location, StoppedError, download_prefix, pack
from local_aws.host.s3 import write_object as write
from local_aws.http import JsonObject
from local_aws.log_stream import LogStream, follow_lines
from local_aws.sagemaker.opt_ml import OPT_ML, relocate
from local_aws.sagemaker.training.channels import download_channels
from local_aws.sagemaker.training.container import (
    Host,
    check_model,
    container_environment,
    lay_out,
    make_hosts,
    training_command,
)
from local_aws.sagemaker.training.host_program import (
    REASON_LENGTH,
    AlgorithmError,
    HostRun,
    stop_all,
)
from local_aws.sagemaker.training.requirements import find_requirements
from local_aws.sagemaker.training.statuses import ENDINGS, enter

logger = logging.getLogger(__name__)

_LOG_GROUP = "/aws/sagemaker/TrainingJobs"
_DEFAULT_RUNTIME_S = 86_400
_POLL_S = 0.05
_MIRROR_S = 1.0


class TrainingJob:
    """A training job; `describe` returns its current state."""

    clock = staticmethod(time.monotonic)

    def __init__(self, context: Context, region: str, description: JsonObject) -> None:
        self._context = context
        self._region = region
        self._s3 = context.client("s3", region, description["RoleArn"])
        self._lock = threading.Lock()
        self._description = description
        self._stop = threading.Event()
        self._metrics: dict[str, JsonObject] = {}
        self._work = context.processes.make_directory("training")
        self._hosts = make_hosts(description["ResourceConfig"]["InstanceCount"], self._work)
        self._advance("Starting", "Preparing the instances for training")

    @property
    def name(self) -> str:
        """Return the job's name."""
        return str(self._description["TrainingJobName"])

    def describe(self) -> JsonObject:
        """Return DescribeTrainingJob's answer."""
        with self._lock:
            transitions = [dict(step) for step in self._description["SecondaryStatusTransitions"]]
            return {**self._description, "SecondaryStatusTransitions": transitions}

    def start(self) -> None:
        self._context.spawn(self._run)

    def request_stop(self) -> bool:
        """Stop the job as soon as possible; return whether it was running."""
        with self._lock:
            status = self._description["TrainingJobStatus"]
            if status == "InProgress":
                enter(self._description, "Stopping", "Stopping the training job", "Stopping")
                self._stop.set()
        return status in {"InProgress", "Stopping"}

    # ------------------------------------------------------------------ the run, in its own thread

    def _run(self) -> None:
        try:
            with self._turn():
                self._download()
                ended = self._train()
            self._finish(ended)
        except StoppedError:  # before its program started
            self._advance(*ENDINGS["stopped"])
        except LocalAwsError as error:
            self._fail(str(error))
        except Exception as error:
            if not self._context.stopping.is_set():
                logger.exception("training job %s ended by a defect of local_aws", self.name)
            self._fail(failure_reason(error))
        finally:
            shutil.rmtree(self._work, ignore_errors=True)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait until no other job of several hosts runs on this machine, or a stop is requested.

        AWS's toolkit connects hosts through port 7777, and all hosts here share one machine.
        """
        if len(self._hosts) == 1:
            yield
            return
        turn = FileLock(Path(tempfile.gettempdir()) / f"local_aws-port-7777-{os.getuid()}.lock")
        while not (turn.is_locked or self._is_stopping()):
            with suppress(Timeout):
                turn.acquire(timeout=_POLL_S)
        try:
            yield
        finally:
            turn.release()

    def _download(self) -> None:
        """Lay out the hosts' folders, with the job's input and checkpoints.

        Raises:
            StorageError: an input is missing, or cannot be written.
            StoppedError: a stop was requested.
        """
        self._stop_here()
        self._advance("Downloading", "Downloading input data")
        job = self.describe()
        addresses = [host.address for host in self._hosts]
        for position, host in enumerate(self._hosts):
            lay_out(host, addresses, job)
            download_channels(
                *(self._s3, self._region, job, self._hosts, position), stopping=self._is_stopping
            )
            if job.get("CheckpointConfig"):
                folder = self._checkpoint_folder(host, job)
                folder.mkdir(parents=True, exist_ok=True)
                source = Location.parse(job["CheckpointConfig"]["S3Uri"])
                download_prefix(self._s3, source, folder, stopping=self._is_stopping)
        self._stop_here()

    def _is_stopping(self) -> bool:
        return self._stop.is_set() or self._context.stopping.is_set()

    def _stop_here(self) -> None:
        if self._is_stopping():
            raise StoppedError("stopped on request")

    def _train(self) -> str:
        """Return how training ended: "done", "stopped" or "timed out".

        Raises:
            AlgorithmError: a host's program failed.
        """
        job = self.describe()
        self._advance("Training", "Training image download completed. Training in progress.")
        with self._lock:
            self._description["TrainingStartTime"] = time.time()
        mirrors = self._mirrors(job)
        runs: list[HostRun] = []
        try:
            for host in self._hosts:
                runs.append(self._start_host(host, job))  # noqa: PERF401 - all are closed below
            ended = self._watch(runs, mirrors, job)
            failed = next((run for run in runs if run.has_failed()), None)
        finally:
            for run in runs:
                run.close()
            with self._lock:
                self._description["TrainingEndTime"] = time.time()
                self._description["FinalMetricDataList"] = list(self._metrics.values())
        for mirror in mirrors:
            mirror.upload_changes()
        if failed is not None and ended == "done":
            raise failed.error()
        return ended

    def _watch(self, runs: list[HostRun], mirrors: list[FolderMirror], job: JsonObject) -> str:
        """Wait until all hosts end, one fails, or the job must stop; return which."""
        limits = job.get("StoppingCondition") or {}
        limit_s = limits.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME_S)
        deadline = self.clock() + limit_s
        next_mirror = time.monotonic() + _MIRROR_S
        while any(run.worker.is_running() for run in runs):
            if self._stop.wait(_POLL_S):
                stop_all(runs)
                return "stopped"
            if self.clock() > deadline:
                stop_all(runs)
                return "timed out"
            if any(run.has_failed() for run in runs):
                break
            if time.monotonic() > next_mirror:
                for mirror in mirrors:
                    mirror.upload_changes()
                next_mirror = time.monotonic() + _MIRROR_S
        return "done"

    def _start_host(self, host: Host, job: JsonObject) -> HostRun:
        command = training_command(host, self._hosts, job)
        patterns = [
            (entry["Name"], re.compile(entry["Regex"]))
            for entry in job["AlgorithmSpecification"].get("MetricDefinitions") or []
        ]
        log = LogStream(
            self._context,
            self._region,
            _LOG_GROUP,
            f"{self.name}/{host.name}-{int(time.time())}",
            job["RoleArn"],
        )
        log.write(describe_python(f"the image {job['AlgorithmSpecification']['TrainingImage']}"))
        if not private_mounts():
            log.write(f"local_aws: {OPT_ML} is {host.base} here; this machine: {NO_MOUNTS}")
        try:
            variables = self._context.packages.environment(
                find_requirements(self._s3, host, job),
                container_environment(host, job, self._context, self._region),
                log.write,
            )
            worker = self._context.processes.start(command, environment=variables, cwd=host.base)
        except OSError as error:
            log.close()
            raise AlgorithmError(f"cannot run {command[0]}: {error.strerror}", 127) from error
        except LocalAwsError:
            log.close()
            raise

        def handle(line: str) -> None:
            log.write(line)
            for name, pattern in patterns:
                self._keep_metric(name, pattern.search(line))

        return HostRun(host, worker, log, follow_lines(worker.output, handle))

    def _keep_metric(self, name: str, match: re.Match[str] | None) -> None:
        if match is None:
            return
        try:
            value = float(match[1] if match.re.groups else match[0])
        except (TypeError, ValueError):
            return  # AWS too drops what is not a number
        with self._lock:
            self._metrics[name] = {"MetricName": name, "Value": value, "Timestamp": time.time()}

    def _checkpoint_folder(self, host: Host, job: JsonObject) -> Path:
        local = job["CheckpointConfig"].get("LocalPath", f"{OPT_ML}/checkpoints")
        return Path(relocate(local, host.base))

    def _mirrors(self, job: JsonObject) -> list[FolderMirror]:
        if not job.get("CheckpointConfig"):
            return []
        target = Location.parse(job["CheckpointConfig"]["S3Uri"])
        return [
            FolderMirror(self._s3, self._checkpoint_folder(host, job), target)
            for host in self._hosts
        ]

    def _finish(self, ended: str) -> None:
        self._advance("Uploading", "Uploading generated training model")
        if ended == "done":
            check_model(self._hosts[0])
        output = Location.parse(self.describe()["OutputDataConfig"]["S3OutputPath"])
        folder = output / self.name / "output"
        model = folder / "model.tar.gz"
        write(self._s3, model, pack([host.base / "model" for host in self._hosts]))
        data = [host.base / "output/data" for host in self._hosts]
        if any(path.is_file() for directory in data for path in directory.rglob("*")):
            write(self._s3, folder / "output.tar.gz", pack(data))
        with self._lock:
            self._description["ModelArtifacts"] = {"S3ModelArtifacts": str(model)}
        self._advance(*ENDINGS[ended])

    def _fail(self, reason: str) -> None:
        with self._lock:
            self._description["FailureReason"] = reason[:REASON_LENGTH]
        self._advance("Failed", "Training job failed", "Failed")

    def _advance(self, secondary: str, message: str, status: str | None = None) -> None:
        """Set the secondary status and, if given, the primary one."""
        with self._lock:
            enter(self._description, secondary, message, status)
