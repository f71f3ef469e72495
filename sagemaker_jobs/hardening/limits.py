"""What `harden` made beside the web app, to delete before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.hardening import api_key, budget, web_acl


def find_limits(aws: Aws) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each resource's name, and the call that deletes it."""
    yield from api_key.leftovers(aws)
    yield from web_acl.leftovers(aws)
    yield from budget.leftovers(aws)
