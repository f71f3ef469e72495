"""The command line: options in; a line or JSON on stdout; `error: what; try: what next` on stderr.

Written with argparse: the steps' options are plain, and `--help` then imports nothing else.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from sagemaker_jobs.aws import session
from sagemaker_jobs.aws.names import STAGES
from sagemaker_jobs.errors import InvalidSetting, JobError
from sagemaker_jobs.paths import require_packages
from sagemaker_jobs.step import Result, Step, Toolbox
from sagemaker_jobs.steps import (
    deploy,
    download,
    evaluate,
    feedback,
    predict,
    prepare,
    report,
    setup,
    status,
    teardown,
    train,
    upload,
)
from sagemaker_jobs.terminal import Ui

STEPS: tuple[Step, ...] = (
    download.STEP,
    prepare.STEP,
    setup.STEP,
    upload.STEP,
    train.STEP,
    deploy.STEP,
    evaluate.STEP,
    report.STEP,
    predict.STEP,
    feedback.STEP,
    status.STEP,
    teardown.STEP,
)
_INTERRUPTED = 130  # as a shell counts Ctrl-C


def main(argv: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """The exit code of the step that the arguments name: 0, 1 for an error, 2 for wrong usage."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    parser = build_parser(environ)
    arguments = parser.parse_args(argv)
    step: Step = arguments.step
    tools = Toolbox(
        ui=Ui(), connect=lambda: session.connect(arguments.stage, arguments.region, environ)
    )
    try:
        if arguments.stage not in STAGES:  # argparse does not look at defaults
            raise InvalidSetting(
                f"STAGE={arguments.stage} is no stage", hint=f"one of {', '.join(STAGES)}"
            )
        require_packages("sentiment")
        result = step.run(arguments, tools)
    except JobError as error:
        print(f"error: {error.what}; try: {error.hint}", file=sys.stderr)
        return error.exit_code
    except OSError as error:  # a full disk, a folder that is not ours: the system's own sentence
        print(f"error: {error}; try: another place, or free this one", file=sys.stderr)
        return 1
    except KeyboardInterrupt as interruption:  # says what to repeat the step with, if anything
        print(
            " ".join(["interrupted; repeat the step", *interruption.args, "to go on"]),
            file=sys.stderr,
        )
        return _INTERRUPTED
    print(as_json(result) if arguments.json else result.line())
    return 0


def as_json(result: Result) -> str:
    """The result's fields as one JSON object."""
    return json.dumps(asdict(cast("Any", result)), indent=2)


def build_parser(environ: Mapping[str, str]) -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m sagemaker_jobs",
        description="The steps of the road from the raw archive to a served model.",
        epilog="STEP --help shows a step's own options. Every step can be repeated.",
    )
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    for step in STEPS:
        step_parser = steps.add_parser(
            step.name,
            help=step.summary,
            description=f"{step.name}: {step.summary}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        step.add_arguments(step_parser)
        _add_common_arguments(step_parser, step, environ)
        step_parser.set_defaults(step=step, dry_run=False)
    return parser


def _add_common_arguments(parser: ArgumentParser, step: Step, environ: Mapping[str, str]) -> None:
    common = parser.add_argument_group("common options")
    common.add_argument(
        "--stage",
        choices=STAGES,
        default=environ.get("STAGE") or "dev",
        help="whose bucket, role and endpoint (STAGE, otherwise dev)",
    )
    common.add_argument("--region", help="the AWS region (AWS_DEFAULT_REGION or the profile's)")
    common.add_argument("--json", action="store_true", help="the result as JSON on stdout")
    if step.has_dry_run:
        common.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and do nothing"
        )
