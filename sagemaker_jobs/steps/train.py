"""`train`: a model from a dataset, as a SageMaker training job or here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from sagemaker_jobs.aws import images, model_artifacts
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.uploaded_datasets import newest_dataset
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.step import (
    Step,
    Toolbox,
    at_least,
)
from sagemaker_jobs.training import training_job
from sagemaker_jobs.training.local import claim, train_here
from sagemaker_jobs.training.training_job import Training, TrainingSettings

# the report's sanity run: few rows, small batches, the loss must fall
_SANITY_RUN = {
    "batch_size": 50,
    "pretraining_epochs": 0,
    "ensemble_epochs": 0,
    "epochs": 5,
}
_SPOT_WAIT_S = 3600
# options of one way to train, which mean nothing in the other
_OF_A_NEW_JOB = (
    *("dataset", "image", "instance_type", "instance_count", "max_runtime"),
    *("spot", "no_wait"),
)
_OF_A_JOB = (*_OF_A_NEW_JOB, "follow", "stop")
_HERE = ("processes", "data", "directory")


@translated()
def train(arguments: Namespace, tools: Toolbox) -> Training:
    """The trained model's job, or the state in which it was left.

    Raises:
        InvalidSetting: an option of another way to train.
    """
    from sentiment.training.hyperparameters import declarations

    _refuse_options_of_other_ways(arguments, declarations())
    if arguments.local:
        return _train_here(arguments, tools)
    aws = tools.connect()
    job = arguments.follow or arguments.stop
    if arguments.stop:
        return training_job.stop(aws, job, dry_run=arguments.dry_run)
    if not job:
        chosen = hyperparameters(arguments)
        require_bucket(aws)
        start, sha256 = None, ""
        if arguments.start_from:
            start, sha256 = model_artifacts.uri_of_file(aws, arguments.start_from)
        instance_type = arguments.instance_type or TrainingSettings.instance_type
        max_runtime_s = arguments.max_runtime or training_job.MAX_RUNTIME_S
        settings = TrainingSettings(
            image=arguments.image or images.training_image(aws.region, instance_type),
            dataset=arguments.dataset or newest_dataset(aws, chosen["recipe"]),
            role_arn=require_role(aws),
            start=start,
            hyperparameters=chosen,
            instance_type=instance_type,
            instance_count=arguments.instance_count or TrainingSettings.instance_count,
            max_runtime_s=max_runtime_s,
            max_wait_s=max_runtime_s + _SPOT_WAIT_S if arguments.spot else None,
        )
        if arguments.dry_run:
            tools.ui.say(
                f"{settings.instance_count} x {settings.instance_type}, at most "
                f"{settings.max_runtime_s} s, billed by the second; dataset {settings.dataset}; "
                f"image {settings.image}; hyperparameters {dict(settings.hyperparameters)}"
            )
            return Training(f"{aws.names.base}-...", "would start")
        if start is not None:
            model_artifacts.send_file(aws, arguments.start_from, start, sha256, ui=tools.ui)
        job = training_job.start(aws, settings, ui=tools.ui, sleep=tools.sleep, clock=tools.clock)
        if arguments.no_wait:
            return Training(job, "InProgress", options=aws.options)
    return training_job.follow(
        aws, job, ui=tools.ui, sleep=tools.sleep, clock=tools.clock, every_line=arguments.log
    )


def _refuse_options_of_other_ways(arguments: Namespace, names: Iterable[str]) -> None:
    """Not to leave them out in silence: one who says where or how to train means it."""
    if arguments.local:
        _refuse(arguments, _OF_A_JOB, "a training job on AWS, and --local trains here")
        return
    _refuse(arguments, _HERE, "a training here, which --local asks for")
    if arguments.follow or arguments.stop:
        where = (
            f"a new training, and --{'follow' if arguments.follow else 'stop'} is for an old one"
        )
        _refuse(arguments, (*_OF_A_NEW_JOB, "start_from", *names), where)
    if arguments.stop:
        _refuse(arguments, ("log",), "a job that is followed")


def _refuse(arguments: Namespace, names: Iterable[str], where: str) -> None:
    for name in names:
        value = getattr(arguments, name)
        is_given = value is not None and value is not False
        if is_given:
            option = "--" + name.replace("_", "-")
            raise InvalidSetting(f"{option} is for {where}", hint="train --help")


def hyperparameters(arguments: Namespace) -> dict[str, str]:
    """Return what the job sends to train.py; what nobody chose is left to the recipe.

    Raises:
        InvalidSetting: hyperparameters that do not go together.
    """
    from sentiment.errors import InvalidHyperparameter
    from sentiment.training.hyperparameters import as_option, declarations, resolve

    given = {name: getattr(arguments, name) for name in declarations()}
    chosen = {name: value for name, value in given.items() if value is not None}
    if arguments.sample and not arguments.start_from:
        chosen = {**_SANITY_RUN, **chosen}
    try:
        recipe = resolve(chosen, warm_start=arguments.start_from is not None).recipe
    except InvalidHyperparameter as error:
        raise InvalidSetting(str(error), hint="train --help") from error
    return {as_option(name): str(value) for name, value in {"recipe": recipe, **chosen}.items()}


def _train_here(arguments: Namespace, tools: Toolbox) -> Training:
    moment = datetime.fromtimestamp(tools.clock(), UTC)
    chosen = hyperparameters(arguments)
    directory = arguments.directory or Path(f"work/training-{moment:%Y%m%d-%H%M%S}")
    dataset = arguments.data or Path(f"work/dataset-{chosen['recipe']}")
    if arguments.dry_run:
        claim(directory, dry_run=True)
        tools.ui.say(f"dataset {dataset}; hyperparameters {chosen}")
        return Training(str(directory), "would start")
    try:
        return train_here(
            dataset,
            directory,
            chosen,
            n_processes=arguments.processes or 1,
            start=arguments.start_from,
            ui=tools.ui,
            clock=tools.clock,
            every_line=arguments.log,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"with --directory {directory}") from None


def add_arguments(parser: ArgumentParser) -> None:
    from sentiment.training.hyperparameters import add_options

    add_options(parser.add_argument_group("hyperparameters"))
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE",
        help="a model.tar.gz that teaches itself once more: self-training alone is left to do; "
        "with --ensemble-epochs N another network, trained for that, teaches it as well",
    )
    parser.add_argument("--log", action="store_true", help="show every log line, not only epochs")

    job = parser.add_argument_group("as a SageMaker training job")
    job.add_argument("--dataset", metavar="S3_URI", help="the recipe's that was uploaded last")
    job.add_argument("--image", help="the container (AWS's PyTorch training image)")
    # m5: new accounts have a quota for it; 4 cores with AVX-512 train the default in a few hours
    job.add_argument("--instance-type", help=f"({TrainingSettings.instance_type})")
    job.add_argument(
        "--instance-count",
        type=at_least(1),
        metavar="N",
        help="instances that train together, each its share of every batch "
        f"({TrainingSettings.instance_count})",
    )
    job.add_argument(
        "--max-runtime",
        type=at_least(1),
        metavar="SECONDS",
        help=f"({training_job.MAX_RUNTIME_S})",
    )
    job.add_argument(
        "--spot", action="store_true", help="cheaper; may be interrupted and then goes on"
    )
    what = job.add_mutually_exclusive_group()
    what.add_argument("--no-wait", action="store_true", help="start the job and return")
    what.add_argument("--follow", metavar="JOB", help="follow a job that runs")
    what.add_argument("--stop", metavar="JOB", help="stop a job that runs")

    here = parser.add_argument_group("here, without AWS")
    here.add_argument("--local", action="store_true", help="train on this machine")
    here.add_argument(
        "--processes",
        type=at_least(1),
        metavar="N",
        help="that train together under torchrun, each its share of every batch (1)",
    )
    here.add_argument("--data", type=Path, help="the dataset folder (work/dataset-RECIPE)")
    here.add_argument(
        "--directory", type=Path, help="for model.tar.gz and checkpoints (work/training-TIME)"
    )


STEP = Step("train", "a SageMaker training job, or a training here", add_arguments, train)
