"""Reviews read by a processing job on several instances, and their words brought back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws import images
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.encryption import output_key, read_key, volume_key
from sagemaker_jobs.aws.names import CODE
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
from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training.training_job import pack_source

if TYPE_CHECKING:
    from sentiment.data.archive import Split
    from sentiment.data.parallel_reader import Paths, ReadBatch
    from sentiment.recipe import Recipe

_PART = 1_000  # reviews an object, which one core of an instance takes
_VOLUME_GB = 10
_MAX_RUNTIME_S = 2 * 3600
_WORK = "/opt/ml/processing"
# AWS's images have all that reading needs but Beautiful Soup; AWS takes at most 256 characters
_PROGRAM = (
    f"cd {_WORK}/code && tar -xzf sourcedir.tar.gz && grep ^beautifulsoup4 requirements.txt | "
    "python3 -m pip install -qr /dev/stdin && "
    f'python3 -m sentiment.data.read_shard "$0" {_WORK}/in {_WORK}/out'
)


@dataclass(frozen=True)
class ReadThere:
    """Reads all splits' reviews as `sentiment.data.parallel_reader.read_all` does, on SageMaker."""

    aws: Aws
    instances: Instances
    image: str | None
    ui: Ui
    sleep: Callable[[float], None]
    clock: Callable[[], float]

    def __call__(
        self, paths: Paths, recipe: Recipe, _n_workers: int | None
    ) -> Iterator[tuple[Split, ReadBatch]]:
        """Yield the splits' reviews in order, a batch at a time.

        Raises:
            BulkJobFailed: the job failed or was stopped.
            StillRunning: you pressed Ctrl-C; the job keeps running, and the same call resumes it.
            InvalidDataset: a file is unreadable or not UTF-8.
        """
        from sentiment.data.parallel_reader import ReadBatch

        require_bucket(self.aws)
        parts = [
            (split, of_split[start : start + _PART])
            for split, of_split in paths.items()
            for start in range(0, len(of_split), _PART)
        ]
        contents = [_write_part(names) for _, names in parts]
        source = pack_source(MODEL_PACKAGE)
        work = hashlib.sha256(f"{recipe.name} {self.instances}".encode() + source)
        for content in contents:
            work.update(content)
        job = resume_or_start(
            self.aws,
            "processing",
            work.hexdigest(),
            ((f"{n:06}", content) for n, content in enumerate(contents)),
            lambda job: self._request(job, recipe, source),
            ui=self.ui,
            sleep=self.sleep,
            clock=self.clock,
        )
        follow(job, len(parts), ui=self.ui, sleep=self.sleep, clock=self.clock)
        for (split, _), (_, content) in zip(parts, read_results(job), strict=True):
            yield split, ReadBatch.from_bytes(content)
        clear_up(job)

    def _request(self, job: BulkJob, recipe: Recipe, source: bytes) -> dict[str, Any]:
        """Return CreateProcessingJob's parameters, without its name and tags; send the code."""
        aws, names = self.aws, self.aws.names
        code = f"{CODE}/{hashlib.sha256(source).hexdigest()[:16]}/sourcedir.tar.gz"
        aws.s3.put_object(Bucket=names.bucket, Key=code, Body=source)
        instance_type, key = self.instances.instance_type, read_key(aws)
        image = self.image or images.training_image(aws.region, instance_type, ui=self.ui)
        return {
            "RoleArn": require_role(aws),
            "AppSpecification": {
                "ImageUri": image,
                "ContainerEntrypoint": ["bash", "-c", _PROGRAM],
                "ContainerArguments": [recipe.name],
            },
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceCount": self.instances.count,
                    "InstanceType": instance_type,
                    "VolumeSizeInGB": _VOLUME_GB,
                    **volume_key(key, instance_type),
                }
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": _MAX_RUNTIME_S},
            "ProcessingInputs": [
                _input("in", names.uri(job.input_prefix), "ShardedByS3Key"),
                _input("code", names.uri(code), "FullyReplicated"),
            ],
            "ProcessingOutputConfig": {
                **output_key(key),
                "Outputs": [
                    {
                        "OutputName": "out",
                        "S3Output": {
                            "S3Uri": names.uri(job.output_prefix),
                            "LocalPath": f"{_WORK}/out",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
            },
        }


def _write_part(paths: Sequence[str]) -> bytes:
    from sentiment.data.archive import read_review

    return json.dumps([read_review(path) for path in paths]).encode()


def _input(name: str, uri: str, distribution: str) -> dict[str, Any]:
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": uri,
            "LocalPath": f"{_WORK}/{name}",
            "S3DataType": "S3Prefix",
            "S3InputMode": "File",
            "S3DataDistributionType": distribution,
        },
    }
