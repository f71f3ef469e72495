"""One revision of the endpoint: a model and a configuration, named by their content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws import images, inventory
from sagemaker_jobs.aws.encryption import has_local_storage, output_key, read_key
from sagemaker_jobs.aws.model_artifacts import as_archive, uri_of_file, uri_of_job
from sagemaker_jobs.aws.role import while_role_is_new
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.endpoint.artifact_check import check_artifact
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import DeploymentConfigTypeDef

VARIANT = "AllTraffic"
# AWS's image reads the first two; our own container and local_aws start code/serve.py
_ENVIRONMENT = {
    "SAGEMAKER_PROGRAM": "predict.py",
    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime would report to Microsoft (SECURITY.md)
}


@dataclass(frozen=True)
class DeploySettings:
    """The model to deploy and its hosting."""

    artifact: Path | None = None  # otherwise that at `uri`
    uri: str | None = None  # of a model in S3; otherwise that of `job`
    job: str | None = None  # otherwise the stage's newest completed one
    image: str | None = None  # otherwise ours of today's code, or AWS's
    instance_type: str = "ml.m5.large"  # the smallest that AWS's image fits in with two workers
    instance_count: int = 1
    max_instances: int | None = None  # more than instance_count: scaled between them
    serverless: bool = False
    memory_mb: int = 3072
    max_concurrency: int = 5
    bake_s: int = 0  # how long an update keeps the old instances, and watches an alarm
    smoke_test: bool = True
    confirmed: bool = False  # replace an endpoint that AWS cannot update, without asking

    @property
    def hosting(self) -> str:
        """Instances, or serverless and its memory, for people."""
        if self.serverless:
            return f"serverless, {self.memory_mb} MB"
        most = self.max_instances or self.instance_count
        count = f"{self.instance_count} to {most}" if most > self.instance_count else most
        return f"{count} x {self.instance_type}"

    @property
    def n_workers(self) -> int:
        """The model processes under AWS's image: one for each virtual CPU.

        >>> [DeploySettings(instance_type=f"ml.{name}").n_workers
        ...  for name in ("t2.medium", "m5.large", "m5.xlarge", "m5.4xlarge")]
        [2, 2, 4, 16]
        """
        if self.serverless:
            return self.max_concurrency
        size = self.instance_type.rpartition(".")[2]
        multiple = size.removesuffix("xlarge")
        n_cpus = 4 * int(multiple or 1) if multiple.isdigit() or size == "xlarge" else 2
        return self.instance_count * n_cpus


@dataclass(frozen=True)
class Revision:
    """A model and its hosting; equal content has an equal `name`."""

    name: str
    artifact: str  # S3 URI
    image: str
    settings: DeploySettings
    kms_key: str | None  # of the instances' volumes; None: AWS's own

    @classmethod
    def of(cls, aws: Aws, artifact: str, image: str, settings: DeploySettings) -> Revision:
        """Return the revision, named by its content."""
        has_volume = not settings.serverless and not has_local_storage(settings.instance_type)
        key = read_key(aws) if has_volume else None
        content = [artifact, image, _ENVIRONMENT, _variant("", settings), *([key] if key else [])]
        digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        return cls(aws.names.revision(digest[:12]), artifact, image, settings, key)


def find_revision(aws: Aws, settings: DeploySettings, *, ui: Ui) -> tuple[Revision, str]:
    """Return what to serve, and the sha256 of the artifact if it is a local file.

    Raises:
        InvalidSetting: the artifact cannot be served, or not by the image.
        NotThere: there is no such image, or no trained model.
    """
    image = images.serving_image(
        aws,
        settings.image,
        instance_type=settings.instance_type,
        serverless_mb=settings.memory_mb if settings.serverless else None,
        ui=ui,
    )
    if settings.artifact:
        with as_archive(settings.artifact) as archive:
            check_artifact(archive)
        artifact, sha256 = uri_of_file(aws, settings.artifact)
    else:
        artifact, sha256 = settings.uri or uri_of_job(aws, settings.job), ""
    return Revision.of(aws, artifact, image, settings), sha256


def ensure(
    aws: Aws, revision: Revision, role_arn: str, *, ui: Ui, sleep: Callable[[float], None]
) -> None:
    """Create the revision's model and configuration if they do not exist."""
    ensure_model(aws, revision, role_arn, ui=ui, sleep=sleep)
    name = revision.name
    if not or_none(lambda: aws.sagemaker.describe_endpoint_config(EndpointConfigName=name)):
        aws.sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[_variant(name, revision.settings)],  # type: ignore[list-item]
            **output_key(revision.kms_key),
            Tags=aws.names.tag_list,  # type: ignore[arg-type]
        )


