"""Models and endpoint configurations: the records that define what an endpoint runs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from local_aws.context import Context
from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.host.s3 import Location, StorageError, has_object, list_keys
from local_aws.http import JsonObject
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.roles import check_serving_role
from local_aws.sagemaker.tags import TagStore

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REFUSED_CONFIG = (
    "AsyncInferenceConfig", "CrossRegionTrafficConfig", "ExplainerConfig",
    "ShadowProductionVariants",
)  # fmt: skip
_REFUSED_VARIANT = ("CoreDumpConfig", "ManagedInstanceScaling", "CapacityReservationConfig")


class Records:
    """Named records of one kind in one region; `words` is AWS's name for one in its messages."""

    def __init__(
        self, kind: str, words: str, arn_kind: str, context: Context, region: str, tags: TagStore
    ) -> None:
        self._kind = kind
        self._words = words
        self._arn_kind = arn_kind
        self._context = context
        self._region = region
        self._tags = tags
        self._records: dict[str, JsonObject] = {}
        self._lock = threading.Lock()

    def create(self, description: JsonObject, tags: list[JsonObject] | None) -> JsonObject:
        name = description[f"{self._kind}Name"]
        arn = self._context.arn(self._arn_kind, name, self._region)
        kept = {key: value for key, value in description.items() if value not in (None, {}, [])}
        with self._lock:
            if name in self._records:
                raise ValidationError(f'Cannot create already existing {self._words} "{arn}".')
            kept |= {f"{self._kind}Arn": arn, "CreationTime": time.time()}
            self._records[name] = kept
            self._tags.register(arn, tags)
        return {f"{self._kind}Arn": arn}

    def describe(self, params: JsonObject) -> JsonObject:
        name = params[f"{self._kind}Name"]
        with self._lock:
            if name not in self._records:
                arn = self._context.arn(self._arn_kind, name, self._region)
                raise ValidationError(f'Could not find {self._words} "{arn}".')
            return self._records[name]

    def delete(self, params: JsonObject) -> JsonObject:
        record = self.describe(params)
        with self._lock:
            self._records.pop(record[f"{self._kind}Name"], None)
        self._tags.forget(record[f"{self._kind}Arn"])
        return {}

    def all(self) -> dict[str, JsonObject]:
        """Return all records by name."""
        with self._lock:
            return dict(self._records)

    def restore(self, records: dict[str, JsonObject]) -> None:
        """Take over records of an earlier run."""
        with self._lock:
            self._records.update(records)

    def list(self, params: JsonObject) -> JsonObject:
        with self._lock:
            records = list(self._records.values())
        return list_page(
            records,
            params,
            kind=self._kind,
            summary=pick(f"{self._kind}Name", f"{self._kind}Arn", "CreationTime"),
            result_key=f"{self._kind}s",
            descending=True,
        )


class Models:
    """CreateModel; `records` answers for the models that exist."""

    def __init__(self, context: Context, region: str, tags: TagStore) -> None:
        self._context = context
        self._region = region
        self.records = Records("Model", "model", "model", context, region, tags)

    def create(self, params: JsonObject) -> JsonObject:
        containers = params.get("Containers") or []
        if len(containers) > 1 or params.get("InferenceExecutionConfig"):
            raise NotImplementedHereError("models of several containers")
        container = params.get("PrimaryContainer") or next(iter(containers), None)
        if not container:
            raise ValidationError("Either PrimaryContainer or Containers must be specified.")
        self._check_container(container)
        role = params.get("ExecutionRoleArn")
        if not role:
            raise ValidationError("ExecutionRoleArn is required")
        check_serving_role(self._context.client("iam", self._region), role)
        given = ("ModelName", "PrimaryContainer", "Containers", "ExecutionRoleArn", "VpcConfig")
        description = {key: params.get(key) for key in given}
        description["EnableNetworkIsolation"] = params.get("EnableNetworkIsolation", False)
        return self.records.create(description, params.get("Tags"))

    def container(self, model_name: str) -> tuple[JsonObject, str]:
        """Return a model's container and the ARN of its role.

        Raises:
            ValidationError: the model does not exist.
        """
        model = self.records.describe({"ModelName": model_name})
        container: JsonObject = model.get("PrimaryContainer") or model["Containers"][0]
        return container, str(model["ExecutionRoleArn"])

    def role(self, model_name: str) -> str:
        """Return the ARN of a model's execution role; the model must exist."""
        return str(self.records.describe({"ModelName": model_name})["ExecutionRoleArn"])

    def _check_container(self, container: JsonObject) -> None:
        if container.get("Mode", "SingleModel") != "SingleModel":
            raise NotImplementedHereError("multi-model containers")
        if container.get("ModelPackageName") or container.get("InferenceSpecificationName"):
            raise NotImplementedHereError("models from model packages")
        if not container.get("Image"):
            raise ValidationError("A container needs an Image.")
        check_model_data(self._context.client("s3", self._region), container)


