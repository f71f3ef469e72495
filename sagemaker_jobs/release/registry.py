"""The model registry: a model package group with one version for each model that was judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.endpoint.revision import serving_artifact
from sagemaker_jobs.errors import GateFailed, NotThere

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.literals import ModelApprovalStatusType
    from mypy_boto3_sagemaker.type_defs import DescribeModelPackageOutputTypeDef

APPROVED: Final = "Approved"
REJECTED: Final = "Rejected"
_NOTE_CHARACTERS = 1024  # AWS's limit of an ApprovalDescription
_TEXTS = ("model_version", "data_fingerprint", "code_version")
_CONTENT_TYPES = ["application/json", "application/jsonlines", "text/plain"]
_ANSWER_TYPES = ["application/json", "text/plain"]


@dataclass(frozen=True)
class Version:
    """A registered model."""

    number: int
    status: str  # Approved, Rejected or PendingManualApproval
    model_version: str
    registered_at: str  # ISO 8601, UTC
    artifact: str  # S3 URI
    image: str
    figures: Mapping[str, float]
    data_fingerprint: str
    code_version: str
    note: str  # why it was approved or rejected
    serves: bool = False

    def line(self) -> str:
        """Return the version in one line."""
        accuracy = self.figures.get("accuracy")
        shown = "-" if accuracy is None else f"{accuracy:.4f}"
        serves = "  serves now" if self.serves else ""
        return (
            f"{self.number:>4}  {self.status:<21} {self.model_version:<16} accuracy {shown}  "
            f"{self.registered_at}{serves}"
        )


@dataclass(frozen=True)
class Candidate:
    """A model to register."""

    artifact: str  # S3 URI
    image: str
    description: Mapping[str, Any]  # model.json
    figures: Mapping[str, float]


def register(aws: Aws, candidate: Candidate, status: ModelApprovalStatusType, note: str) -> int:
    """Add the model as a version, with its group if that is missing; return its number."""
    group = aws.names.model_group
    if not or_none(lambda: aws.sagemaker.describe_model_package_group(ModelPackageGroupName=group)):
        aws.sagemaker.create_model_package_group(
            ModelPackageGroupName=group,
            ModelPackageGroupDescription=f"models of the stage {aws.stage}",
            Tags=aws.names.tag_list,  # type: ignore[arg-type]
        )
    found = candidate.description
    texts = {**found, "data_fingerprint": found.get("training", {}).get("data_fingerprint")}
    arn = aws.sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelPackageDescription=f"model {found['model_version']}",
        InferenceSpecification={
            "Containers": [{"Image": candidate.image, "ModelDataUrl": candidate.artifact}],
            "SupportedContentTypes": _CONTENT_TYPES,
            "SupportedResponseMIMETypes": _ANSWER_TYPES,
        },
        CustomerMetadataProperties={
            **{name: str(texts.get(name) or "unknown") for name in _TEXTS},
            **{name: str(value) for name, value in candidate.figures.items()},
        },
    )["ModelPackageArn"]
    number = int(arn.rpartition("/")[2])
    set_status(aws, number, status, note)
    return number


def set_status(aws: Aws, number: int, status: ModelApprovalStatusType, note: str) -> None:
    """Approve or reject the version; `note` says why."""
    aws.sagemaker.update_model_package(
        ModelPackageArn=_arn(aws, number),
        ModelApprovalStatus=status,
        ApprovalDescription=note[:_NOTE_CHARACTERS] or "-",
    )


def find(aws: Aws, number: int) -> Version:
    """Return the version of that number.

    Raises:
        NotThere: there is no such version.
    """
    package = or_none(
        lambda: aws.sagemaker.describe_model_package(ModelPackageName=_arn(aws, number))
    )
    if package is None:
        raise NotThere(
            f"the stage {aws.stage} has no model version {number}",
            hint=f"python -m sagemaker_jobs models list {aws.options}",
        )
    return _version(package, serving_artifact(aws))


def require_approved(aws: Aws, number: int) -> Version:
    """Return the version of that number.

    Raises:
        NotThere: there is no such version.
        GateFailed: it is not approved.
    """
    version = find(aws, number)
    if version.status != APPROVED:
        raise GateFailed(
            f"model version {number} is {version.status}: {version.note}",
            hint="train a better model, or to deploy it all the same, python -m sagemaker_jobs "
            f"models approve {number} {aws.options}",
        )
    return version


def versions(aws: Aws) -> list[Version]:
    """Return all versions, newest first."""
    group, serving = aws.names.model_group, serving_artifact(aws)
    if not has_group(aws):
        return []
    pages = aws.sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    arns = [p["ModelPackageArn"] for page in pages for p in page["ModelPackageSummaryList"]]
    found = [aws.sagemaker.describe_model_package(ModelPackageName=arn) for arn in arns]
    numbered = (_version(package, serving) for package in found)
    return sorted(numbered, key=lambda version: version.number, reverse=True)


def before_serving(aws: Aws) -> tuple[Version | None, Version]:
    """Return the version that serves, if it is registered, and the approved one before it.

    Raises:
        NotThere: there is no approved version to go back to.
    """
    found = versions(aws)
    serving = next((version for version in found if version.serves), None)
    for version in found:
        is_earlier = serving is None or version.number < serving.number
        if version.status == APPROVED and is_earlier and not version.serves:
            return serving, version
    raise NotThere(
        f"the stage {aws.stage} has no approved version before the serving one",
        hint=f"python -m sagemaker_jobs models list {aws.options}, then models rollback --to N",
    )


def has_group(aws: Aws) -> bool:
    """Return whether the stage has a registry that carries its tags."""
    group = or_none(
        lambda: aws.sagemaker.describe_model_package_group(
            ModelPackageGroupName=aws.names.model_group
        )
    )
    if group is None:
        return False
    tags = aws.sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    return aws.names.owns({tag["Key"]: tag["Value"] for tag in tags})


def remove_group(aws: Aws) -> None:
    """Delete all versions, then the group."""
    for version in versions(aws):
        aws.sagemaker.delete_model_package(ModelPackageName=_arn(aws, version.number))
    aws.sagemaker.delete_model_package_group(ModelPackageGroupName=aws.names.model_group)


def _arn(aws: Aws, number: int) -> str:
    names = aws.names
    return (
        f"arn:{names.partition}:sagemaker:{names.region}:{names.account}:"
        f"model-package/{names.model_group}/{number}"
    )


def _version(package: DescribeModelPackageOutputTypeDef, serving: str | None) -> Version:
    container = package["InferenceSpecification"]["Containers"][0]
    artifact = container.get("ModelDataUrl", "")
    texts = package.get("CustomerMetadataProperties", {})
    return Version(
        package.get("ModelPackageVersion", 0),
        package.get("ModelApprovalStatus", ""),
        texts.get("model_version", "unknown"),
        f"{package['CreationTime']:%Y-%m-%d %H:%M}",
        artifact,
        container.get("Image", ""),
        {name: float(value) for name, value in texts.items() if name not in _TEXTS},
        texts.get("data_fingerprint", "unknown"),
        texts.get("code_version", "unknown"),
        package.get("ApprovalDescription", ""),
        serves=artifact == serving,
    )