def ensure_model(
    aws: Aws, revision: Revision, role_arn: str, *, ui: Ui, sleep: Callable[[float], None]
) -> None:
    """Create the revision's model if it does not exist."""
    name = revision.name
    if not or_none(lambda: aws.sagemaker.describe_model(ModelName=name)):
        while_role_is_new(
            lambda: aws.sagemaker.create_model(
                ModelName=name,
                ExecutionRoleArn=role_arn,
                PrimaryContainer={
                    "Image": revision.image,
                    "ModelDataUrl": revision.artifact,
                    "Environment": _ENVIRONMENT | {"ENDPOINT_NAME": aws.names.endpoint},
                },
                Tags=aws.names.tag_list,  # type: ignore[arg-type]
            ),
            ui=ui,
            sleep=sleep,
        )


def point_endpoint(
    aws: Aws,
    name: str,
    *,
    update: bool,
    keep_count: bool = False,
    guard: DeploymentConfigTypeDef | None = None,
) -> None:
    """Let the endpoint serve the revision of that name.

    An update with `keep_count` keeps the number of instances that autoscaling has reached; `guard`
    watches it.
    """
    endpoint = aws.names.endpoint
    if update:
        guarded: dict[str, Any] = {"DeploymentConfig": guard} if guard else {}
        aws.sagemaker.update_endpoint(
            EndpointName=endpoint,
            EndpointConfigName=name,
            RetainAllVariantProperties=keep_count,
            **guarded,
        )
    else:
        aws.sagemaker.create_endpoint(
            EndpointName=endpoint,
            EndpointConfigName=name,
            Tags=aws.names.tag_list,  # type: ignore[arg-type]
        )


def _variant(model: str, settings: DeploySettings) -> dict[str, Any]:
    variant = {"VariantName": VARIANT, "ModelName": model, "InitialVariantWeight": 1.0}
    if settings.serverless:
        return variant | {
            "ServerlessConfig": {
                "MemorySizeInMB": settings.memory_mb,
                "MaxConcurrency": settings.max_concurrency,
            }
        }
    return variant | {
        "InstanceType": settings.instance_type,
        "InitialInstanceCount": settings.instance_count,
    }


def is_serverless(aws: Aws, name: str) -> bool:
    """Return whether the revision of that name has serverless hosting."""
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    return "ServerlessConfig" in config["ProductionVariants"][0]


def count_instances(aws: Aws, name: str) -> int:
    """Return the number of instances of the revision of that name."""
    config = aws.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    return config["ProductionVariants"][0].get("InitialInstanceCount", 1)


def remove_revision(aws: Aws, name: str) -> None:
    """Delete the configuration and the model of a revision, where they exist."""
    or_none(lambda: aws.sagemaker.delete_endpoint_config(EndpointConfigName=name))
    or_none(lambda: aws.sagemaker.delete_model(ModelName=name))


def remove_others(aws: Aws, current: str) -> tuple[str, ...]:
    """Delete the endpoint's configurations and models except the current; return their names."""
    removed = []
    for config in inventory.endpoint_configs(aws):
        if config != current:
            aws.sagemaker.delete_endpoint_config(EndpointConfigName=config)
            removed.append(f"endpoint configuration {config}")
    for model in inventory.models(aws):
        if model != current:
            aws.sagemaker.delete_model(ModelName=model)
            removed.append(f"model {model}")
    return tuple(removed)


def serving_artifact(aws: Aws) -> str | None:
    """Return the S3 URI of the model that the endpoint serves; None if it serves none."""
    endpoint = or_none(lambda: aws.sagemaker.describe_endpoint(EndpointName=aws.names.endpoint))
    if not endpoint or not endpoint.get("ProductionVariants"):
        return None
    name = endpoint["EndpointConfigName"]
    config = or_none(lambda: aws.sagemaker.describe_endpoint_config(EndpointConfigName=name))
    named = config["ProductionVariants"][0].get("ModelName", "") if config else ""
    model = or_none(lambda: aws.sagemaker.describe_model(ModelName=named)) if named else None
    return model["PrimaryContainer"].get("ModelDataUrl") if model else None
