"""`deploy`: create or update the stage's endpoint with a trained model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint.hosting import Hosting, choose_hosting
from sagemaker_jobs.endpoint.revision import DeploySettings
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.operations.deployment import Deployment, deploy
from sagemaker_jobs.release.registry import require_approved
from sagemaker_jobs.step import Step, Toolbox, at_least, duration
from sagemaker_jobs.terminal import Ui

# options of one kind of hosting, which mean nothing for the other
_OPTIONS: dict[Hosting, tuple[str, ...]] = {
    "instance": ("instance_type", "instance_count", "max_instances", "bake_s"),
    "serverless": ("memory_mb", "max_concurrency"),
}
_OPTION_NAMES = {"instance_count": "instances", "bake_s": "bake"}


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
        metavar="IMAGE",
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
            name = next(iter(options))
            option = "--" + _OPTION_NAMES.get(name, name.replace("_", "-"))
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
