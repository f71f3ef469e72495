"""Makes bucket policies that demand TLS accept requests on loopback.

moto considers every condition of a bucket policy as met, so `Deny` unless `aws:SecureTransport`
would refuse all requests. local_aws replaces AWS's https addresses, so its requests count as TLS.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from local_aws.http import JsonObject


def install() -> None:
    """Let moto's buckets judge requests by `permission`."""
    FakeBucket.get_permission = _get_permission


def permission(policy: str, action: str, resource: str) -> Any:
    """Return moto's verdict on the request, as if it came over TLS."""
    document = json.loads(policy)
    statements = document["Statement"]
    kept = [s for s in _as_list(statements) if not _concerns_plain_http_only(s)]
    return IAMPolicy(json.dumps({**document, "Statement": kept})).is_action_permitted(
        action, resource
    )


def _get_permission(bucket: Any, action: str, resource: str) -> Any:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    return permission(bucket.policy.decode(), action, resource)


def _as_list(statements: JsonObject | list[JsonObject]) -> list[JsonObject]:
    return statements if isinstance(statements, list) else [statements]


def _concerns_plain_http_only(statement: JsonObject) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {})
    return str(condition.get("aws:SecureTransport", "")).lower() == "false"
