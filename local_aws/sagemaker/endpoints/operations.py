"""The endpoint operations of the SageMaker API, for one region."""

from __future__ import annotations

import logging
import random
import threading
import time
from functools import partial

from local_aws.context import Context
from local_aws.errors import LocalAwsError, NotImplementedHereError, ValidationError, failure_reason
from local_aws.http import JsonObject
from local_aws.sagemaker.endpoints.blue_green import Alarms, UpdatePolicy, shift_traffic
from local_aws.sagemaker.endpoints.deployment import Deployment, Variant
from local_aws.sagemaker.endpoints.serving_process import ServingError
from local_aws.sagemaker.model_records import EndpointConfigs, Models
from local_aws.sagemaker.pagination import list_page, pick
from local_aws.sagemaker.tags import TagStore

logger = logging.getLogger(__name__)

_BUSY = {"Creating", "Updating", "Deleting", "SystemUpdating", "RollingBack"}


class Endpoint:
    """An endpoint: its description, the deployment in service, and one that is starting."""

    def __init__(self, description: JsonObject, pending: Deployment) -> None:
        self.lock = threading.Lock()
        self.description = description
        self.deployment: Deployment | None = None
        self.pending: Deployment | None = pending
        self.shifted = 0.0  # share of the traffic that the pending one already gets

    def describe(self) -> JsonObject:
        with self.lock:
            shown = dict(self.description)
            if self.deployment is not None:
                shown["ProductionVariants"] = [
                    variant.summary() for variant in self.deployment.variants
                ]
            if self.pending is not None:
                shown["PendingDeploymentSummary"] = self.pending.pending_summary()
            return shown

    @property
    def is_serverless(self) -> bool:
        return self.deployment is not None and self.deployment.is_serverless

    def check_settled(self) -> None:
        """Raise unless the endpoint can be changed; the caller holds the lock.

        Raises:
            ValidationError: the endpoint is being created, updated or deleted.
        """
        if self.description["EndpointStatus"] in _BUSY:
            arn = self.description["EndpointArn"]
            raise ValidationError(f'Cannot update in-progress endpoint "{arn}".')

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Set the status and its reason; the caller holds the lock."""
        self.description["EndpointStatus"] = status
        self.description["LastModifiedTime"] = time.time()
        self.description.pop("FailureReason", None)
        if reason:
            self.description["FailureReason"] = reason[:1024]


class Endpoints:
    """All endpoints of a region."""

    def __init__(
        self,
        context: Context,
        region: str,
        tags: TagStore,
        models: Models,
        configs: EndpointConfigs,
    ) -> None:
        self._context = context
        self._region = region
        self._tags = tags
        self._models = models
        self._configs = configs
        self._endpoints: dict[str, Endpoint] = {}
        self._lock = threading.Lock()

    def serving(self, name: str) -> Deployment:
        """Return the deployment of an endpoint that is in service or being updated.

        Raises:
            KeyError: the endpoint does not exist, or is not in service.
        """
        with self._lock:
            endpoint = self._endpoints[name]
        with endpoint.lock:
            deleting = endpoint.description["EndpointStatus"] == "Deleting"
            if endpoint.deployment is None or deleting:
                raise KeyError(name)
            if endpoint.pending and random.random() < endpoint.shifted:  # noqa: S311 - traffic split
                return endpoint.pending
            return endpoint.deployment

    def create(self, params: JsonObject) -> JsonObject:
        name, config_name = params["EndpointName"], params["EndpointConfigName"]
        if params.get("DeploymentConfig"):
            raise NotImplementedHereError("DeploymentConfig")
        config = self._configs.records.describe(params)
        arn = self._context.arn("endpoint", name, self._region)
        now = time.time()
        description = {
            "EndpointName": name,
            "EndpointArn": arn,
            "EndpointConfigName": config_name,
            "EndpointStatus": "Creating",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        with self._lock:
            if name in self._endpoints:
                raise ValidationError(f'Cannot create already existing endpoint "{arn}".')
            deployment = Deployment(self._context, self._region, name, config, self._models)
            endpoint = self._endpoints[name] = Endpoint(description, deployment)
            self._tags.register(arn, params.get("Tags"))
        self._context.spawn(lambda: self._change(endpoint, deployment))
        return {"EndpointArn": arn}

    def update(self, params: JsonObject) -> JsonObject:
        endpoint = self._find(params)
        for option in (
            "RetainDeploymentConfig",
            "ExcludeRetainedVariantProperties",
        ):
            if params.get(option):
                raise NotImplementedHereError(f"UpdateEndpoint with {option}")
        config = self._configs.records.describe(params)
        name, arn = params["EndpointName"], endpoint.description["EndpointArn"]
        with endpoint.lock:
            endpoint.check_settled()
            status = endpoint.description["EndpointStatus"]
            if status != "InService":
                raise ValidationError(f'Cannot update endpoint "{arn}" in status {status}.')
            wants_serverless = any(v.get("ServerlessConfig") for v in config["ProductionVariants"])
            if wants_serverless and not endpoint.is_serverless:
                # AWS documents this ValidationError, and not its words
                raise ValidationError(
                    f'Cannot update instance-based endpoint "{arn}" to a serverless endpoint.'
                )
            policy = self._policy(params, endpoint, config)
            deployment = Deployment(self._context, self._region, name, config, self._models)
            if params.get("RetainAllVariantProperties") and endpoint.deployment:
                deployment.retain(endpoint.deployment)
            endpoint.pending = deployment
            endpoint.set_status("Updating")
        self._context.spawn(lambda: self._change(endpoint, deployment, policy))
        return {"EndpointArn": arn}

    def resize(self, params: JsonObject) -> JsonObject:
        """Answer UpdateEndpointWeightsAndCapacities, which takes effect at once."""
        endpoint = self._find(params)
        arn = endpoint.description["EndpointArn"]
        with endpoint.lock:
            endpoint.check_settled()
            if endpoint.deployment is None:
                raise ValidationError(f'Cannot update endpoint "{arn}", which is not in service.')
            for change in params["DesiredWeightsAndCapacities"]:
                endpoint.deployment.choose(change["VariantName"]).resize(change)
        return {"EndpointArn": arn}

    def delete(self, params: JsonObject) -> JsonObject:
        endpoint = self._find(params)
        with endpoint.lock:
            endpoint.check_settled()
            endpoint.set_status("Deleting")
        self._context.spawn(lambda: self._delete(endpoint))
        return {}

    def describe(self, params: JsonObject) -> JsonObject:
        """Answer DescribeEndpoint."""
        return self._find(params).describe()

    def list(self, params: JsonObject) -> JsonObject:
        with self._lock:
            endpoints = list(self._endpoints.values())
        return list_page(
            [endpoint.describe() for endpoint in endpoints],
            params,
            kind="Endpoint",
            summary=pick(
                "EndpointName", "EndpointArn", "CreationTime", "LastModifiedTime", "EndpointStatus"
            ),
            result_key="Endpoints",
            descending=True,
        )

    def _policy(
        self, params: JsonObject, endpoint: Endpoint, config: JsonObject
    ) -> tuple[UpdatePolicy, Alarms] | None:
        """Return how the update moves the traffic; None for all at once."""
        given, variants = params.get("DeploymentConfig"), config["ProductionVariants"]
        if not given:
            return None
        if endpoint.is_serverless or "ServerlessConfig" in variants[0] or len(variants) > 1:
            raise NotImplementedHereError("DeploymentConfig for serverless or several variants")
        policy = UpdatePolicy.of(given, variants[0]["InitialInstanceCount"])
        return policy, Alarms(self._context, self._region, params["EndpointName"], policy.alarms)

    def _find(self, params: JsonObject) -> Endpoint:
        name = params["EndpointName"]
        with self._lock:
            endpoint = self._endpoints.get(name)
        if endpoint is None:
            arn = self._context.arn("endpoint", name, self._region)
            raise ValidationError(f'Could not find endpoint "{arn}".')
        return endpoint

    # ------------------------------------------------------------------ changes, in their threads

    def _change(
        self,
        endpoint: Endpoint,
        deployment: Deployment,
        policy: tuple[UpdatePolicy, Alarms] | None = None,
    ) -> None:
        """Start the new deployment, then switch to it; keep the old one if that fails."""
        stopping = self._context.stopping
        try:
            deployment.start(stopping.is_set)
            reason = self._shift(endpoint, deployment, *policy) if policy else ""
        except LocalAwsError as error:
            reason = str(error)
        except Exception as error:
            if not stopping.is_set():
                logger.exception("a deployment ended by a defect of local_aws")
            reason = failure_reason(error)
        retired: Deployment | None = deployment
        with endpoint.lock:
            endpoint.pending, endpoint.shifted = None, 0.0
            if not reason:
                retired, endpoint.deployment = endpoint.deployment, deployment
                endpoint.description["EndpointConfigName"] = deployment.config_name
                endpoint.description.pop("LastDeploymentConfig", None)
                if policy:
                    endpoint.description["LastDeploymentConfig"] = policy[0].given
                endpoint.set_status("InService")
            else:
                endpoint.set_status("InService" if endpoint.deployment else "Failed", reason)
        if retired is not deployment:
            for variant in deployment.variants:
                self._context.spawn(partial(self._keep_running, endpoint, deployment, variant))
        if retired is not None:
            retired.stop()

    def _shift(
        self, endpoint: Endpoint, deployment: Deployment, policy: UpdatePolicy, alarms: Alarms
    ) -> str:
        """Move the traffic to the started deployment; return why it must go back, or ''."""

        def route(share: float) -> None:
            deployment.is_baking = share > 0
            with endpoint.lock:
                endpoint.shifted = share

        reason = shift_traffic(policy, alarms, deployment, route, self._context.stopping.wait)
        if reason:
            route(0.0)
            with endpoint.lock:
                endpoint.set_status("RollingBack")
        alarms.reset()
        return reason

    def _keep_running(self, endpoint: Endpoint, deployment: Deployment, variant: Variant) -> None:
        """Restart the variant's program when it ends; if it ends too often, the endpoint fails."""
        try:
            variant.process.keep_running()
        except ServingError as error:
            with endpoint.lock:
                if endpoint.deployment is not deployment:
                    return
                endpoint.deployment = None
                if endpoint.pending is None:
                    endpoint.set_status("Failed", str(error))
            deployment.stop()

    def _delete(self, endpoint: Endpoint) -> None:
        if endpoint.deployment is not None:
            endpoint.deployment.stop()
        self._tags.forget(endpoint.description["EndpointArn"])
        with self._lock:
            self._endpoints.pop(endpoint.description["EndpointName"], None)
