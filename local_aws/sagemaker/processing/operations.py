"""The processing operations of the SageMaker API, for one region."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.context import Context
from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.host.s3 import Location, StorageError
from local_aws.http import JsonObject
from local_aws.sagemaker.job_records import JobRecords
from local_aws.sagemaker.opt_ml import OPT_ML
from local_aws.sagemaker.processing.job import ProcessingJob
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.roles import check_training_role
from local_aws.sagemaker.tags import TagStore

_KEPT = (
    "ProcessingInputs", "ProcessingOutputConfig", "ProcessingJobName", "ProcessingResources",
    "StoppingCondition", "AppSpecification", "Environment", "NetworkConfig", "RoleArn",
    "ExperimentConfig",
)  # fmt: skip


class ProcessingJobs:
    """CreateProcessingJob; `records` answers for the jobs that exist."""

    def __init__(self, context: Context, region: str, tags: TagStore) -> None:
        self._context = context
        self._region = region
        self.records = JobRecords("ProcessingJob", "processing job", context, region, tags)

    def create(self, params: JsonObject) -> JsonObject:
        """Start a processing job; return its ARN.

        Raises:
            AwsError: AWS would refuse the request, or local_aws cannot run the job.
        """
        _check(params)
        check_training_role(self._context.client("iam", self._region), params["RoleArn"])
        return self.records.create(
            params,
            _KEPT,
            lambda full: ProcessingJob(self._context, self._region, full),
        )


def _check(params: JsonObject) -> None:
    """Raise unless local_aws can run the job as AWS would."""
    if not params["AppSpecification"].get("ContainerEntrypoint"):
        raise NotImplementedHereError(
            "processing jobs without ContainerEntrypoint: no container engine runs here"
        )
    cluster = params["ProcessingResources"]["ClusterConfig"]
    if not cluster.get("InstanceType") or not cluster.get("InstanceCount"):
        raise NotImplementedHereError("ClusterConfig without InstanceType and InstanceCount")
    check_quota(cluster["InstanceType"], cluster["InstanceCount"], "processing job")
    for place in _places(params):
        if not place.get("LocalPath", OPT_ML).startswith(f"{OPT_ML}/"):
            raise NotImplementedHereError(f"a LocalPath outside {OPT_ML}")
        try:
            Location.parse(place["S3Uri"])
        except StorageError as error:
            raise ValidationError(str(error)) from error


def _places(params: JsonObject) -> Iterator[JsonObject]:
    """Yield the S3Input of each input and the S3Output of each output."""
    for given in params.get("ProcessingInputs") or []:
        source = given.get("S3Input")
        if not source or given.get("AppManaged"):
            raise NotImplementedHereError("processing inputs that are not an S3Input")
        if source["S3DataType"] != "S3Prefix" or source.get("S3InputMode", "File") != "File":
            raise NotImplementedHereError("processing inputs other than File mode of an S3Prefix")
        yield source
    for wanted in (params.get("ProcessingOutputConfig") or {}).get("Outputs") or []:
        if not wanted.get("S3Output") or wanted.get("AppManaged"):
            raise NotImplementedHereError("processing outputs that are not an S3Output")
        yield wanted["S3Output"]
