"""A batch transform job: sends S3 objects through the model's serving program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from local_aws.context import Context
from local_aws.errors import LocalAwsError
from local_aws.host.s3 import (
    Location,
    StoppedError,
    StorageError,
    list_keys,
    read_object,
    write_object,
)
from local_aws.http import JsonObject
from local_aws.sagemaker.background_job import BackgroundJob
from local_aws.sagemaker.endpoints.serving_process import ServingProcess
from local_aws.sagemaker.transform.splitting import assemble, cut, decompress

_LOG_GROUP = "/aws/sagemaker/TransformJobs"
_HEALTH_LIMIT_S = 240.0
_DEFAULT_PAYLOAD_MB = 6
_DEFAULT_TIMEOUT_S = 600
_DEFAULT_RETRIES = 3
_OK = 200
_SERVER_ERRORS = 500


class TransformError(LocalAwsError):
    """The model did not transform an object."""


class TransformJob(BackgroundJob):
    """A batch transform job; `describe` returns its current state."""

    kind = "TransformJob"

    def __init__(
        self,
        context: Context,
        region: str,
        description: JsonObject,
        container: JsonObject,
        role: str,
    ) -> None:
        super().__init__(context, description)
        self._s3 = context.client("s3", region, role)
        stream = f"{description['TransformJobName']}/i-{int(time.time() * 1000)}"
        self._process = ServingProcess(context, region, container, role, (_LOG_GROUP, stream))

    # ------------------------------------------------------------------ the run, in its own thread

    def _work(self) -> str:
        job = self.describe()
        source = Location.parse(job["TransformInput"]["DataSource"]["S3DataSource"]["S3Uri"])
        keys = [key for key in list_keys(self._s3, source) if not key.endswith("/")]
        if not keys:
            raise StorageError(f"ClientError: No S3 objects found under {source}")
        self._note(TransformStartTime=time.time())
        self._process.start(_HEALTH_LIMIT_S, self._stop.is_set, _environment(job))
        for key in keys:
            self._transform(key, source, job)
        return "Completed"

    def _clean_up(self) -> None:
        self._process.stop()

    def _transform(self, key: str, source: Location, job: JsonObject) -> None:
        """Send one object through the model and store the answers as NAME.out."""
        given, wanted = job["TransformInput"], job["TransformOutput"]
        content = decompress(
            read_object(self._s3, Location(source.bucket, key)),
            given.get("CompressionType", "None"),
        )
        bodies = cut(
            content,
            by_line=given.get("SplitType") == "Line",
            many=job.get("BatchStrategy", "MultiRecord") == "MultiRecord",
            limit_bytes=job.get("MaxPayloadInMB", _DEFAULT_PAYLOAD_MB) * 1024 * 1024,
        )
        answers = self._answers(bodies, key, job)
        output = assemble(answers, by_line=wanted.get("AssembleWith") == "Line")
        folder = source.key[: source.key.rfind("/") + 1]
        relative = key.removeprefix(source.key).lstrip("/") or key.removeprefix(folder)
        target = Location.parse(wanted["S3OutputPath"]) / f"{relative}.out"
        write_object(self._s3, target, output)

    def _answers(self, bodies: Iterator[bytes], key: str, job: JsonObject) -> list[bytes]:
        """Return the model's answers in order, at most MaxConcurrentTransforms at a time."""
        with ThreadPoolExecutor(job.get("MaxConcurrentTransforms") or 1) as pool:
            return list(pool.map(lambda body: self._invoke(body, key, job), bodies))

    def _invoke(self, body: bytes, key: str, job: JsonObject) -> bytes:
        client = job.get("ModelClientConfig") or {}
        timeout_s = client.get("InvocationsTimeoutInSeconds", _DEFAULT_TIMEOUT_S)
        headers = {
            "Content-Type": job["TransformInput"].get("ContentType"),
            "Accept": job["TransformOutput"].get("Accept"),
        }
        given = {name: value for name, value in headers.items() if value}
        last = ""
        for _ in range(1 + client.get("InvocationsMaxRetries", _DEFAULT_RETRIES)):
            if self._stop.is_set():
                raise StoppedError("stopped on request")
            try:
                answer = self._process.call("POST", "/invocations", body, given, timeout_s)
            except LocalAwsError as error:
                last = str(error)
                continue
            if answer.status == _OK:
                return answer.body
            last = f"{answer.status}: {answer.body.decode('utf-8', 'replace')[:300]}"
            if answer.status < _SERVER_ERRORS:
                break
        raise TransformError(
            f"ClientError: See job logs for more information. The model did not transform {key}: "
            f"{last}"
        )


def _environment(job: JsonObject) -> dict[str, str]:
    """Return the job's own variables, and those that describe the requests to the container.

    As on AWS, options that the job does not set have no variable.
    """
    strategies = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}
    options = {
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": job.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": strategies.get(job.get("BatchStrategy", "")),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": job.get("MaxConcurrentTransforms"),
    }
    given = {name: str(value) for name, value in options.items() if value is not None}
    return {**(job.get("Environment") or {}), "SAGEMAKER_BATCH": "true", **given}
