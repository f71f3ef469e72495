"""The model registry: model package groups, and the versions in each of them."""

from __future__ import annotations

import threading
import time

from local_aws.context import Context
from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.http import JsonObject
from local_aws.sagemaker.model_records import check_model_data
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.tags import TagStore

_KEPT = (
    "ModelPackageDescription", "InferenceSpecification", "MetadataProperties", "ModelMetrics",
    "Domain", "Task", "SamplePayloadUrl", "CustomerMetadataProperties", "DriftCheckBaselines",
    "SkipModelValidation", "SourceUri",
)  # fmt: skip
_REFUSED = (
    "AdditionalInferenceSpecifications", "ManagedStorageType", "ModelCard", "ModelLifeCycle",
    "ModelPackageRegistrationType", "SecurityConfig", "SourceAlgorithmSpecification",
    "ValidationSpecification",
)  # fmt: skip
_REFUSED_UPDATES = (
    "AdditionalInferenceSpecificationsToAdd", "InferenceSpecification", "ModelCard",
    "ModelLifeCycle", "ModelPackageRegistrationType", "SourceUri",
)  # fmt: skip
_SUMMARY = (
    "ModelPackageGroupName", "ModelPackageVersion", "ModelPackageArn", "ModelPackageDescription",
    "CreationTime", "ModelPackageStatus", "ModelApprovalStatus",
)  # fmt: skip
_MOST_PROPERTIES = 50


