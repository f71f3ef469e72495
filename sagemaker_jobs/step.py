"""A step as the command line sees it."""

from __future__ import annotations

import re
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sagemaker_jobs.aws.instance_types import Use, check_instance_type
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.bulk.jobs import Instances
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.paths import ARCHIVE_FOLDER
from sagemaker_jobs.terminal import Ui

_SHORTEST_S = 15 * 60  # an endpoint takes minutes to start


class Result(Protocol):
    """A frozen dataclass; its fields are the step's JSON."""

    def line(self) -> str:
        """Return the result as a person reads it."""


@dataclass(frozen=True)
class Toolbox:
    """The side effects that a step may have, passed in."""

    ui: Ui
    connect: Callable[..., Aws]  # in the region given, or else the one that is configured
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time  # seconds since 1970


def add_archive_argument(parser: ArgumentParser) -> None:
    """Declare --archive-directory, the same for every step that has it."""
    parser.add_argument(
        "--archive-directory",
        metavar="FOLDER",
        type=Path,
        default=ARCHIVE_FOLDER,
        help="folder that `download` extracted (default: %(default)s)",
    )


def add_recipe_argument(parser: ArgumentParser) -> None:
    """Declare --recipe, the same for every step that has it."""
    from sentiment.recipe import DEFAULT, RECIPES  # `cli` has made sure that it is installed

    parser.add_argument(
        "--recipe",
        choices=sorted(RECIPES),
        default=DEFAULT.name,
        help="how reviews are read, and which network learns from them (default: %(default)s)",
    )


def at_least(least: int) -> Callable[[str], int]:
    """Return an argument type: whole numbers from `least` up.

    >>> at_least(1)("4")
    4
    """

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise ArgumentTypeError(f"must be a whole number from {least} up, not {text}")
        return value

    return number


def add_instance_arguments(parser: ArgumentParser, needed: str) -> None:
    """Declare --instance-type and --instances, which mean something only with `needed`."""
    defaults = Instances()
    parser.add_argument(
        "--instance-type",
        metavar="TYPE",
        help=f"type of the instances, with {needed} (default: {defaults.instance_type})",
    )
    parser.add_argument(
        "--instances",
        type=at_least(1),
        metavar="N",
        help=f"number of instances that share the work, with {needed} (default: {defaults.count})",
    )


def read_instances(arguments: Namespace, needed: str, use: Use, *, is_given: bool) -> Instances:
    """Return the instances chosen; `is_given` says whether the option `needed` is.

    Raises:
        InvalidSetting: it is not, or SageMaker has no such type.
    """
    given = {"instance_type": arguments.instance_type, "count": arguments.instances}
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen and not is_given:
        raise InvalidSetting(f"--instance-type and --instances need {needed}", hint=f"add {needed}")
    instances = Instances(**chosen)
    if is_given:
        check_instance_type(instances.instance_type, use)
    return instances


def duration(text: str) -> float:
    """Return the seconds that a text such as 30m, 8h or 2d names; an argument type.

    >>> duration("8h"), duration("2d")
    (28800.0, 172800.0)
    """
    found = re.fullmatch(r"(\d{1,4})([mhd])", text)
    seconds = int(found[1]) * {"m": 60, "h": 3600, "d": 86400}[found[2]] if found else 0
    if seconds < _SHORTEST_S:
        raise ArgumentTypeError(f"must be 15m, 8h or 2d, say, and at least 15m, not {text}")
    return float(seconds)


@dataclass(frozen=True)
class Step:
    """A step: its help text, its options, and the function that runs it."""

    name: str
    summary: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace, Toolbox], Result]
    has_dry_run: bool = True
    has_regions: bool = False  # whether --region can be repeated


@dataclass(frozen=True)
class StepGroup:
    """A step with sub-commands, each of them a step of its own."""

    name: str
    summary: str
    steps: tuple[Step, ...]
