"""The request that starts a training job, and the metrics that SageMaker reads from its log."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sagemaker_jobs.aws.encryption import output_key, volume_key
from sagemaker_jobs.aws.names import CHECKPOINTS, JOBS
from sagemaker_jobs.aws.session import Aws

MAX_RUNTIME_S = 8 * 3600  # limits a job's cost; the default recipe takes 5 1/2 hours on two cores
_VOLUME_GB = 30
# SageMaker plots these metrics in its console and keeps their last values with the job. Only the
# phases that train the served model count; `sentiment.training.history` writes the lines.
_SERVED = r'"phase": "(?:student|self_training(?:_\d+)?|classifier)", .*'
_NUMBER = r'"?(-?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|-?Infinity)'
METRIC_DEFINITIONS = [
    {"Name": name, "Regex": f'{_SERVED}"{key}": {_NUMBER}'}
    for name, key in (
        ("train:loss", "train_loss"),
        ("validation:loss", "validation_loss"),
        ("validation:accuracy", "validation_accuracy"),
    )
]


@dataclass(frozen=True)
class TrainingSettings:
    """The settings of a training job."""

    image: str
    dataset: str  # S3 URI
    role_arn: str
    warm_start: str | None = None  # S3 URI of the model.tar.gz with the initial weights
    hyperparameters: Mapping[str, str] = field(default_factory=dict)
    instance_type: str = "ml.m5.2xlarge"
    instance_count: int = 1
    max_runtime_s: int = MAX_RUNTIME_S
    kms_key: str | None = None  # of the output and the volume; None: AWS's own
    max_wait_s: int | None = None  # for spot capacity, the run included; None: not on spot


def job_request(aws: Aws, job: str, settings: TrainingSettings, source: str) -> dict[str, Any]:
    """Return CreateTrainingJob's parameters, by the script-mode contract of AWS's images."""
    names = aws.names
    script_mode: dict[str, str | bool] = {
        "sagemaker_program": "train.py",
        "sagemaker_submit_directory": source,
        "sagemaker_region": aws.region,
        "sagemaker_job_name": job,
    }
    if settings.instance_count > 1:  # the toolkit starts train.py under torchrun on every host
        script_mode["sagemaker_torch_distributed_enabled"] = True
    encoded = {key: json.dumps(value) for key, value in script_mode.items()}
    spot = settings.max_wait_s is not None
    return {
        "TrainingJobName": job,
        "RoleArn": settings.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": settings.image,
            "TrainingInputMode": "File",
            "MetricDefinitions": METRIC_DEFINITIONS,
        },
        "HyperParameters": {**settings.hyperparameters, **encoded},
        "InputDataConfig": [
            _channel("training", settings.dataset),
            *([_channel("model", settings.warm_start)] if settings.warm_start else []),
        ],
        "OutputDataConfig": {"S3OutputPath": names.uri(JOBS), **output_key(settings.kms_key)},
        "CheckpointConfig": {
            "S3Uri": names.uri(f"{CHECKPOINTS}/{job}"),
            "LocalPath": "/opt/ml/checkpoints",
        },
        "ResourceConfig": {
            "InstanceType": settings.instance_type,
            "InstanceCount": settings.instance_count,
            "VolumeSizeInGB": _VOLUME_GB,
            **volume_key(settings.kms_key, settings.instance_type),
        },
        "StoppingCondition": {
            "MaxRuntimeInSeconds": settings.max_runtime_s,
            **({"MaxWaitTimeInSeconds": settings.max_wait_s} if spot else {}),
        },
        "EnableManagedSpotTraining": spot,
        "Tags": names.tag_list,
    }


def _channel(name: str, uri: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {
                "S3DataType": "S3Prefix",
                "S3Uri": uri,
                "S3DataDistributionType": "FullyReplicated",
            }
        },
    }
