"""Adds what moto's API Gateway leaves out when it imports or updates an API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import unquote

from moto.apigateway.models import apigateway_backends
from moto.core.base_backend import BackendDict, BaseBackend
from moto.core.resource_tagging import TaggableResourcesMixin, TaggedResource

from local_aws.arns import PARTITION, arn_of
from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.http import JsonObject

_TAGS = re.compile(r"PUT /tags/(.+)$")
_ARN = re.compile(rf"arn:{PARTITION}:apigateway:([^:]+)::/restapis/(\w+)$")


def tagged_api(account: str, line: str) -> dict[str, str] | None:
    """Return the tags of the REST API that a TagResource request names; None for another request.

    moto's API Gateway does not have that operation.
    """
    request = _TAGS.match(line)
    arn = _ARN.match(unquote(request[1])) if request else None
    api = apigateway_backends[account][arn[1]].apis.get(arn[2]) if arn else None
    if api is None:
        return None
    tags: dict[str, str] = api.tags
    return tags


def join_api_search(account: str) -> Callable[[], None]:
    """Let the Resource Groups Tagging API find REST APIs; return a function that ends this."""

    class RestApis(BaseBackend, TaggableResourcesMixin):  # type: ignore[misc]
        """A moto backend that has only the tags of REST APIs."""

        SERVICE_NAMESPACE = "apigateway"

        def iter_tagged_resources(self) -> Iterator[TaggedResource]:
            for api in apigateway_backends[account][self.region_name].apis.values():
                arn = arn_of("apigateway", self.region_name, "", f"/restapis/{api.id}")
                yield TaggedResource(arn=arn, tags=api.tags, resource_type="apigateway:restapis")

    backends = BackendDict(RestApis, "apigateway")
    backends[account]["us-east-1"]  # moto searches only backends that have been used

    def leave() -> None:
        BackendDict._instances.remove(backends)  # noqa: SLF001 - moto has no public way to remove one

    return leave


def as_openapi3(document: JsonObject) -> JsonObject:
    """Convert Chalice's Swagger 2.0 document to the form that moto's import reads."""
    converted: JsonObject = json.loads(json.dumps(document))
    if converted.pop("swagger", None):
        converted["openapi"] = "3.0.1"
    converted["info"].setdefault("description", "")
    for operations in converted.get("paths", {}).values():
        for verb, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration")
            if integration:
                integration["type"] = integration["type"].upper()
                integration.setdefault("uri", "")
                integration.setdefault("httpMethod", verb.upper())
    return converted


def keep_binary_types(account: str, region: str, api_id: str, document: JsonObject) -> None:
    """Store the API's binary media types, which moto's import leaves out."""
    api = apigateway_backends[account][region].apis.get(api_id)
    if api is not None:
        api.binaryMediaTypes = document.get("x-amazon-apigateway-binary-media-types", [])


def keep_compression(account: str, region: str, api_id: str, operations: list[JsonObject]) -> None:
    """Store the minimum size for compression, which moto's update leaves out."""
    api = apigateway_backends[account][region].apis.get(api_id)
    for operation in operations:
        if api is not None and operation.get("path") == "/minimumCompressionSize":
            size = operation.get("value")  # Chalice sends '' for none
            api.minimum_compression_size = int(size) if size else None


def check_exists(account: str, region: str, api_id: str) -> None:
    """Raise, as AWS does, if there is no such REST API.

    Raises:
        AwsError: NotFoundException.
    """
    if api_id not in apigateway_backends[account][region].apis:
        raise AwsError(
            "NotFoundException", f"Invalid API identifier specified {account}:{api_id}", status=404
        )


def check_stage_update(account: str, region: str, operations: list[JsonObject]) -> None:
    """Raise, as AWS does, if requests are to be logged and the account has no role for it.

    Raises:
        AwsError: BadRequestException.
    """
    wants_log = any(str(item.get("path")).startswith("/accessLogSettings") for item in operations)
    if wants_log and not apigateway_backends[account][region].account.cloudwatch_role_arn:
        raise AwsError(
            "BadRequestException",
            "CloudWatch Logs role ARN must be set in account settings to enable logging",
        )


def update_method(
    account: str, region: str, place: tuple[str, str, str], operations: list[JsonObject]
) -> JsonObject:
    """Apply the operations to a method, which moto does not; return the method.

    Raises:
        AwsError: NotFoundException.
        NotImplementedHereError: an operation does not set `/apiKeyRequired`.
    """
    api_id, resource_id, verb = place
    api = apigateway_backends[account][region].apis.get(api_id)
    resource = api.resources.get(resource_id) if api else None
    method = resource.resource_methods.get(verb) if resource else None
    if method is None:
        raise AwsError("NotFoundException", "Invalid Method identifier specified", status=404)
    for item in operations:
        change = (item.get("op"), item.get("path"))
        if change != ("replace", "/apiKeyRequired"):
            raise NotImplementedHereError(f"apigateway's UpdateMethod with {change}")
        method.api_key_required = str(item.get("value")).lower() == "true"
    shown: JsonObject = method.to_json()
    return shown
