"""`deploy`: create or update the stage's endpoint with a trained model."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from sagemaker_jobs.aws.bucket import require_bucket
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
from sagemaker_jobs.endpoint.hosting import Hosting, choose_hosting
from sagemaker_jobs.endpoint.revision import DeploySettings, ensure, find_revision, remove_others
from sagemaker_jobs.endpoint.rollout import DeployAction, Rollout, plan
from sagemaker_jobs.endpoint.smoke_test import SmokeTest, smoke_test
from sagemaker_jobs.errors import InvalidSetting, JobError
from sagemaker_jobs.operations.expiry import clear_expiry, in_utc, read_expiry, set_expiry
from sagemaker_jobs.operations.prices import describe_hosting
from sagemaker_jobs.release.registry import require_approved
from sagemaker_jobs.step import Step, Toolbox, at_least, duration
from sagemaker_jobs.terminal import Ui

# options of one kind of hosting, which mean nothing for the other
_OPTIONS: dict[Hosting, tuple[str, ...]] = {
    "instance": ("instance_type", "instance_count", "max_instances", "bake_s"),
    "serverless": ("memory_mb", "max_concurrency"),
}


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


def add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--job",
        metavar="JOB",
        help="deploy this training job's model (default: the newest completed job's)",
    )
    what.add_argument(
        "--artifact",
        type=Path,
        metavar="PATH",
        help="deploy this model.tar.gz, or this artifact folder with today's code",
    )
    parser.add_argument(
        "--model-version",
        type=at_least(1),
        metavar="N",
        help="deploy this approved version of the model registry (see models list)",
    )
    parser.add_argument(
        "--image",
        metavar="URI",
        help="container image (default: ours, if `image` has built it from today's code; "
        "otherwise AWS's PyTorch inference image)",
    )
    defaults = DeploySettings()
    parser.add_argument(
        "--hosting",
        choices=get_args(Hosting),
        help="kind of hosting: serverless is billed per request and slower after a pause; "
        "instance is billed by the hour "
        "(default: serverless in the stage dev if `image` has built our image, else instance)",
    )
    parser.add_argument(
        "--bake",
        dest="bake_s",
        type=at_least(0),
        metavar="SECONDS",
        help="keep the old instances this long after an update, and return to them if the "
        "new ones answer with errors (default: 0)",
    )
    parser.add_argument(
        "--serverless",
        dest="hosting",
        action="store_const",
        const="serverless",
        help="short for --hosting serverless",
    )
    parser.add_argument(
        "--instance-type",
        metavar="TYPE",
        help=f"type of the instances (default: {defaults.instance_type})",
    )
    parser.add_argument(
        "--instances",
        "--instance-count",
        dest="instance_count",
        type=at_least(1),
        metavar="N",
        help="number of instances; AWS puts two or more into different zones "
        f"(default: {defaults.instance_count})",
    )
    parser.add_argument(
        "--max-instances",
        type=at_least(1),
        metavar="N",
        help="let AWS add instances under load, up to N (default: their number is fixed)",
    )
    parser.add_argument(
        "--memory-mb",
        type=int,
        choices=range(1024, 6145, 1024),
        metavar="MB",
        help="memory of a serverless endpoint: 1024 to 6144 in steps of 1024 "
        f"(default: {defaults.memory_mb})",
    )
    parser.add_argument(
        "--max-concurrency",
        type=at_least(1),
        metavar="N",
        help=f"concurrent requests to a serverless endpoint (default: {defaults.max_concurrency})",
    )
    parser.add_argument(
        "--expires",
        type=duration,
        metavar="TIME",
        help="let AWS delete the endpoint after this time, such as 8h or 2d",
    )
    parser.add_argument(
        "--no-smoke-test",
        action="store_true",
        help="skip the test that the model judges two plain reviews correctly",
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="replace an endpoint that AWS cannot update, without asking for confirmation",
    )


def chosen_hosting(arguments: Namespace) -> tuple[Hosting | None, dict[str, Any]]:
    """Return the hosting that is asked for, and its options.

    An option of one kind of hosting asks for that kind.

    Raises:
        InvalidSetting: an option belongs to the other kind.
    """
    given = {
        kind: {name: getattr(arguments, name) for name in names if getattr(arguments, name)}
        for kind, names in _OPTIONS.items()
    }
    hosting: Hosting | None = arguments.hosting or next(filter(given.get, given), None)
    for kind, options in given.items():
        if options and kind != hosting:
            option = "--" + next(iter(options)).removesuffix("_s").replace("_", "-")
            raise InvalidSetting(
                f"{option} is for --hosting {kind}", hint=f"leave it out, or --hosting {kind}"
            )
    return hosting, given[hosting] if hosting else {}


@translated()
def run(arguments: Namespace, tools: Toolbox) -> Deployment:
    aws = tools.connect()
    settings = settings_of(arguments, aws, ui=tools.ui)
    if arguments.model_version:
        if arguments.job or arguments.artifact:
            raise InvalidSetting(
                "--model-version names a model, as --job and --artifact do", hint="give one of them"
            )
        uri = require_approved(aws, arguments.model_version).artifact
        settings = replace(settings, uri=uri)
    return deploy(
        aws,
        settings,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
        expires_s=arguments.expires,
        dry_run=arguments.dry_run,
    )


def settings_of(arguments: Namespace, aws: Aws, *, ui: Ui) -> DeploySettings:
    """Return the settings that the options choose.

    Raises:
        InvalidSetting: an option belongs to the other kind of hosting.
    """
    hosting, options = chosen_hosting(arguments)
    return DeploySettings(
        artifact=arguments.artifact,
        job=arguments.job,
        image=arguments.image,
        serverless=choose_hosting(aws, hosting, arguments.image, ui=ui) == "serverless",
        **options,
        smoke_test=not arguments.no_smoke_test,
        confirmed=arguments.yes,
    )


STEP = Step(
    "deploy", "create or update the stage's endpoint with a trained model", add_arguments, run
)
