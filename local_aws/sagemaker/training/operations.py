"""The training operations of the SageMaker API, for one region."""

from __future__ import annotations

import threading
import time

from local_aws.context import Context
from local_aws.errors import AwsError, ValidationError
from local_aws.http import JsonObject
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.roles import check_role
from local_aws.sagemaker.tags import TagStore
from local_aws.sagemaker.training.job import TrainingJob
from local_aws.sagemaker.training.request_checks import check_training_request

_KEPT = (
    "TrainingJobName", "HyperParameters", "AlgorithmSpecification", "RoleArn", "InputDataConfig",
    "OutputDataConfig", "ResourceConfig", "VpcConfig", "StoppingCondition", "CheckpointConfig",
    "EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining",
    "Environment", "DebugHookConfig", "ProfilerConfig", "ExperimentConfig",
)  # fmt: skip


class TrainingJobs:
    """All training jobs of a region."""

    def __init__(self, context: Context, region: str, tags: TagStore) -> None:
        self._context = context
        self._region = region
        self._tags = tags
        self._jobs: dict[str, TrainingJob] = {}
        self._lock = threading.Lock()

    def create(self, params: JsonObject) -> JsonObject:
        check_training_request(params)
        check_role(self._context.client("iam", self._region), params["RoleArn"])
        name = params["TrainingJobName"]
        arn = self._context.arn("training-job", name, self._region)
        now = time.time()
        description: JsonObject = {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            # an empty structure says nothing and breaks readers that expect its members
            **{key: params[key] for key in _KEPT if params.get(key) not in (None, {}, [])},
            "TrainingJobArn": arn,
            "TrainingJobStatus": "InProgress",
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [],
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        with self._lock:
            if name in self._jobs:
                raise AwsError(
                    "ResourceInUse",
                    "Training job names must be unique within an AWS account and region, and a "
                    f"training job with this name already exists ({arn})",
                )
            job = TrainingJob(self._context, self._region, description)
            self._jobs[name] = job
            self._tags.register(arn, params.get("Tags"))
        job.start()
        return {"TrainingJobArn": arn}

    def stop(self, params: JsonObject) -> JsonObject:
        job = self._find(params)
        if not job.request_stop():
            status = job.describe()["TrainingJobStatus"]
            raise ValidationError(
                f"The request was rejected because the training job is in status {status}."
            )
        return {}

    def describe(self, params: JsonObject) -> JsonObject:
        """Run DescribeTrainingJob."""
        return self._find(params).describe()

    def list(self, params: JsonObject) -> JsonObject:
        with self._lock:
            jobs = list(self._jobs.values())
        return list_page(
            [job.describe() for job in jobs],
            params,
            kind="TrainingJob",
            summary=pick(
                "TrainingJobName",
                "TrainingJobArn",
                "CreationTime",
                "TrainingEndTime",
                "LastModifiedTime",
                "TrainingJobStatus",
                "SecondaryStatus",
            ),
            result_key="TrainingJobSummaries",
            descending=False,
        )

    def _find(self, params: JsonObject) -> TrainingJob:
        with self._lock:
            job = self._jobs.get(params["TrainingJobName"])
        if job is None:
            raise ValidationError("Requested resource not found.")
        return job
