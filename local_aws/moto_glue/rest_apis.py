"""Adds what moto's API Gateway leaves out when it imports or updates an API."""

from __future__ import annotations

import json

from moto.apigateway.models import apigateway_backends

from local_aws.http import JsonObject


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
