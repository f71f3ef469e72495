"""The batch transform operations of the SageMaker API, for one region."""

from __future__ import annotations

import threading
import time

from local_aws.context import Context
from local_aws.errors import AwsError, NotImplementedHereError, ValidationError
from local_aws.host.s3 import Location, StorageError
from local_aws.http import JsonObject
from local_aws.sagemaker.model_records import Models
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.transform.job import TransformJob

_KEPT = (
    "TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig",
    "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput", "TransformOutput",
    "TransformResources", "DataProcessing", "ExperimentConfig",
)  # fmt: skip


class TransformJobs:
    """All batch transform jobs of a region."""

    def __init__(self, context: Context, region: str, tags: TagStore, models: Models) -> None:
        self._context = context
        self._region = region
        self._tags = tags
        self._models = models
        self._jobs: dict[str, TransformJob] = {}
        self._lock = threading.Lock()

    def create(self, params: JsonObject) -> JsonObject:
        _check(params)
        container = self._models.container(params["ModelName"])
        name = params["TransformJobName"]
        arn = self._context.arn("transform-job", name, self._region)
        now = time.time()
        description = {
            **{key: params[key] for key in _KEPT if params.get(key) not in (None, {}, [])},
            "TransformJobArn": arn,
            "TransformJobStatus": "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        with self._lock:
            if name in self._jobs:
                raise AwsError(
                    "ResourceInUse",
                    f"Job name must be unique within an AWS account and region, and a job with "
                    f"this name already exists ({arn})",
                )
            job = TransformJob(self._context, self._region, description, container)
            self._jobs[name] = job
            self._tags.register(arn, params.get("Tags"))
        job.start()
        return {"TransformJobArn": arn}

    def stop(self, params: JsonObject) -> JsonObject:
        job = self._find(params)
        if not job.request_stop():
            status = job.describe()["TransformJobStatus"]
            raise ValidationError(
                f"The request was rejected because the transform job is in status {status}."
            )
        return {}

    def describe(self, params: JsonObject) -> JsonObject:
        """Run DescribeTransformJob."""
        return self._find(params).describe()

    def list(self, params: JsonObject) -> JsonObject:
        with self._lock:
            jobs = list(self._jobs.values())
        return list_page(
            [job.describe() for job in jobs],
            params,
            kind="TransformJob",
            summary=pick(
                "TransformJobName",
                "TransformJobArn",
                "CreationTime",
                "TransformEndTime",
                "LastModifiedTime",
                "TransformJobStatus",
                "FailureReason",
            ),
            result_key="TransformJobSummaries",
            descending=True,
        )

    def _find(self, params: JsonObject) -> TransformJob:
        with self._lock:
            job = self._jobs.get(params["TransformJobName"])
        if job is None:
            raise ValidationError("Requested resource not found.")
        return job


def _check(params: JsonObject) -> None:
    """Return when local_aws can run the job as AWS would."""
    source = params["TransformInput"]
    if (params.get("DataCaptureConfig") or {}).get("DestinationS3Uri"):
        raise NotImplementedHereError("data capture")
    if params.get("DataProcessing"):
        raise NotImplementedHereError("transform jobs with DataProcessing")
    if source["DataSource"]["S3DataSource"]["S3DataType"] != "S3Prefix":
        raise NotImplementedHereError("transform input that is not an S3Prefix")
    if source.get("SplitType", "None") not in {"None", "Line"}:
        raise NotImplementedHereError(f"SplitType {source['SplitType']}; use Line or None")
    if params.get("BatchStrategy") == "MultiRecord" and source.get("SplitType", "None") == "None":
        raise ValidationError("BatchStrategy MultiRecord needs a SplitType other than None")
    resources = params["TransformResources"]
    check_quota(resources["InstanceType"], resources["InstanceCount"], "transform job")
    for uri in (
        source["DataSource"]["S3DataSource"]["S3Uri"],
        params["TransformOutput"]["S3OutputPath"],
    ):
        try:
            Location.parse(uri)
        except StorageError as error:
            raise ValidationError(str(error)) from error
