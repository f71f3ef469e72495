"""Checks that CreateTrainingJob makes before anything starts."""

from __future__ import annotations

import re

from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.host.s3 import Location, StorageError
from local_aws.http import JsonObject
from local_aws.sagemaker.opt_ml import OPT_ML
from local_aws.sagemaker.quotas import check_quota

_REFUSED = (
    "DebugRuleConfigurations", "InfraCheckConfig", "MlflowConfig", "ModelPackageConfig",
    "ProfilerRuleConfigurations", "RemoteDebugConfig", "RetryStrategy", "ServerlessJobConfig",
    "SessionChainingConfig", "TensorBoardOutputConfig",
)  # fmt: skip


def check_training_request(params: JsonObject) -> None:
    """Raise unless local_aws can run the job as AWS would.

    Raises:
        ValidationError: AWS would refuse the job too.
        NotImplementedHereError: AWS would run the job, and local_aws cannot.
        AwsError: ResourceLimitExceeded, the quota is smaller.
    """
    for name in _REFUSED:
        if params.get(name):
            raise NotImplementedHereError(f"training jobs with {name}")
    _check_algorithm(params)
    _check_resources(params)
    _check_limits(params)
    _check_channels(params.get("InputDataConfig") or [])
    checkpoints = params.get("CheckpointConfig")
    if checkpoints:
        if not checkpoints.get("LocalPath", OPT_ML).startswith(OPT_ML):
            raise NotImplementedHereError(f"a checkpoint LocalPath outside {OPT_ML}")
        _check_uri(checkpoints["S3Uri"])
    _check_uri(params["OutputDataConfig"]["S3OutputPath"])


def _check_algorithm(params: JsonObject) -> None:
    algorithm = params.get("AlgorithmSpecification")
    if not algorithm:
        raise ValidationError("AlgorithmSpecification is required")
    if not algorithm.get("TrainingImage"):
        raise NotImplementedHereError("training jobs without a TrainingImage")
    if algorithm["TrainingInputMode"] == "Pipe":
        raise NotImplementedHereError("TrainingInputMode Pipe; use File")
    program = (params.get("HyperParameters") or {}).get("sagemaker_program")
    if not program and not algorithm.get("ContainerEntrypoint"):
        raise NotImplementedHereError(
            "training images without script mode: no container engine runs here, so give the "
            "hyperparameters sagemaker_program and sagemaker_submit_directory"
        )
    for metric in algorithm.get("MetricDefinitions") or []:
        try:
            re.compile(metric["Regex"])
        except re.error as error:
            raise ValidationError(
                f"the regular expression of the metric {metric['Name']} is invalid: {error}"
            ) from error


def _check_resources(params: JsonObject) -> None:
    resources = params.get("ResourceConfig")
    if not resources:
        raise ValidationError("ResourceConfig is required")
    if not resources.get("InstanceType") or not resources.get("InstanceCount"):
        raise NotImplementedHereError("ResourceConfig without InstanceType and InstanceCount")
    check_quota(resources["InstanceType"], resources["InstanceCount"], "training job")


def _check_limits(params: JsonObject) -> None:
    limits = params.get("StoppingCondition") or {}
    wait_s = limits.get("MaxWaitTimeInSeconds")
    if not params.get("EnableManagedSpotTraining"):
        if wait_s is not None:
            raise ValidationError(
                "MaxWaitTimeInSeconds can be specified only when EnableManagedSpotTraining is true"
            )
        return
    if wait_s is None:
        raise ValidationError(
            "MaxWaitTimeInSeconds must be specified when EnableManagedSpotTraining is set to true"
        )
    if wait_s < limits.get("MaxRuntimeInSeconds", 86_400):
        raise ValidationError(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
            "MaxRuntimeInSeconds"
        )


def _check_channels(channels: list[JsonObject]) -> None:
    names = [channel["ChannelName"] for channel in channels]
    if len(set(names)) < len(names):
        raise ValidationError("Channel names must be unique")
    for channel in channels:
        source = channel["DataSource"].get("S3DataSource")
        if source is None:
            raise NotImplementedHereError("channels from a file system; use S3DataSource")
        if source["S3DataType"] != "S3Prefix":
            raise NotImplementedHereError(f"channels of S3DataType {source['S3DataType']}")
        if channel.get("InputMode") == "Pipe":
            raise NotImplementedHereError("InputMode Pipe; use File")
        if channel.get("RecordWrapperType", "None") != "None":
            raise NotImplementedHereError("RecordWrapperType RecordIO")
        _check_uri(source["S3Uri"])


def _check_uri(uri: str) -> None:
    try:
        Location.parse(uri)
    except StorageError as error:
        raise ValidationError(str(error)) from error
