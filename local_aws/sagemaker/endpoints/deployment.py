"""The processes that serve an endpoint: one for each production variant of its configuration."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local_aws.errors import AwsError, ValidationError
from local_aws.http import JsonObject
from local_aws.sagemaker.endpoints.serving_process import ServingError, ServingProcess
from local_aws.sagemaker.quotas import check_quota
from local_aws.sagemaker.roles import check_serving_role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local_aws.context import Context
    from local_aws.sagemaker.model_records import Models

_HEALTH_LIMIT_S = 240.0
_SERVERLESS_HEALTH_LIMIT_S = 180.0
_SERVER_ERROR = 500


class Variant:
    """A running production variant; a serverless one refuses more than MaxConcurrency calls."""

    def __init__(self, settings: JsonObject, image: str, process: ServingProcess) -> None:
        self.name: str = settings["VariantName"]
        self.weight: float = settings["InitialVariantWeight"]
        self.serverless: JsonObject | None = settings.get("ServerlessConfig")
        self.instance_count: int = settings.get("InitialInstanceCount", 0)
        self.process = process
        self.n_server_errors = 0
        self._settings = settings
        self._image = image
        self._resolved_at = time.time()
        limit = self.serverless["MaxConcurrency"] if self.serverless else 0
        self._slots = threading.Semaphore(limit) if limit else None

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the variant's concurrent calls.

        Raises:
            AwsError: ThrottlingException, MaxConcurrency calls are in progress.
        """
        if self._slots is None:
            yield
            return
        if not self._slots.acquire(blocking=False):
            raise AwsError("ThrottlingException", "Rate exceeded", status=429)
        try:
            yield
        finally:
            self._slots.release()

    @contextmanager
    def counting_errors(self) -> Iterator[None]:
        """Count the block's ModelError if it is a server error."""
        try:
            yield
        except AwsError as error:
            status = error.fields.get("OriginalStatusCode")
            if status == 0 or (status or 0) >= _SERVER_ERROR:
                self.n_server_errors += 1
            raise

    def start(self, cancelled: Callable[[], bool]) -> None:
        """Start the variant's process and wait until it is healthy.

        Raises:
            ServingError: it did not become healthy.
        """
        default = _SERVERLESS_HEALTH_LIMIT_S if self.serverless else _HEALTH_LIMIT_S
        limit_s = self._settings.get("ContainerStartupHealthCheckTimeoutInSeconds", default)
        try:
            self.process.start(limit_s, cancelled)
        except ServingError as error:
            raise ServingError(
                f"The primary container for production variant {self.name} did not pass the ping "
                f"health check. Please check CloudWatch logs for this endpoint. ({error})"
            ) from error

    def summary(self) -> JsonObject:
        """Return the variant's part of DescribeEndpoint's answer."""
        shown: JsonObject = {
            "VariantName": self.name,
            "DeployedImages": [
                {
                    "SpecifiedImage": self._image,
                    "ResolvedImage": self._image,
                    "ResolutionTime": self._resolved_at,
                }
            ],
            "CurrentWeight": self.weight,
            "DesiredWeight": self.weight,
        }
        if self.serverless:
            return {**shown, "CurrentServerlessConfig": self.serverless, "CurrentInstanceCount": 0}
        count = self.instance_count
        return {**shown, "CurrentInstanceCount": count, "DesiredInstanceCount": count}

    def resize(self, change: JsonObject) -> None:
        """Take over the weight and the number of instances; one process serves any number.

        Raises:
            ValidationError: the variant is serverless.
            AwsError: more instances than a new account may have.
        """
        count = change.get("DesiredInstanceCount")
        if count is not None:
            if self.serverless:
                raise ValidationError(
                    f"DesiredInstanceCount is not for the serverless variant {self.name}."
                )
            check_quota(self._settings["InstanceType"], count, "endpoint")
            self.instance_count = count
        self.weight = change.get("DesiredWeight", self.weight)


class Deployment:
    """All variants of one endpoint configuration."""

    def __init__(
        self, context: Context, region: str, endpoint: str, config: JsonObject, models: Models
    ) -> None:
        self.config_name: str = config["EndpointConfigName"]
        self.is_baking = False  # gets part of the traffic already, while alarms are watched
        self._created_at = time.time()
        self._iam = context.client("iam", region)
        self._roles = []
        self.variants = []
        for settings in config["ProductionVariants"]:
            container, role = models.container(settings["ModelName"])
            self._roles.append(role)
            stream = f"{settings['VariantName']}/i-{uuid.uuid4().hex[:17]}"
            log = (f"/aws/sagemaker/Endpoints/{endpoint}", stream)
            process = ServingProcess(context, region, container, role, log)
            self.variants.append(Variant(settings, container["Image"], process))

    @property
    def is_serverless(self) -> bool:
        return any(variant.serverless for variant in self.variants)

    def retain(self, former: Deployment) -> None:
        """Take over the weights and numbers of instances of variants of the same names."""
        known = {variant.name: variant for variant in former.variants}
        for variant in self.variants:
            before = known.get(variant.name)
            if before is not None and not variant.serverless and not before.serverless:
                variant.instance_count, variant.weight = before.instance_count, before.weight

    @property
    def n_server_errors(self) -> int:
        return sum(variant.n_server_errors for variant in self.variants)

    def pending_summary(self) -> JsonObject:
        """Return what DescribeEndpoint shows of the deployment until it is in service."""
        baking = {"VariantStatus": [{"Status": "Baking"}]} if self.is_baking else {}
        return {
            "EndpointConfigName": self.config_name,
            "ProductionVariants": [
                {"VariantName": variant.name, **baking} for variant in self.variants
            ],
            "StartTime": self._created_at,
        }

    def start(self, cancelled: Callable[[], bool]) -> None:
        """Start all variants in parallel.

        Raises:
            ValidationError: SageMaker cannot assume a model's role.
            ServingError: a variant did not become healthy.
        """
        for role in self._roles:
            check_serving_role(self._iam, role)
        with ThreadPoolExecutor(len(self.variants)) as pool:
            for outcome in [pool.submit(variant.start, cancelled) for variant in self.variants]:
                outcome.result()

    def stop(self) -> None:
        for variant in self.variants:
            variant.process.stop()

    def choose(self, wanted: str | None) -> Variant:
        """Return the variant of a name, or choose one at random by weight.

        Raises:
            ValidationError: no variant has that name.
        """
        if wanted:
            for variant in self.variants:
                if variant.name == wanted:
                    return variant
            raise ValidationError(f"Variant {wanted} not found for Request.")
        weights = [variant.weight for variant in self.variants]
        return random.choices(self.variants, weights)[0] if any(weights) else self.variants[0]  # noqa: S311 - traffic split
