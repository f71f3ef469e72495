"""API Gateway's keys: who may call a method that demands one."""

from __future__ import annotations

from moto.apigateway.models import apigateway_backends


def accepts_key(account: str, api_id: str, stage: str, value: str) -> bool:
    """Return whether a usage plan of the stage has this API key, and the key is enabled."""
    for backend in list(apigateway_backends[account].values()):
        if api_id not in backend.apis:
            continue
        ids = {key.id for key in backend.keys.values() if key.enabled and key.value == value}
        place = {"apiId": api_id, "stage": stage}
        return any(
            ids & set(backend.usage_plan_keys.get(plan.id, {}))
            for plan in backend.usage_plans.values()
            if any(place.items() <= item.items() for item in plan.api_stages)
        )
    return False