def check_model_data(client: S3Client, container: JsonObject) -> None:
    """Raise unless the container's model is in S3.

    Raises:
        ValidationError: there is no such object, or the URI is malformed.
    """
    source = model_source(container)
    if source is None:
        raise NotImplementedHereError("models without ModelDataUrl or ModelDataSource")
    try:
        location = Location.parse(source[0])
    except StorageError as error:
        raise ValidationError(str(error)) from error
    found = list_keys(client, location) if source[1] == "None" else has_object(client, location)
    if not found:
        raise ValidationError(f"Could not find model data at {source[0]}.")


def model_source(container: JsonObject) -> tuple[str, str] | None:
    """Return a container's model URI and its compression ("Gzip" or "None")."""
    if container.get("ModelDataUrl"):
        return str(container["ModelDataUrl"]), "Gzip"
    source = (container.get("ModelDataSource") or {}).get("S3DataSource")
    if source:
        return str(source["S3Uri"]), str(source["CompressionType"])
    return None


class EndpointConfigs:
    """CreateEndpointConfig; `records` answers for the configurations that exist."""

    def __init__(self, context: Context, region: str, tags: TagStore, models: Models) -> None:
        self._models = models
        self.records = Records(
            "EndpointConfig", "endpoint configuration", "endpoint-config", context, region, tags
        )

    def create(self, params: JsonObject) -> JsonObject:
        for name in _REFUSED_CONFIG:
            if params.get(name):
                raise NotImplementedHereError(f"endpoint configurations with {name}")
        if (params.get("DataCaptureConfig") or {}).get("EnableCapture"):
            raise NotImplementedHereError("data capture")
        variants = [self._checked_variant(variant) for variant in params["ProductionVariants"]]
        names = [variant["VariantName"] for variant in variants]
        if len(set(names)) < len(names):
            raise ValidationError("Production variant names must be unique.")
        given = ("EndpointConfigName", "KmsKeyId", "ExecutionRoleArn", "VpcConfig")
        description = {key: params.get(key) for key in given}
        description |= {
            "ProductionVariants": variants,
            "EnableNetworkIsolation": params.get("EnableNetworkIsolation", False),
        }
        return self.records.create(description, params.get("Tags"))

    def _checked_variant(self, variant: JsonObject) -> JsonObject:
        """Return the variant with AWS's defaults."""
        for name in _REFUSED_VARIANT:
            if variant.get(name):
                raise NotImplementedHereError(f"production variants with {name}")
        if not variant.get("ModelName"):
            raise NotImplementedHereError("inference components; give a ModelName")
        self._models.records.describe({"ModelName": variant["ModelName"]})
        serverless, instance = variant.get("ServerlessConfig"), variant.get("InstanceType")
        if bool(serverless) == bool(instance):
            raise ValidationError(
                "Specify exactly one of InstanceType and ServerlessConfig for production variant "
                f"{variant['VariantName']}."
            )
        if serverless:
            if serverless["MemorySizeInMB"] % 1024:
                raise ValidationError(
                    f"Invalid MemorySizeInMB {serverless['MemorySizeInMB']}: must be one of "
                    "1024, 2048, 3072, 4096, 5120, 6144."
                )
            return {"InitialVariantWeight": 1.0, **variant}
        count = variant.get("InitialInstanceCount")
        if not count:
            raise ValidationError("InitialInstanceCount is required with InstanceType.")
        check_quota(str(instance), count, "endpoint")
        return {"InitialVariantWeight": 1.0, **variant}
