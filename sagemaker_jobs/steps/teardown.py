"""`teardown`: delete the stage's resources, and report what was deleted and what is left."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.operations.removal import Left, Thing, remove_all
from sagemaker_jobs.operations.resources import find_resources
from sagemaker_jobs.paths import WEB_APP
from sagemaker_jobs.step import Step, Toolbox
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Teardown:
    """The resources removed and left."""

    stage: str
    removed: tuple[str, ...]
    left: tuple[str, ...]
    costly: tuple[str, ...] = ()  # those left that AWS bills, though nobody chose to keep them
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        return 1 if self.costly and not self.dry_run else 0

    def line(self) -> str:
        if self.dry_run:
            lines = [f"would remove {thing}" for thing in self.removed]
        elif self.removed:
            lines = [f"removed {len(self.removed)} resources of the stage {self.stage}"]
        else:
            lines = [f"nothing of the stage {self.stage} to remove"]
        for thing in self.left:
            lines.append(f"left{', and billed' if thing in self.costly else ''}: {thing}")
        return "\n".join(lines)


@translated()
def teardown(
    aws: Aws,
    *,
    keep_bucket: bool = False,
    confirmed: bool = False,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    dry_run: bool = False,
    project: Path = WEB_APP,
) -> Teardown:
    """Remove the stage's resources, the costly ones first; return what was removed and is left.

    Only resources with the stage's tags are removed. One that AWS refuses to remove is left, and
    the others are removed all the same. You can repeat it safely.

    Raises:
        Declined: the user did not confirm.
    """
    things, left = find_resources(
        aws, keep_bucket=keep_bucket, ui=ui, sleep=sleep, clock=clock, project=project
    )
    if dry_run or not things:
        return _result(aws, [*things, *left], dry_run=dry_run)
    if not confirmed:
        for thing in things:
            ui.say(f"to remove: {thing.name}")
        ui.confirm(
            f"Permanently remove all this from the stage {aws.stage} in {aws.region}?",
            otherwise="add --yes to remove it without confirmation, or --dry-run to list it",
        )
    return _result(aws, [*remove_all(things, ui=ui), *left])


def _result(aws: Aws, outcome: list[Thing | Left], *, dry_run: bool = False) -> Teardown:
    left = [thing for thing in outcome if isinstance(thing, Left)]
    return Teardown(
        aws.stage,
        tuple(thing.name for thing in outcome if isinstance(thing, Thing)),
        tuple(thing.what for thing in left),
        tuple(thing.what for thing in left if thing.costs),
        dry_run,
    )


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="delete without asking for confirmation")
    parser.add_argument(
        "--keep-bucket",
        action="store_true",
        help="keep the bucket and the feedback table: datasets, models, feedback",
    )


def run(arguments: Namespace, tools: Toolbox) -> Teardown:
    def remove(aws: Aws) -> Teardown:
        return teardown(
            aws,
            keep_bucket=arguments.keep_bucket,
            confirmed=arguments.yes,
            ui=tools.ui,
            sleep=tools.sleep,
            clock=tools.clock,
            dry_run=arguments.dry_run,
        )

    regions = arguments.region or []
    if len(regions) < 2:  # noqa: PLR2004
        return remove(tools.connect(*regions))
    results = {region: remove(tools.connect(region)) for region in regions}

    def named(field: str) -> tuple[str, ...]:
        return tuple(
            f"{thing} ({region})"
            for region, result in results.items()
            for thing in getattr(result, field)
        )

    return replace(
        results[regions[0]], removed=named("removed"), left=named("left"), costly=named("costly")
    )


STEP = Step(
    "teardown",
    "delete everything that the steps created in the stage",
    add_arguments,
    run,
    has_regions=True,
)