class ModelPackages:
    """The groups and the versions of one region."""

    def __init__(self, context: Context, region: str, tags: TagStore) -> None:
        self._context = context
        self._region = region
        self._tags = tags
        self._groups: dict[str, JsonObject] = {}  # by ARN
        self._packages: dict[str, JsonObject] = {}  # by ARN
        self._n_versions: dict[str, int] = {}  # ever made, by the group's ARN
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ groups

    def create_group(self, params: JsonObject) -> JsonObject:
        name = params["ModelPackageGroupName"]
        if params.get("ManagedConfiguration"):
            raise NotImplementedHereError("model package groups with ManagedConfiguration")
        arn = self._arn("model-package-group", name)
        with self._lock:
            if arn in self._groups:
                raise ValidationError(f"Model Package Group already exists: {arn}")
            self._groups[arn] = {
                "ModelPackageGroupName": name,
                "ModelPackageGroupArn": arn,
                "ModelPackageGroupDescription": params.get("ModelPackageGroupDescription"),
                "ModelPackageGroupStatus": "Completed",
                "CreationTime": time.time(),
                "CreatedBy": {},
            }
            self._n_versions[arn] = 0
            self._tags.register(arn, params.get("Tags"))
        return {"ModelPackageGroupArn": arn}

    def group(self, params: JsonObject) -> JsonObject:
        with self._lock:
            return dict(self._group(params["ModelPackageGroupName"]))

    def list_groups(self, params: JsonObject) -> JsonObject:
        with self._lock:
            groups = list(self._groups.values())
        return list_page(
            groups,
            params,
            kind="ModelPackageGroup",
            summary=pick(
                *(f"ModelPackageGroup{part}" for part in ("Name", "Arn", "Description", "Status")),
                "CreationTime",
            ),
            result_key="ModelPackageGroupSummaryList",
            descending=False,
        )

    def delete_group(self, params: JsonObject) -> JsonObject:
        """Answer DeleteModelPackageGroup.

        Raises:
            ValidationError: the group does not exist, or has versions.
        """
        with self._lock:
            group = self._group(params["ModelPackageGroupName"])
            arn, name = group["ModelPackageGroupArn"], group["ModelPackageGroupName"]
            if any(p["ModelPackageGroupName"] == name for p in self._packages.values()):
                raise ValidationError(
                    f"Cannot delete Model Package Group {arn}: it contains Model Packages."
                )
            del self._groups[arn], self._n_versions[arn]
        self._tags.forget(arn)
        return {}

    # ------------------------------------------------------------------ versions

    def create(self, params: JsonObject) -> JsonObject:
        """Answer CreateModelPackage: add a version to a group.

        Raises:
            ValidationError: the group, or the model's file, does not exist.
        """
        if params.get("ModelPackageName"):
            raise NotImplementedHereError("model packages outside a group")
        if not params.get("ModelPackageGroupName"):
            raise ValidationError(
                "Either ModelPackageName or ModelPackageGroupName must be specified."
            )
        for name in _REFUSED:
            if params.get(name):
                raise NotImplementedHereError(f"model packages with {name}")
        if params.get("Tags"):
            raise ValidationError("Tags are not allowed on versioned model packages.")
        if not params.get("InferenceSpecification"):
            raise ValidationError(
                "Either InferenceSpecification or SourceAlgorithmSpecification must be specified."
            )
        client = self._context.client("s3", self._region)
        for container in params["InferenceSpecification"]["Containers"]:
            check_model_data(client, container)
        with self._lock:
            group = self._group(params["ModelPackageGroupName"])
            name, group_arn = group["ModelPackageGroupName"], group["ModelPackageGroupArn"]
            self._n_versions[group_arn] = version = self._n_versions[group_arn] + 1
            arn = self._arn("model-package", f"{name}/{version}")
            now = time.time()
            self._packages[arn] = {
                **{key: params[key] for key in _KEPT if params.get(key) is not None},
                "ModelPackageName": name,
                "ModelPackageGroupName": name,
                "ModelPackageVersion": version,
                "ModelPackageArn": arn,
                "ModelPackageStatus": "Completed",
                "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
                "ModelApprovalStatus": params.get("ModelApprovalStatus", "PendingManualApproval"),
                "CertifyForMarketplace": False,
                "CreationTime": now,
                "LastModifiedTime": now,
            }
        return {"ModelPackageArn": arn}

    def describe(self, params: JsonObject) -> JsonObject:
        with self._lock:
            return dict(self._package(params["ModelPackageName"]))

    def list(self, params: JsonObject) -> JsonObject:
        """Answer ListModelPackages; without a group, no versions are listed, as on AWS."""
        group, kind = params.get("ModelPackageGroupName"), params.get("ModelPackageType")
        with self._lock:
            wanted = self._group(group)["ModelPackageGroupName"] if group else None
            found = list(self._packages.values())
        if kind == "Unversioned" or (wanted is None and kind is None):
            found = []
        status = params.get("ModelApprovalStatus")
        return list_page(
            [
                package
                for package in found
                if wanted in (None, package["ModelPackageGroupName"])
                and status in (None, package["ModelApprovalStatus"])
            ],
            params,
            kind="ModelPackage",
            summary=pick(*_SUMMARY),
            result_key="ModelPackageSummaryList",
            descending=False,
        )

    def update(self, params: JsonObject) -> JsonObject:
        """Answer UpdateModelPackage: the approval and the metadata."""
        for name in _REFUSED_UPDATES:
            if params.get(name):
                raise NotImplementedHereError(f"UpdateModelPackage with {name}")
        with self._lock:
            package = self._package(params["ModelPackageArn"])
            properties = {
                **package.get("CustomerMetadataProperties", {}),
                **(params.get("CustomerMetadataProperties") or {}),
            }
            for name in params.get("CustomerMetadataPropertiesToRemove") or ():
                properties.pop(name, None)
            if len(properties) > _MOST_PROPERTIES:
                raise ValidationError(
                    f"A model package has at most {_MOST_PROPERTIES} metadata properties."
                )
            changed = {
                name: params[name]
                for name in ("ModelApprovalStatus", "ApprovalDescription")
                if params.get(name) is not None
            }
            package |= {
                **changed,
                "CustomerMetadataProperties": properties,
                "LastModifiedTime": time.time(),
            }
            return {"ModelPackageArn": package["ModelPackageArn"]}

    def delete(self, params: JsonObject) -> JsonObject:
        with self._lock:
            del self._packages[self._package(params["ModelPackageName"])["ModelPackageArn"]]
        return {}

    def _arn(self, kind: str, name: str) -> str:
        return name if name.startswith("arn:") else self._context.arn(kind, name, self._region)

    def _group(self, name: str) -> JsonObject:
        """Return the group of a name or ARN; the caller holds the lock."""
        arn = self._arn("model-package-group", name)
        if arn not in self._groups:
            raise ValidationError(f"ModelPackageGroup {arn} does not exist.")
        return self._groups[arn]

    def _package(self, name: str) -> JsonObject:
        """Return the version of an ARN or GROUP/VERSION; the caller holds the lock."""
        arn = self._arn("model-package", name)
        if arn not in self._packages:
            raise ValidationError(f"ModelPackage {arn} does not exist.")
        return self._packages[arn]
