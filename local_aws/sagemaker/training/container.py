"""A training host: its /opt/ml folder, environment, and the command that AWS's image would run."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws.context import Context
from local_aws.errors import LocalAwsError
from local_aws.host.mounts import NO_MOUNTS, in_container, private_mounts
from local_aws.host.processes import host_environment
from local_aws.http import JsonObject
from local_aws.sagemaker.opt_ml import OPT_ML, relocate

_TOOLKITS = ("sagemaker_training", "sagemaker_pytorch_container")
# AWS's PyTorch training image runs this; SAGEMAKER_TRAINING_MODULE names the framework's module.
# The script runs in a process of its own; this one wants PyTorch's version, and would import it all
_TOOLKIT = """
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from types import SimpleNamespace
from sagemaker_training.cli.train import main

with suppress(PackageNotFoundError):
    sys.modules["torch"] = SimpleNamespace(__version__=version("torch"))
main()
"""


class ToolkitMissingError(LocalAwsError):
    """AWS's training toolkits are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "ClientError: AWS's training toolkits (sagemaker-training and "
            "sagemaker-pytorch-training) are not installed; install them with: "
            "pip install sagemaker-training sagemaker-pytorch-training"
        )


class ModelLostError(LocalAwsError):
    """The program wrote its model where a container has /opt/ml, and local_aws has not."""

    def __init__(self, script: str) -> None:
        super().__init__(
            f"ClientError: SM_MODEL_DIR holds no model, and {script} names {OPT_ML}, which this "
            f"machine cannot provide: {NO_MOUNTS}; use SM_MODEL_DIR in {script}"
        )


@dataclass(frozen=True)
class Host:
    """A machine of the job: the others reach it at `address`, and `base` is its /opt/ml.

    The address is its name where the job's programs can look that up, else its `loopback` address.
    """

    name: str
    address: str
    loopback: str
    work: Path

    @property
    def base(self) -> Path:
        """Return the host's /opt/ml folder."""
        return self.work / "opt" / "ml"


def make_hosts(count: int, work: Path) -> list[Host]:
    """Return a job's hosts algo-1, algo-2 and so on; their files are in `work`."""
    by_name = count == 1 or bool(private_mounts())
    numbered = [(f"algo-{n}", f"127.0.0.{n}") for n in range(1, count + 1)]
    return [
        Host(name, name if by_name else loopback, loopback, work / name)
        for name, loopback in numbered
    ]


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


def training_command(host: Host, hosts: Sequence[Host], job: JsonObject) -> list[str]:
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
                text = relocate(path.read_text(), host.base)
                # its Torchrun driver always calls the first host by this name
                path.write_text(text.replace('"algo-1"', f'"{hosts[0].address}"'))
        command = [relocate(word, host.base) for word in words]
    elif any(importlib.util.find_spec(name) is None for name in _TOOLKITS):
        raise ToolkitMissingError
    else:
        command = [sys.executable, "-c", _TOOLKIT]
    return in_container(command, host.base, {other.name: other.loopback for other in hosts})


def check_model(host: Host) -> None:
    """Raise if the host's program wrote its model to a /opt/ml that is not the host's.

    Raises:
        ModelLostError: there is no model, and a script names /opt/ml.
    """
    if private_mounts() or any((host.base / "model").iterdir()):
        return
    for folder in ("code", "input/data/code"):
        for path in sorted((host.base / folder).rglob("*.py")):
            if OPT_ML in path.read_text(errors="replace"):
                raise ModelLostError(path.name)
