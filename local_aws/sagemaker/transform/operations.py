"""The batch transform operations of the SageMaker API, for one region."""

from __future__ import annotations

from local_aws.context import Context
from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.host.s3 import Location, StorageError
from local_aws.http import JsonObject
from local_aws.sagemaker.job_records import JobRecords
from local_aws.sagemaker.model_records import Models
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.transform.job import TransformJob

_KEPT = (
    "TransformJobName", "ModelName", "MaxConcurrentTransforms", "ModelClientConfig",
    "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput", "TransformOutput",
    "TransformResources", "DataProcessing", "ExperimentConfig",
)  # fmt: skip


class TransformJobs:
    """CreateTransformJob; `records` answers for the jobs that exist."""

    def __init__(self, context: Context, region: str, tags: TagStore, models: Models) -> None:
        self._context = context
        self._region = region
        self._models = models
        self.records = JobRecords("TransformJob", "transform job", context, region, tags)

    def create(self, params: JsonObject) -> JsonObject:
        """Start a batch transform job; return its ARN.

        Raises:
            AwsError: AWS would refuse the request, or local_aws cannot run the job.
        """
        _check(params)
        container, role = self._models.container(params["ModelName"])
        return self.records.create(
            params,
            _KEPT,
            lambda full: TransformJob(self._context, self._region, full, container, role),
        )


def _check(params: JsonObject) -> None:
    """Raise unless local_aws can run the job as AWS would."""
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
