"""A processing job: its description for DescribeProcessingJob, and the thread that runs it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from local_aws.context import Context
from local_aws.host.mounts import in_container, private_mounts
from local_aws.host.packages import describe_python
from local_aws.host.processes import host_environment
from local_aws.host.s3 import (
    FolderMirror,
    Location,
    StorageError,
    download_prefix,
)
from local_aws.http import JsonObject
from local_aws.log_stream import LogStream, follow_lines
from local_aws.sagemaker.background_job import BackgroundJob
from local_aws.sagemaker.opt_ml import relocate
from local_aws.sagemaker.training.container import Host, make_hosts
from local_aws.sagemaker.training.host_program import (
    AlgorithmError,
    HostRun,
    stop_all,
)

_LOG_GROUP = "/aws/sagemaker/ProcessingJobs"
_DEFAULT_RUNTIME_S = 86_400
_POLL_S = 0.05
_MESSAGE = "output/message"  # below /opt/ml; becomes ExitMessage


class ProcessingJob(BackgroundJob):
    """A processing job; `describe` returns its current state."""

    kind = "ProcessingJob"
    clock = staticmethod(time.monotonic)

    def __init__(self, context: Context, region: str, description: JsonObject) -> None:
        super().__init__(context, description)
        self._region = region
        self._role = str(description["RoleArn"])
        self._s3 = context.client("s3", region, self._role)
        self._folder = context.processes.make_directory("processing")
        cluster = description["ProcessingResources"]["ClusterConfig"]
        self._hosts = make_hosts(cluster["InstanceCount"], self._folder)

    # ------------------------------------------------------------------ the run, in its own thread

    def _work(self) -> str:
        job = self.describe()
        for position, host in enumerate(self._hosts):
            self._lay_out(host, job)
            self._download(host, position, job)
        self._note(ProcessingStartTime=time.time())
        mirrors = self._mirrors(job)
        ended = self._process(job)
        for mirror in mirrors:
            mirror.upload_changes()
        return ended

    def _clean_up(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _lay_out(self, host: Host, job: JsonObject) -> None:
        """Make the host's configuration files and the folders of its outputs."""
        (host.base / "config").mkdir(parents=True)
        (host.base / "output").mkdir()
        resources = {
            "current_host": host.address,
            "hosts": [other.address for other in self._hosts],
        }
        (host.base / "config/resourceconfig.json").write_text(json.dumps(resources))
        (host.base / "config/processingjobconfig.json").write_text(json.dumps(job))
        for output in _outputs(job):
            Path(relocate(output["LocalPath"], host.base)).mkdir(parents=True, exist_ok=True)

    def _download(self, host: Host, position: int, job: JsonObject) -> None:
        """Download the job's inputs to the host; of a sharded one, its share.

        Raises:
            StorageError: an input is missing, or cannot be written.
            StoppedError: a stop was requested.
        """
        for given in job.get("ProcessingInputs") or []:
            source = given["S3Input"]
            sharded = source.get("S3DataDistributionType") == "ShardedByS3Key"
            target = Path(relocate(source["LocalPath"], host.base))
            target.mkdir(parents=True, exist_ok=True)
            n_objects = download_prefix(
                self._s3,
                Location.parse(source["S3Uri"]),
                target,
                shard=slice(position, None, len(self._hosts)) if sharded else slice(None),
                gunzip=source.get("S3CompressionType") == "Gzip",
                stopping=self._is_stopping,
            )
            if not n_objects and not sharded:
                raise StorageError(f"ClientError: No S3 objects found under {source['S3Uri']}")
            if not private_mounts() and given["InputName"] == "code":
                for path in target.rglob("*.py"):
                    path.write_text(relocate(path.read_text(), host.base))

    def _process(self, job: JsonObject) -> str:
        """Return the job's status after its programs have ended.

        Raises:
            AlgorithmError: a host's program failed.
        """
        limits = job.get("StoppingCondition") or {}
        deadline = self.clock() + limits.get("MaxRuntimeInSeconds", _DEFAULT_RUNTIME_S)
        runs: list[HostRun] = []
        ended = "Completed"
        try:
            for host in self._hosts:
                runs.append(self._start_host(host, job))  # noqa: PERF401 - all are closed below
            while any(run.worker.is_running() for run in runs):
                if self._stop.wait(_POLL_S) or self.clock() > deadline:
                    stop_all(runs)
                    ended = "Stopped"
                elif any(run.has_failed() for run in runs):
                    break
            failed = next((run for run in runs if run.has_failed()), None)
        finally:
            for run in runs:
                run.close()
        message = self._hosts[0].base / _MESSAGE
        if message.is_file():
            self._note(ExitMessage=message.read_text(errors="replace")[:1024])
        if failed is not None and ended == "Completed":
            raise failed.error()
        return ended

    def _start_host(self, host: Host, job: JsonObject) -> HostRun:
        application = job["AppSpecification"]
        words = application["ContainerEntrypoint"] + application.get("ContainerArguments", [])
        command = [relocate(word, host.base) for word in words]
        stream = f"{job['ProcessingJobName']}/{host.name}-{int(time.time())}"
        log = LogStream(self._context, self._region, _LOG_GROUP, stream, self._role)
        log.write(describe_python(f"the image {application['ImageUri']}"))
        own = job.get("Environment") or {}
        try:
            worker = self._context.processes.start(
                in_container(
                    command, host.base, {other.name: other.loopback for other in self._hosts}
                ),
                environment={
                    **host_environment(host.work),
                    **{name: relocate(value, host.base) for name, value in own.items()},
                    **self._context.environment(self._region, self._role),
                    "PROCESSING_JOB_ARN": job["ProcessingJobArn"],
                    "PROCESSING_JOB_NAME": job["ProcessingJobName"],
                },
                cwd=host.base,
            )
        except OSError as error:
            log.close()
            raise AlgorithmError(f"cannot run {command[0]}: {error.strerror}", 127) from error
        return HostRun(host, worker, log, follow_lines(worker.output, log.write))

    def _mirrors(self, job: JsonObject) -> list[FolderMirror]:
        """Return what uploads each host's outputs."""
        return [
            FolderMirror(
                self._s3,
                Path(relocate(output["LocalPath"], host.base)),
                Location.parse(output["S3Uri"]),
            )
            for host in self._hosts
            for output in _outputs(job)
        ]


def _outputs(job: JsonObject) -> list[JsonObject]:
    outputs = (job.get("ProcessingOutputConfig") or {}).get("Outputs") or []
    return [output["S3Output"] for output in outputs]
