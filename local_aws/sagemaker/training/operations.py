"""The training operations of the SageMaker API, for one region."""

from __future__ import annotations

from local_aws.context import Context
from local_aws.http import JsonObject
from local_aws.sagemaker.job_records import JobRecords
from local_aws.sagemaker.roles import check_training_role
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
    """CreateTrainingJob; `records` answers for the jobs that exist."""

    def __init__(self, context: Context, region: str, tags: TagStore) -> None:
        self._context = context
        self._region = region
        self.records = JobRecords(
            *("TrainingJob", "training job", context, region, tags),
            taken="Training job names must be unique within an AWS account and region, and a "
            "training job with this name already exists",
            summary="SecondaryStatus",
            newest_first=False,
        )

    def create(self, params: JsonObject) -> JsonObject:
        """Start a training job; return its ARN.

        Raises:
            AwsError: AWS would refuse the request, or local_aws cannot run the job.
        """
        check_training_request(params)
        check_training_role(self._context.client("iam", self._region), params["RoleArn"])
        defaults: JsonObject = {
            "EnableNetworkIsolation": False,
            "EnableInterContainerTrafficEncryption": False,
            "EnableManagedSpotTraining": False,
            "StoppingCondition": {"MaxRuntimeInSeconds": 86_400},
            "SecondaryStatus": "Starting",
            "SecondaryStatusTransitions": [],
        }
        return self.records.create(
            params, _KEPT, lambda full: TrainingJob(self._context, self._region, full), defaults
        )
