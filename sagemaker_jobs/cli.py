"""The command line: results on stdout, `error: what; try: hint` on stderr."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from argparse import Action, ArgumentParser, HelpFormatter, _SubParsersAction
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from difflib import get_close_matches
from functools import partial
from typing import Any, NoReturn, cast

from sagemaker_jobs.aws import session
from sagemaker_jobs.aws.names import STAGES
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.step import Result, Step, StepGroup, Toolbox
from sagemaker_jobs.steps import (
    deploy,
    download,
    evaluate,
    export,
    feedback,
    harden,
    image,
    predict,
    prepare,
    report,
    score,
    setup,
    status,
    teardown,
    train,
    upload,
    web,
)
from sagemaker_jobs.steps.operations import costs, watch
from sagemaker_jobs.steps.release import models, ship
from sagemaker_jobs.terminal import Ui

STEPS: tuple[Step | StepGroup, ...] = (
    download.STEP,
    prepare.STEP,
    setup.STEP,
    upload.STEP,
    train.STEP,
    image.STEP,
    deploy.STEP,
    ship.STEP,
    models.STEP,
    web.STEP,
    harden.STEP,
    evaluate.STEP,
    report.STEP,
    predict.STEP,
    score.STEP,
    export.STEP,
    feedback.STEP,
    status.STEP,
    costs.STEP,
    watch.STEP,
    teardown.STEP,
)
_INTERRUPTED = 130  # the shell's code for Ctrl-C
_Help = partial(HelpFormatter, max_help_position=28)


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Run the step that the arguments name; return 0, 1 for an error or 2 for wrong usage.

    A result may have an `exit_code` of its own.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        require_libraries("this command", "sentiment")  # train's options are its own
        arguments = build_parser(environ).parse_args(argv)
        step: Step = arguments.step
        tools = Toolbox(
            ui=Ui(),
            connect=lambda region=arguments.region: session.connect(
                arguments.stage, region, environ
            ),
        )
        if arguments.stage not in STAGES:  # argparse does not look at defaults
            choices = ", ".join(map(repr, STAGES))
            arguments.parser.error(
                f"variable STAGE: invalid choice: {arguments.stage!r} (choose from {choices})"
            )
        result = step.run(arguments, tools)
    except JobError as error:
        print(f"error: {error.what}; try: {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:  # such as a full disk: in the system's own words
        print(f"error: {error}; try: choose another folder, or free this one", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:  # may carry the options to repeat the step with
        print(
            " ".join(["interrupted; repeat the step", *interruption.args, "to resume"]),
            file=sys.stderr,
        )
        return _INTERRUPTED
    print(as_json(result) if arguments.json else result.line())
    return getattr(result, "exit_code", 0)


def as_json(result: Result) -> str:
    """Return the result's fields as one JSON object; a number that JSON lacks becomes text."""
    return json.dumps(_json_value(asdict(cast("Any", result))), indent=2)


def _json_value(value: Any) -> Any:
    from sentiment.training.history import json_number

    if isinstance(value, dict):
        return {key: _json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(item) for item in value]
    return json_number(value)


class _Version(Action):
    """Print the version and exit."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, parser: ArgumentParser, *_: object, **__: object) -> None:
        from sentiment import __version__

        print(f"movie-sentiment {__version__}")
        parser.exit()


class _Parser(ArgumentParser):
    """A parser whose errors are one line and suggest the nearest step, option or choice."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Return the arguments; report an unknown one by the parser of its step."""
        arguments, unknown = self.parse_known_args(args, namespace)
        if unknown:
            options = [word for word in unknown if word.startswith("-")]
            what = f"there is no option {options[0]}" if options else f"unexpected: {unknown[0]}"
            arguments.parser.error(what)
        return arguments

    def error(self, message: str) -> NoReturn:
        """Print the error with a suggestion and exit with 2."""
        message, _, choices = message.partition(" (choose from ")
        message = message.replace("argument STEP: invalid choice:", "there is no step")
        known = re.findall(r"[\w-]+", choices) or [*self._option_string_actions]
        typed = message.partition("=")[0].split()[-1].strip("'")
        near = get_close_matches(typed, known, 1)
        if near and typed not in known:
            message += f" (did you mean {near[0]}?)"
        elif choices:
            message += f" (one of {', '.join(known)})"
        self.exit(2, f"error: {message}; try: {self.prog} --help\n")


def build_parser(environ: Mapping[str, str]) -> ArgumentParser:
    """Return the parser of all steps, with defaults from the environment."""
    parser = _Parser(
        prog="python -m sagemaker_jobs",
        description="The steps of the pipeline from the raw archive to a served model.",
        epilog="Run STEP --help for the options of a step. You can repeat every step.",
        formatter_class=_Help,
    )
    parser.add_argument("--version", action=_Version, help="print the version and exit")
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    for step in STEPS:
        _add_step(steps, step, environ)
    return parser


def _add_step(
    steps: _SubParsersAction[_Parser],
    step: Step | StepGroup,
    environ: Mapping[str, str],
) -> None:
    parser = steps.add_parser(
        step.name,
        help=step.summary,
        description=f"{step.summary[0].upper()}{step.summary[1:]}.",
        formatter_class=_Help,
        allow_abbrev=False,  # or `train job --data` would be taken for --dataset
    )
    if isinstance(step, StepGroup):
        commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
        for command in step.steps:
            _add_step(commands, command, environ)
        return
    step.add_arguments(parser)
    _add_common_arguments(parser, step, environ)
    parser.set_defaults(step=step, parser=parser, dry_run=False)


def _add_common_arguments(parser: ArgumentParser, step: Step, environ: Mapping[str, str]) -> None:
    common = parser.add_argument_group("common options")
    common.add_argument(
        "--stage",
        choices=STAGES,
        default=environ.get("STAGE") or "dev",
        help="stage to work in (default: $STAGE, or dev)",
    )
    common.add_argument(
        "--region",
        action="append" if step.has_regions else "store",
        help="AWS region (default: $AWS_DEFAULT_REGION, or the profile's)"
        + ("; repeat it for several" if step.has_regions else ""),
    )
    common.add_argument("--json", action="store_true", help="print the result as JSON")
    if step.has_dry_run:
        common.add_argument(
            "--dry-run", action="store_true", help="print what the step would do, without doing it"
        )
