"""An API key that every route of the web app demands, and the usage plan that limits its holder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.hardening.throttling import ApiStage

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import PatchOperationTypeDef


def demand_key(aws: Aws, api: str) -> None:
    """Make every method demand a key, but the preflights; the next deployment applies it.

    Raises:
        JobError: a method is still open.
    """
    for resource, verb in _open_methods(aws, api):
        aws.gateway.update_method(
            restApiId=api,
            resourceId=resource,
            httpMethod=verb,
            patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}],
        )
    still_open = list(_open_methods(aws, api))
    if still_open:
        raise JobError(
            f"{len(still_open)} methods of REST API {api} need no key", hint="run harden again"
        )


def _open_methods(aws: Aws, api: str) -> Iterator[tuple[str, str]]:
    """Yield resource and verb of the methods without a key; browsers send no key with OPTIONS."""
    pages = aws.gateway.get_paginator("get_resources").paginate(restApiId=api, embed=["methods"])
    for page in pages:
        for resource in page["items"]:
            for verb, method in resource.get("resourceMethods", {}).items():
                if verb != "OPTIONS" and not method.get("apiKeyRequired"):
                    yield resource["id"], verb


def issue_key(aws: Aws, stages: list[ApiStage], rate: int) -> str:
    """Return the id of the stage's key, whose holder may send `rate` requests a second.

    Raises:
        JobError: AWS does not report the key in its plan.
    """
    gateway, names = aws.gateway, aws.names
    key = _find_key(aws) or gateway.create_api_key(name=names.base, enabled=True, tags=names.tags)
    plan = _find_plan(aws) or gateway.create_usage_plan(name=names.base, tags=names.tags)
    known = {(item["apiId"], item["stage"]) for item in plan.get("apiStages", [])}
    limits: list[PatchOperationTypeDef] = [
        {"op": "replace", "path": "/throttle/rateLimit", "value": str(rate)},
        {"op": "replace", "path": "/throttle/burstLimit", "value": str(2 * rate)},
    ]
    added: list[PatchOperationTypeDef] = [
        {"op": "add", "path": "/apiStages", "value": f"{stage.api}:{stage.name}"}
        for stage in stages
        if (stage.api, stage.name) not in known
    ]
    gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=[*limits, *added])
    if key["id"] not in _keys_of(aws, plan["id"]):
        gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    found = gateway.get_usage_plan(usagePlanId=plan["id"])
    reached = {(item["apiId"], item["stage"]) for item in found.get("apiStages", [])}
    if (
        key["id"] not in _keys_of(aws, plan["id"])
        or found.get("throttle", {}).get("rateLimit") != rate
        or not reached >= {(stage.api, stage.name) for stage in stages}
    ):
        raise JobError(f"usage plan {names.base} is not as it was set", hint="run harden again")
    key_id: str = key["id"]
    return key_id


def leftovers(aws: Aws) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what to delete before the web app: its name, and the call that deletes it."""
    key, plan = _find_key(aws), _find_plan(aws)
    if plan:
        yield f"usage plan {aws.names.base}", partial(_remove_plan, aws, plan["id"])
    if key:
        remove = partial(aws.gateway.delete_api_key, apiKey=key["id"])
        yield f"API key {aws.names.base}", remove


def _remove_plan(aws: Aws, plan: str) -> None:
    found = aws.gateway.get_usage_plan(usagePlanId=plan)
    for item in found.get("apiStages", []):
        aws.gateway.update_usage_plan(
            usagePlanId=plan,
            patchOperations=[
                {"op": "remove", "path": "/apiStages", "value": f"{item['apiId']}:{item['stage']}"}
            ],
        )
    aws.gateway.delete_usage_plan(usagePlanId=plan)


def _find_key(aws: Aws) -> Any:
    for page in aws.gateway.get_paginator("get_api_keys").paginate(nameQuery=aws.names.base):
        for item in page["items"]:
            if aws.names.owns(item.get("tags", {})):
                return item
    return None


def _find_plan(aws: Aws) -> Any:
    for page in aws.gateway.get_paginator("get_usage_plans").paginate():
        for item in page["items"]:
            if aws.names.owns(item.get("tags", {})):
                return item
    return None


def _keys_of(aws: Aws, plan: str) -> set[str]:
    pages = aws.gateway.get_paginator("get_usage_plan_keys").paginate(usagePlanId=plan)
    return {item["id"] for page in pages for item in page["items"]}
