"""A training host: its /opt/ml folder, environment, and the command that AWS's image would run."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from local_aws.context import Context
from local_aws.errors import LocalAwsError
from local_aws.host.processes import host_environment
from local_aws.http import JsonObject
from local_aws.sagemaker.opt_ml import relocate

_TOOLKITS = ("sagemaker_training", "sagemaker_pytorch_container")
# AWS's PyTorch training image runs this; SAGEMAKER_TRAINING_MODULE names the framework's module
_TOOLKIT_COMMAND = (
    sys.executable,
    "-c",
    "from sagemaker_training.cli.train import main; main()",
)


class ToolkitMissingError(LocalAwsError):
    """AWS's training toolkits are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "ClientError: AWS's training toolkits (sagemaker-training and "
            "sagemaker-pytorch-training) are not installed; install them with: "
            "pip install -r requirements-dev.txt"
        )


@dataclass(frozen=True)
class Host:
    """A machine of the job: the others reach it at `address`, and `base` is its /opt/ml."""

    name: str
    address: str
    work: Path

    @property
    def base(self) -> Path:
        """Return the host's /opt/ml folder."""
        return self.work / "opt" / "ml"


def lay_out(host: Host, hosts: list[str], job: JsonObject) -> None:
    """Make the folders and the three configuration files of a training container."""
    base = host.base
    for folder in ("input/config", "input/data", "model", "output/data", "code", "checkpoints"):
        (base / folder).mkdir(parents=True)
    resources = {
        "current_host": host.address,
        "hosts": hosts,
        "network_interface_name": "lo",
        "current_instance_type": job["ResourceConfig"]["InstanceType"],
        "current_group_name": "homogeneousCluster",
        "instance_groups": [
            {
                "instance_group_name": "homogeneousCluster",
                "instance_type": job["ResourceConfig"]["InstanceType"],
                "hosts": hosts,
            }
        ],
    }
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": "File",
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
        }
        for channel in job.get("InputDataConfig") or []
    }
    for name, content in (
        ("hyperparameters", job.get("HyperParameters") or {}),
        ("inputdataconfig", channels),
        ("resourceconfig", resources),
    ):
        (base / "input/config" / f"{name}.json").write_text(json.dumps(content))


def container_environment(
    host: Host, job: JsonObject, context: Context, region: str
) -> dict[str, str]:
    """Return the environment of the job's container; AWS's variables override the job's own."""
    own = {
        name: relocate(value, host.base) for name, value in (job.get("Environment") or {}).items()
    }
    return {
        **host_environment(host.work),
        **own,
        **context.environment(region, job["RoleArn"]),
        "SAGEMAKER_BASE_DIR": str(host.base),
        "SAGEMAKER_REGION": region,
        "SAGEMAKER_TRAINING_MODULE": "sagemaker_pytorch_container.training:main",
        "SM_STUDIO_LOCAL_MODE": "true",  # no fifteen-minute wait for a DNS name
        "TRAINING_JOB_NAME": job["TrainingJobName"],
        "TRAINING_JOB_ARN": job["TrainingJobArn"],
    }


def training_command(host: Host, job: JsonObject) -> list[str]:
    """Return the command of the job's container.

    A ContainerEntrypoint runs with /opt/ml replaced in its words and in its driver scripts. The
    SageMaker SDK's ModelTrainer sends these in a channel. Without one, AWS's toolkit runs.

    Raises:
        ToolkitMissingError: the job needs the toolkit, which is not installed.
    """
    algorithm = job["AlgorithmSpecification"]
    if algorithm.get("ContainerEntrypoint"):
        words = [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", [])]
        for path in (host.base / "input/data/sm_drivers").rglob("*"):
            if path.suffix in {".py", ".sh"}:
                path.write_text(relocate(path.read_text(), host.base))
        return [relocate(word, host.base) for word in words]
    if any(importlib.util.find_spec(name) is None for name in _TOOLKITS):
        raise ToolkitMissingError
    return list(_TOOLKIT_COMMAND)
