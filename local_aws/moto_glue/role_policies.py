"""The policies of a role, as moto keeps them."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends


def find_policies(account: str, role_arn: str) -> list[dict[str, Any]]:
    """Return the role's inline and attached policies, [] if the role does not exist."""
    documents: list[str] = []
    for backend in list(iam_backends[account].values()):
        for role in list(backend.get_roles()):
            if role.arn == role_arn:
                documents += role.policies.values()
                documents += [policy.document for policy in role.managed_policies.values()]
    return [json.loads(document) for document in documents]
