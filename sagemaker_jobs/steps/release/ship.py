"""`ship`: from reviews to a served model in one command, which stops at a bad model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.model_artifacts import uri_of_file
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.release.rules import RULES_FILE, Rule, read_rules
from sagemaker_jobs.release.state import State
from sagemaker_jobs.step import (
    Step,
    Toolbox,
    add_archive_argument,
    add_recipe_argument,
    at_least,
)
from sagemaker_jobs.steps.release.phases import MAKE_MODEL, STEPS, Release, check_options


@dataclass(frozen=True)
class Ship:
    """What was released."""

    stage: str
    steps: tuple[str, ...]  # that ran, or would run
    version: int | None = None  # in the model registry
    model_version: str = ""
    figures: Mapping[str, float] | None = None
    deployed: str = ""  # the endpoint's line
    page: str = ""
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            return f"would run {', '.join(self.steps)}"
        if self.version is None:
            return f"ran {', '.join(self.steps)}"
        page = f"; report {self.page}" if self.page else ""
        served = f": {self.deployed}" if self.deployed else ""
        return f"model {self.model_version} is version {self.version}{served}{page}"


@translated()
def run(arguments: Namespace, tools: Toolbox) -> Ship:
    """Run the steps that this release has not done yet."""
    aws = tools.connect()
    require_bucket(aws)
    require_role(aws)
    rules = read_rules(arguments.rules)
    has_model = arguments.artifact or arguments.job
    steps = tuple(step for step in STEPS if not has_model or step not in MAKE_MODEL)
    if arguments.only and arguments.only not in steps:
        raise InvalidSetting(
            f"--only {arguments.only} makes a model, and one is given",
            hint="leave out --artifact and --job",
        )
    folder = arguments.directory or Path(f"work/ship-{aws.stage}")
    state = State.load(
        folder,
        _settings(arguments, aws, rules),
        fresh=arguments.fresh,
        dry_run=arguments.dry_run,
    )
    release = Release(arguments, tools, aws, state, rules)
    check_options(arguments)
    pending = [step for step in steps if step not in state.done]
    if arguments.only:
        pending = [arguments.only]
    if arguments.dry_run:
        return Ship(aws.stage, tuple(pending), dry_run=True)
    for step in steps:
        if step in pending:
            release.run(step)
        elif not arguments.only:
            tools.ui.say(f"ship: {step} is done")
    return _summary(aws, state, tuple(pending))


def _settings(arguments: Namespace, aws: Aws, rules: tuple[Rule, ...]) -> dict[str, Any]:
    """Return what a release depends on; with other settings it begins again."""
    names = ("recipe", "prepare", "train", "deploy", "job", "limit")
    artifact = arguments.artifact
    return {
        **{name: getattr(arguments, name) for name in names},
        "archive": str(arguments.archive_directory),
        "artifact": uri_of_file(aws, artifact)[0] if artifact else None,
        "region": aws.region,
        "rules": [asdict(rule) for rule in rules],
    }


def _summary(aws: Aws, state: State, steps: tuple[str, ...]) -> Ship:
    done = state.done
    if "register" not in done:
        return Ship(aws.stage, steps)
    return Ship(
        aws.stage,
        steps,
        done["register"]["number"],
        done["evaluate"]["description"]["model_version"],
        done["evaluate"]["figures"],
        done.get("deploy", {}).get("line", ""),
        done.get("report", {}).get("page", ""),
    )


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `ship`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--artifact",
        type=Path,
        metavar="PATH",
        help="release this model.tar.gz or artifact folder (default: train a model)",
    )
    what.add_argument("--job", metavar="JOB", help="release this training job's model")
    add_archive_argument(parser)
    add_recipe_argument(parser)
    for step in ("prepare", "train", "deploy"):
        command = "train job" if step == "train" else step
        parser.add_argument(
            f"--{step}",
            default="",
            metavar="OPTIONS",
            help=f"pass these options to `{command}`, in quotes: --{step}='--OPTION VALUE'",
        )
    parser.add_argument(
        "--rules",
        type=Path,
        default=RULES_FILE,
        metavar="FILE",
        help="read the rules of a release from this TOML file (default: "
        "sagemaker_jobs/release/rules.toml)",
    )
    parser.add_argument(
        "--limit",
        type=at_least(2),
        metavar="N",
        help="evaluate on the same N test reviews each time, half of them positive (default: all)",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="FOLDER",
        help="keep the release's state, model and scores here (default: work/ship-STAGE)",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="begin again instead of resuming the last release"
    )
    parser.add_argument(
        "--only", choices=STEPS, metavar="STEP", help=f"run one step: {', '.join(STEPS)}"
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="replace an endpoint that AWS cannot update, without asking for confirmation",
    )


STEP = Step(
    "ship", "train, judge and register a model, and deploy it if it passes", add_arguments, run
)
