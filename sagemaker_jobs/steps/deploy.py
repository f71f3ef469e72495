"""`deploy`: a trained model -> the stage's endpoint, new or updated in place."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sagemaker_jobs.aws import images, inventory, model_artifacts
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.revision import (
    DeploySettings,
    Revision,
    ensure,
    point_endpoint,
    remove_others,
)
from sagemaker_jobs.endpoint.smoke_test import SmokeTest, smoke_test
from sagemaker_jobs.errors import InvalidSetting, JobError, NameTaken
from sagemaker_jobs.step import Step, Toolbox, at_least
from sagemaker_jobs.terminal import Ui

# options of one way to serve, which mean nothing in the other
_REAL_TIME = ("instance_type", "instance_count")
_SERVERLESS = ("memory_mb", "max_concurrency")


@dataclass(frozen=True)
class Deployment:
    """What the endpoint now serves."""

    endpoint: str
    deed: Literal["create", "update", "confirm"]
    revision: str  # the model's and the configuration's name
    artifact: str
    image: str
    place: str
    seconds: float = 0.0
    smoke_test: SmokeTest | None = None
    removed: tuple[str, ...] = ()
    dry_run: bool = False

    def line(self) -> str:
        tested = f"; {self.smoke_test.line()}" if self.smoke_test else ""
        place = f"endpoint {self.endpoint} ({self.place})"
        if self.dry_run:
            return f"would {self.deed} {place} with {self.artifact}"
        return f"{self.deed.removesuffix('e')}ed {place} in {self.seconds:.0f} s{tested}"


@translated()
def deploy(
    aws: Aws,
    settings: DeploySettings,
    *,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    dry_run: bool = False,
) -> Deployment:
    """The stage's endpoint once it serves the model and has judged two plain reviews rightly.

    The same model in the same place is deployed once only. An update that fails the smoke test is
    taken back.

    Raises:
        NotThere: no bucket, role or trained model.
        NameTaken: another change of the endpoint is under way.
        EndpointFailed: it did not come into service; the reason is AWS's.
        SmokeTestFailed: it answers, but wrongly.
    """
    require_bucket(aws)
    role_arn = require_role(aws)
    revision, sha256 = _revision(aws, settings)
    deed, former = _plan(aws, revision)
    deployment = Deployment(
        aws.names.endpoint,
        deed,
        revision.name,
        revision.artifact,
        revision.image,
        settings.place,
        dry_run=dry_run,
    )
    if dry_run:
        return deployment
    started = clock()
    if deed != "confirm":
        if settings.artifact:
            model_artifacts.send_file(aws, settings.artifact, revision.artifact, sha256, ui=ui)
        if deed == "create" and former:
            ui.say(f"removing endpoint {aws.names.endpoint}, which had failed")
            endpoint.delete(aws, aws.names.endpoint, ui=ui, sleep=sleep, clock=clock)
        ensure(aws, revision, role_arn, sleep)
        point_endpoint(aws, revision.name, update=deed == "update")
    endpoint.wait_until_in_service(aws, revision.name, ui=ui, sleep=sleep, clock=clock)
    tested = None
    if settings.smoke_test:
        try:
            tested = smoke_test(aws)
        except JobError:
            if deed != "create" and former == revision.name:
                former = _former_to(aws, revision.name)
            if deed != "create" and former:
                _take_back(aws, former, ui=ui, sleep=sleep, clock=clock)
            raise
    return replace(
        deployment,
        seconds=round(clock() - started, 1),
        smoke_test=tested,
        removed=remove_others(aws, revision.name),
    )


def _revision(aws: Aws, settings: DeploySettings) -> tuple[Revision, str]:
    """What is to be served, and the sha256 of its file if it is one here."""
    image = settings.image or images.inference_image(aws.region, settings.instance_type)
    if settings.artifact:
        artifact, sha256 = model_artifacts.uri_of_file(aws, settings.artifact)
    else:
        artifact, sha256 = model_artifacts.uri_of_job(aws, settings.job), ""
    return Revision.of(aws, artifact, image, settings), sha256


def _plan(
    aws: Aws, revision: Revision
) -> tuple[Literal["create", "update", "confirm"], str | None]:
    """What is to be done with the endpoint, and the revision it serves; None where there is none.

    To "confirm" is also to wait for an update to this revision that was begun before.
    """
    name = aws.names.endpoint
    before = endpoint.describe(aws, name)
    if before is None:
        return "create", None
    status, former = before["EndpointStatus"], before["EndpointConfigName"]
    if status == "Failed":
        return "create", former
    coming = before.get("PendingDeploymentSummary", {}).get("EndpointConfigName", former)
    if status == "Deleting" or (status in endpoint.CHANGING and coming != revision.name):
        raise NameTaken(
            f"the endpoint {name} is being changed ({status})",
            hint="wait until status shows that it is over, then deploy again",
        )
    return ("confirm" if coming == revision.name else "update"), former


def _former_to(aws: Aws, name: str) -> str | None:
    """The revision before the one that is served since an update that nobody waited for.

    Whoever saw an update through has removed what was before it. One made after it never served.
    """
    configs = inventory.endpoint_configs(aws)
    older = configs[configs.index(name) + 1 :] if name in configs else []
    return older[0] if older else None


def _take_back(
    aws: Aws,
    former: str,
    *,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> None:
    """Have the endpoint serve its former revision again."""
    ui.say("the new model fails the smoke test; putting the former one back")
    point_endpoint(aws, former, update=True)
    endpoint.wait_until_in_service(aws, former, ui=ui, sleep=sleep, clock=clock)
    remove_others(aws, former)


def add_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--job", help="whose model (the stage's newest completed job)")
    what.add_argument(
        "--artifact",
        type=Path,
        help="a model.tar.gz or an artifact folder, which is packed with today's code",
    )
    parser.add_argument("--image", help="the container (AWS's PyTorch inference image)")
    defaults = DeploySettings()
    parser.add_argument("--instance-type", help=f"real-time ({defaults.instance_type})")
    parser.add_argument(
        "--instance-count", type=at_least(1), help=f"real-time ({defaults.instance_count})"
    )
    parser.add_argument(
        "--serverless",
        action="store_true",
        help="no instance: billed per request, some seconds slower after a pause",
    )
    parser.add_argument(
        "--memory-mb",
        type=int,
        choices=range(1024, 6145, 1024),
        help=f"serverless ({defaults.memory_mb})",
    )
    parser.add_argument(
        "--max-concurrency", type=at_least(1), help=f"serverless ({defaults.max_concurrency})"
    )
    parser.add_argument(
        "--no-smoke-test",
        action="store_true",
        help="do not ask for two verdicts; for models that are not meant to be good",
    )


def _chosen(arguments: Namespace) -> dict[str, Any]:
    """What was said of the way to serve.

    Raises:
        InvalidSetting: an option of the other way: an hour of an instance is not for free.
    """
    own, others = (_SERVERLESS, _REAL_TIME) if arguments.serverless else (_REAL_TIME, _SERVERLESS)
    for name in others:
        if getattr(arguments, name) is not None:
            where = (
                "a real-time endpoint, and --serverless asks for none"
                if arguments.serverless
                else "a serverless endpoint, which --serverless asks for"
            )
            option = "--" + name.replace("_", "-")
            raise InvalidSetting(f"{option} is for {where}", hint="deploy --help")
    said = {name: getattr(arguments, name) for name in own}
    return {name: value for name, value in said.items() if value is not None}


def run(arguments: Namespace, tools: Toolbox) -> Deployment:
    settings = DeploySettings(
        artifact=arguments.artifact,
        job=arguments.job,
        image=arguments.image,
        serverless=arguments.serverless,
        **_chosen(arguments),
        smoke_test=not arguments.no_smoke_test,
    )
    return deploy(
        tools.connect(),
        settings,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
        dry_run=arguments.dry_run,
    )


STEP = Step("deploy", "a trained model -> the stage's endpoint", add_arguments, run)
