"""Bring a revision into service, and undo it if it fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from sagemaker_jobs.aws import inventory
from sagemaker_jobs.aws.role import NOT_KNOWN_YET, NOT_KNOWN_YET_DELAYS_S
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.guard import guarded_update
from sagemaker_jobs.endpoint.revision import (
    Revision,
    count_instances,
    is_serverless,
    point_endpoint,
    remove_others,
    remove_revision,
)
from sagemaker_jobs.endpoint.smoke_test import POSITIVE
from sagemaker_jobs.errors import EndpointFailed, JobError, NameTaken
from sagemaker_jobs.terminal import Ui

# "replace" deletes the endpoint and creates it again, where AWS refuses an update
DeployAction = Literal["create", "update", "replace", "unchanged"]
_DEAD = {"Failed", "UpdateRollbackFailed"}  # AWS can only delete these


@dataclass(frozen=True)
class Plan:
    """What `deploy` does, and the revision that it goes back to if that fails."""

    action: DeployAction
    former: str | None = None


def plan(aws: Aws, revision: Revision) -> Plan:
    """Return the plan; "unchanged" includes a change to this revision that is in progress.

    Raises:
        NameTaken: another change of the endpoint is in progress.
    """
    name = aws.names.endpoint
    before = endpoint.describe(aws, name)
    if before is None or before["EndpointStatus"] in _DEAD:
        return Plan("create")
    status, serving = before["EndpointStatus"], before["EndpointConfigName"]
    coming = before.get("PendingDeploymentSummary", {}).get("EndpointConfigName", serving)
    if status == "Deleting" or (status in endpoint.CHANGING and coming != revision.name):
        raise NameTaken(
            f"the endpoint {name} is being changed ({status})",
            hint="wait until status shows that the change is over, then repeat deploy",
        )
    if coming == revision.name:
        former = _revision_before(aws, coming) if serving == coming else serving
        return Plan("unchanged", None if status == "Creating" else former or coming)
    replaced = revision.settings.serverless and not endpoint.is_serverless(before)
    return Plan("replace" if replaced else "update", serving)


def _revision_before(aws: Aws, name: str) -> str | None:
    """Return the revision before `name`, which an interrupted update brought into service.

    A completed update removes older revisions. A revision newer than `name` never served.
    """
    configs = inventory.endpoint_configs(aws)
    older = configs[configs.index(name) + 1 :] if name in configs else []
    return older[0] if older else None


@dataclass(frozen=True)
class Rollout:
    """Changes of the stage's endpoint, each of which ends with the endpoint in service."""

    aws: Aws
    ui: Ui
    sleep: Callable[[float], None]
    clock: Callable[[], float]
    keep_count: bool = False  # of instances, in updates
    bake_s: int = 0  # of an update between instances

    def serve(self, revision: str) -> None:
        """Let the endpoint serve the revision; repeat it while AWS does not know a new role.

        Raises:
            EndpointFailed: it did not come into service; the reason is AWS's.
        """
        for delay_s in (*NOT_KNOWN_YET_DELAYS_S, None):
            self._point_to(revision)
            try:
                self.wait(revision)
            except EndpointFailed as error:
                if delay_s is None or not re.search(NOT_KNOWN_YET, error.reason, re.IGNORECASE):
                    raise
                self.ui.say(f"AWS does not know the new role yet; trying again in {delay_s} s")
                self.sleep(delay_s)
            else:
                return

    def wait(self, revision: str) -> None:
        """Wait until the endpoint serves the revision.

        Raises:
            EndpointFailed: it ended in another state; the reason is AWS's.
        """
        endpoint.wait_until_in_service(
            self.aws,
            revision,
            ui=self.ui,
            sleep=self.sleep,
            clock=self.clock,
            extra_s=2 * self.bake_s,
            while_baking=self._visit,
        )

    def _visit(self) -> None:
        """Ask the endpoint as a visitor does: its errors are what the alarm is for."""
        with suppress(JobError):
            endpoint.ask(self.aws, {"review": POSITIVE, "explain": True})

    def undo(self, revision: str, former: str | None) -> None:
        """Go back to the former revision; without one, delete what this deployment created.

        An endpoint that AWS is still changing is left alone, and so is one that served this
        revision before.
        """
        try:
            with translated():
                self._undo(revision, former)
        except JobError as error:
            self.ui.say(
                f"cannot undo what was done: {error.what}; "
                f"python -m sagemaker_jobs status {self.aws.options} shows what exists and costs"
            )

    def _undo(self, revision: str, former: str | None) -> None:
        name = self.aws.names.endpoint
        now = endpoint.describe(self.aws, name)
        status = now["EndpointStatus"] if now else ""
        if status in endpoint.CHANGING:
            return
        if former == revision:
            self.ui.say(f"endpoint {name} stays in service with this model, and is billed")
        elif former is None:
            if now is not None:
                self.ui.say(f"deleting endpoint {name}, so that it is not billed")
                self._delete()
            remove_revision(self.aws, revision)
        else:
            if now is None or status != "InService" or now["EndpointConfigName"] != former:
                self.ui.say("the new model fails; rolling back to the previous one")
                replace(self, bake_s=0).serve(former)
            remove_others(self.aws, former)

    def _point_to(self, revision: str) -> None:
        """Create the endpoint, or update it; delete it first where AWS cannot update it."""
        name = self.aws.names.endpoint
        before = endpoint.describe(self.aws, name)
        if before is not None and (
            before["EndpointStatus"] in _DEAD
            or (is_serverless(self.aws, revision) and not endpoint.is_serverless(before))
        ):
            self.ui.say(f"deleting endpoint {name}, which AWS cannot update")
            self._delete()
            before = None
        guard = None
        if self.bake_s and before is not None and not endpoint.is_serverless(before):
            guard = guarded_update(
                self.aws, n_instances=count_instances(self.aws, revision), wait_s=self.bake_s
            )
        point_endpoint(
            self.aws,
            revision,
            update=before is not None,
            keep_count=self.keep_count,
            guard=guard,
        )

    def _delete(self) -> None:
        name = self.aws.names.endpoint
        endpoint.delete(self.aws, name, ui=self.ui, sleep=self.sleep, clock=self.clock)
