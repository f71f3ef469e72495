"""The deployment of a model: an endpoint with its price, expiry and scaling, tested, or undone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.images import warn_of_slow_start
from sagemaker_jobs.aws.instance_types import check_instance_type
from sagemaker_jobs.aws.log_groups import ensure_log_group
from sagemaker_jobs.aws.model_artifacts import send_file
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint.autoscaling import (
    Scaling,
    read_scaling,
    remove_scaling,
    set_scaling,
)
from sagemaker_jobs.endpoint.revision import DeploySettings, ensure, find_revision, remove_others
from sagemaker_jobs.endpoint.rollout import DeployAction, Rollout, plan
from sagemaker_jobs.endpoint.smoke_test import SmokeTest, smoke_test
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.operations.expiry import clear_expiry, in_utc, read_expiry, set_expiry
from sagemaker_jobs.operations.prices import describe_hosting
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Deployment:
    """An endpoint and the model it serves."""

    endpoint: str
    action: DeployAction
    revision: str  # the model's and the configuration's name
    artifact: str
    image: str
    hosting: str  # instances, or serverless and its memory
    seconds: float = 0.0
    smoke_test: SmokeTest | None = None
    removed: tuple[str, ...] = ()
    expires_at: str | None = None  # UTC
    dry_run: bool = False

    def line(self) -> str:
        tested = f"; {self.smoke_test.line()}" if self.smoke_test else ""
        endpoint = f"endpoint {self.endpoint} ({self.hosting})"
        if self.dry_run:
            would = "leave unchanged" if self.action == "unchanged" else self.action
            return f"would {would} {endpoint} with {self.artifact}"
        verb = "unchanged:" if self.action == "unchanged" else f"{self.action}d"
        until = f"; AWS deletes it at {self.expires_at}" if self.expires_at else ""
        return f"{verb} {endpoint} in {self.seconds:.0f} s{tested}{until}"


@translated()
def deploy(
    aws: Aws,
    settings: DeploySettings,
    *,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    expires_s: float | None = None,
    dry_run: bool = False,
) -> Deployment:
    """Deploy the model and return once the endpoint judges two plain reviews correctly.

    The same model with the same hosting is deployed only once. A change that fails, or fails the
    smoke test, is rolled back; a first deployment that does is deleted. After `expires_s` AWS
    deletes the endpoint; without it, an earlier expiry is cancelled.

    Raises:
        NotThere: there is no bucket, role or trained model.
        InvalidSetting: the artifact cannot be served.
        NameTaken: another change of the endpoint is in progress.
        EndpointFailed: the endpoint did not come into service; the reason is AWS's.
        SmokeTestFailed: the endpoint judges a plain review wrongly.
        Declined: the endpoint would have to be replaced, and the user does not agree.
    """
    if not settings.serverless:
        check_instance_type(settings.instance_type, "endpoints")
    require_bucket(aws)
    role_arn = require_role(aws)
    revision, sha256 = find_revision(aws, settings, ui=ui)
    planned = plan(aws, revision)
    deployment = Deployment(
        aws.names.endpoint,
        planned.action,
        revision.name,
        revision.artifact,
        revision.image,
        settings.hosting,
        dry_run=dry_run,
    )
    price = describe_hosting(
        serverless=settings.serverless,
        memory_mb=settings.memory_mb,
        instance_type=settings.instance_type,
        instance_count=settings.instance_count,
    )
    ui.say(f"this endpoint costs {price}; python -m sagemaker_jobs teardown {aws.options} ends it")
    if settings.serverless:
        warn_of_slow_start(aws, revision.image, ui=ui)
    if dry_run:
        return deployment
    if planned.action == "replace" and not settings.confirmed:
        _confirm_gap(aws, ui)
    started = clock()
    scaling, former_scaling = Scaling.of(settings), read_scaling(aws)
    keep_count = scaling is not None and former_scaling is not None
    rollout = Rollout(aws, ui, sleep, clock, keep_count, settings.bake_s)
    end = _set_expiry(aws, expires_s, started, ui, sleep)  # first: we may be interrupted
    try:
        with translated():
            if planned.action == "unchanged":
                rollout.wait(revision.name)
            else:
                if settings.artifact:
                    send_file(aws, settings.artifact, revision.artifact, sha256, ui=ui)
                ensure_log_group(aws, aws.names.endpoint_log_group)
                ensure(aws, revision, role_arn, ui=ui, sleep=sleep)
                remove_scaling(aws)  # AWS updates no endpoint that is scaled
                rollout.serve(revision.name)
            tested = smoke_test(aws, settings) if settings.smoke_test else None
    except JobError:
        rollout.undo(revision.name, planned.former)
        if planned.former and former_scaling:
            set_scaling(aws, former_scaling)
        raise
    set_scaling(aws, scaling)
    return replace(
        deployment,
        seconds=round(clock() - started, 1),
        smoke_test=tested,
        removed=remove_others(aws, revision.name),
        expires_at=end,
    )


def _set_expiry(
    aws: Aws, expires_s: float | None, now: float, ui: Ui, sleep: Callable[[float], None]
) -> str | None:
    """Return when AWS deletes the endpoint, for people; None if it does not."""
    if expires_s is None:
        if read_expiry(aws):
            ui.say("cancelling the endpoint's expiry; add --expires to set a new one")
            clear_expiry(aws)
        return None
    return in_utc(set_expiry(aws, now + expires_s, ui=ui, sleep=sleep))


def _confirm_gap(aws: Aws, ui: Ui) -> None:
    """Return if the user agrees to be without the endpoint for some minutes.

    Raises:
        Declined: the user does not, or there is no terminal.
    """
    ui.say(
        "AWS cannot turn an endpoint on instances into a serverless one. It must be deleted and "
        "created again; meanwhile, for some minutes, the web app answers 503."
    )
    ui.confirm(
        f"Delete and create the endpoint {aws.names.endpoint}?",
        otherwise="add --yes to do so without confirmation, or --hosting instance",
    )
