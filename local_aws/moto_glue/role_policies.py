"""The policies of a role, as moto keeps them."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends


def find_policies(account: str, role_arn: str) -> list[dict[str, Any]]:
    """Return the role's inline and attached policies, [] if the role does not exist."""
    return [
        policy
        for backend in list(iam_backends[account].values())
        for role in list(backend.get_roles())
        if role.arn == role_arn
        for policy in policies_of(role)
    ]


def policies_of(role: Any) -> list[dict[str, Any]]:
    """Return the documents of the inline policies and of the attached ones' default versions."""
    attached = [
        version.document
        for policy in role.managed_policies.values()
        for version in policy.versions
        if version.version_id == policy.default_version_id
    ]
    return [json.loads(document) for document in (*role.policies.values(), *attached)]
