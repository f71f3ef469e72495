"""`train`: a model from a dataset, as a SageMaker training job or here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from sagemaker_jobs.aws import images, model_artifacts
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.uploaded_datasets import newest_dataset
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.step import (
    RECIPES,
    Step,
    Toolbox,
    add_recipe_argument,
    at_least,
    up_to_one,
)
from sagemaker_jobs.training import training_job
from sagemaker_jobs.training.local import claim, train_here
from sagemaker_jobs.training.training_job import Training, TrainingSettings

# train.py's hyperparameters that are options here, and the numbers it takes; --set has the others
_HYPERPARAMETERS: dict[str, tuple[Callable[[str], float], str]] = {
    "pretraining-epochs": (
        at_least(0),
        "of the language model (the recipe's; none with --start-from)",
    ),
    "teacher-epochs": (at_least(0), "of the teacher (the recipe's; none with --start-from)"),
    "epochs": (at_least(1), "of the model that is served (the recipe's)"),
    "self-training-epochs": (at_least(0), "more, in which it also teaches itself (the recipe's)"),
    "further-rounds": (
        at_least(0),
        "of self-training behind those, an epoch each (the recipe's; none with --start-from)",
    ),
    "batch-size": (at_least(1), "reviews a step (the recipe's)"),
    "hidden-dim": (at_least(1), "numbers an LSTM state, each direction (the recipe's)"),
    "embedding-dim": (at_least(1), "numbers a word (the recipe's)"),
    "vocab-size": (at_least(3), "word ids (all of the dataset's)"),
    "learning-rate": (up_to_one, "Adam's step size (the recipe's)"),
    "validation-size": (
        at_least(1),
        "reviews held out of train, to choose and to calibrate by (2500)",
    ),
    "seed": (at_least(0), "of every random choice (1)"),
}
# the report's sanity run: few rows, small batches, the loss must fall
_SANITY_RUN = {
    "batch-size": "50",
    "pretraining-epochs": "0",
    "teacher-epochs": "0",
    "epochs": "5",
}
_SPOT_WAIT_S = 3600
# options of one way to train, which mean nothing in the other
_OF_A_NEW_JOB = (
    *("dataset", "image", "instance_type", "instance_count", "max_runtime"),
    *("spot", "no_wait"),
)
_OF_A_JOB = (*_OF_A_NEW_JOB, "follow", "stop")
_HERE = ("processes", "data", "directory")
# and of a training to come, which one that runs is past
_OF_A_NEW_TRAINING = (
    *("recipe", "sample", "set", "start_from"),
    *(name.replace("-", "_") for name in _HYPERPARAMETERS),
)


@translated()
def train(arguments: Namespace, tools: Toolbox) -> Training:
    """The trained model's job, or the state in which it was left.

    Raises:
        InvalidSetting: an option of another way to train.
    """
    _refuse_options_of_other_ways(arguments)
    if arguments.local:
        return _train_here(arguments, tools)
    aws = tools.connect()
    job = arguments.follow or arguments.stop
    if arguments.stop:
        return training_job.stop(aws, job, dry_run=arguments.dry_run)
    if not job:
        require_bucket(aws)
        start, sha256 = None, ""
        if arguments.start_from:
            start, sha256 = model_artifacts.uri_of_file(aws, arguments.start_from)
        instance_type = arguments.instance_type or TrainingSettings.instance_type
        max_runtime_s = arguments.max_runtime or training_job.MAX_RUNTIME_S
        settings = TrainingSettings(
            image=arguments.image or images.training_image(aws.region, instance_type),
            dataset=arguments.dataset or newest_dataset(aws, arguments.recipe),
            role_arn=require_role(aws),
            start=start,
            hyperparameters=hyperparameters(arguments),
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


def _refuse_options_of_other_ways(arguments: Namespace) -> None:
    """Not to leave them out in silence: one who says where or how to train means it."""
    if arguments.local:
        _refuse(arguments, _OF_A_JOB, "a training job on AWS, and --local trains here")
        return
    _refuse(arguments, _HERE, "a training here, which --local asks for")
    if arguments.follow or arguments.stop:
        where = (
            f"a new training, and --{'follow' if arguments.follow else 'stop'} is for an old one"
        )
        _refuse(arguments, (*_OF_A_NEW_JOB, *_OF_A_NEW_TRAINING), where)
    if arguments.stop:
        _refuse(arguments, ("log",), "a job that is followed")


def _refuse(arguments: Namespace, names: Iterable[str], where: str) -> None:
    for name in names:
        value = getattr(arguments, name)
        is_given = value is not None and value is not False and value not in ([], RECIPES[0])
        if is_given:
            option = "--" + name.replace("_", "-")
            raise InvalidSetting(f"{option} is for {where}", hint="train --help")


def hyperparameters(arguments: Namespace) -> dict[str, str]:
    """What train.py is told; what nobody chose is left to the recipe.

    Raises:
        InvalidSetting: a --set that is no NAME=VALUE.
    """
    chosen = {"recipe": str(arguments.recipe)}
    if arguments.sample and not arguments.start_from:
        chosen |= _SANITY_RUN
    for name in (*_HYPERPARAMETERS, "sample"):
        value = getattr(arguments, name.replace("-", "_"))
        if value is not None:
            chosen[name] = str(value)
    for assignment in arguments.set:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise InvalidSetting(f"--set {assignment} is no NAME=VALUE", hint="--set dropout=0.4")
        chosen[name] = value
    return chosen


def _train_here(arguments: Namespace, tools: Toolbox) -> Training:
    require_libraries("training", "torch")
    moment = datetime.fromtimestamp(tools.clock(), UTC)
    directory = arguments.directory or Path(f"work/training-{moment:%Y%m%d-%H%M%S}")
    dataset = arguments.data or Path(f"work/dataset-{arguments.recipe}")
    if arguments.dry_run:
        claim(directory, dry_run=True)
        tools.ui.say(f"dataset {dataset}; hyperparameters {hyperparameters(arguments)}")
        return Training(str(directory), "would start")
    try:
        return train_here(
            dataset,
            directory,
            hyperparameters(arguments),
            n_processes=arguments.processes or 1,
            start=arguments.start_from,
            ui=tools.ui,
            clock=tools.clock,
            every_line=arguments.log,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"with --directory {directory}") from None


def add_arguments(parser: ArgumentParser) -> None:
    add_recipe_argument(parser)
    for name, (number, text) in _HYPERPARAMETERS.items():
        metavar = "X" if number is up_to_one else "N"
        parser.add_argument(f"--{name}", type=number, metavar=metavar, help=text)
    parser.add_argument(
        "--sample",
        type=at_least(1),
        metavar="N",
        help="a sanity run on N labelled reviews: batches of 50, 5 epochs; the loss must fall",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other hyperparameter of train.py",
    )
    parser.add_argument(
        "--start-from",
        type=Path,
        metavar="FILE",
        help="a model.tar.gz that teaches itself once more: self-training alone is left to do; "
        "with --teacher-epochs N another network, trained for that, teaches it as well",
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
