"""`train`: a model from a dataset, as a SageMaker training job or here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from sagemaker_jobs import artifacts, images, training_job
from sagemaker_jobs.aws_errors import translated
from sagemaker_jobs.bucket import require_bucket
from sagemaker_jobs.datasets import newest_dataset
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.local_training import train_here
from sagemaker_jobs.role import require_role
from sagemaker_jobs.step import Step, Toolbox, add_recipe_argument, at_least
from sagemaker_jobs.training_job import Training, TrainingSettings

# train.py's hyperparameters that are options here; --set takes the others
_HYPERPARAMETERS: dict[str, tuple[type, str]] = {
    "pretraining-epochs": (int, "of the language model (the recipe's; none with --start-from)"),
    "teacher-epochs": (int, "of the teacher (the recipe's; none with --start-from)"),
    "epochs": (int, "of the model that is served (the recipe's)"),
    "self-training-epochs": (int, "more, in which it also teaches itself (the recipe's)"),
    "further-rounds": (
        int,
        "of self-training behind those, an epoch each (the recipe's; none with --start-from)",
    ),
    "batch-size": (int, "reviews a step (the recipe's)"),
    "hidden-dim": (int, "numbers an LSTM state, each direction (the recipe's)"),
    "embedding-dim": (int, "numbers a word (the recipe's)"),
    "vocab-size": (int, "word ids (all of the dataset's)"),
    "learning-rate": (float, "Adam's step size (the recipe's)"),
    "validation-size": (int, "reviews held out of train, to choose and to calibrate by (2500)"),
    "seed": (int, "of every random choice (1)"),
}
_METAVARS = {int: "N", float: "X"}
# the report's sanity run: few rows, small batches, the loss must fall
_SANITY_RUN = {
    "batch-size": "50",
    "pretraining-epochs": "0",
    "teacher-epochs": "0",
    "epochs": "5",
}
_SPOT_WAIT_S = 3600
# options of one way to train, which mean nothing in the other, and what they are unless given
_OF_A_JOB: dict[str, object] = {
    "dataset": None,
    "image": None,
    "instance_type": "ml.m5.2xlarge",
    "instance_count": 1,
    "max_runtime": training_job.MAX_RUNTIME_S,
    "spot": False,
    "no_wait": False,
    "follow": None,
    "stop": None,
}
_HERE: dict[str, object] = {"processes": 1, "data": None, "directory": None}


@translated()
def train(arguments: Namespace, tools: Toolbox) -> Training:
    """The trained model's job, or the state in which it was left.

    Raises:
        InvalidSetting: an option of the other way to train.
    """
    _refuse_options_of_the_other_way(arguments)
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
            start, sha256 = artifacts.uri_of_file(aws, arguments.start_from)
        settings = TrainingSettings(
            image=arguments.image or images.training_image(aws.region, arguments.instance_type),
            dataset=arguments.dataset or newest_dataset(aws, arguments.recipe),
            role_arn=require_role(aws),
            start=start,
            hyperparameters=hyperparameters(arguments),
            instance_type=arguments.instance_type,
            instance_count=arguments.instance_count,
            max_runtime_s=arguments.max_runtime,
            max_wait_s=arguments.max_runtime + _SPOT_WAIT_S if arguments.spot else None,
        )
        if arguments.dry_run:
            tools.ui.say(
                f"{settings.instance_count} x {settings.instance_type}, at most "
                f"{settings.max_runtime_s} s, billed by the second; dataset {settings.dataset}; "
                f"image {settings.image}; hyperparameters {dict(settings.hyperparameters)}"
            )
            return Training(f"{aws.names.base}-...", "would start")
        if start is not None:
            artifacts.send_file(aws, arguments.start_from, start, sha256, ui=tools.ui)
        job = training_job.start(aws, settings, ui=tools.ui, sleep=tools.sleep, clock=tools.clock)
        if arguments.no_wait:
            return Training(job, "InProgress", options=aws.options)
    return training_job.follow(
        aws, job, ui=tools.ui, sleep=tools.sleep, clock=tools.clock, every_line=arguments.log
    )


def _refuse_options_of_the_other_way(arguments: Namespace) -> None:
    """Not to leave them out in silence: one who says where to train means it."""
    others, where = (
        (_OF_A_JOB, "a training job on AWS, and --local trains here")
        if arguments.local
        else (_HERE, "a training here, which --local asks for")
    )
    for name, default in others.items():
        if getattr(arguments, name) != default:
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
    moment = datetime.fromtimestamp(tools.clock(), UTC)
    directory = arguments.directory or Path(f"work/training-{moment:%Y%m%d-%H%M%S}")
    dataset = arguments.data or Path(f"work/dataset-{arguments.recipe}")
    if arguments.dry_run:
        tools.ui.say(f"dataset {dataset}; hyperparameters {hyperparameters(arguments)}")
        return Training(str(directory), "would start")
    try:
        return train_here(
            dataset,
            directory,
            hyperparameters(arguments),
            n_processes=arguments.processes,
            start=arguments.start_from,
            ui=tools.ui,
            clock=tools.clock,
            every_line=arguments.log,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"with --directory {directory}") from None


def add_arguments(parser: ArgumentParser) -> None:
    add_recipe_argument(parser)
    for name, (kind, text) in _HYPERPARAMETERS.items():
        parser.add_argument(f"--{name}", type=kind, metavar=_METAVARS[kind], help=text)
    parser.add_argument(
        "--sample",
        type=int,
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
    job.add_argument("--instance-type", default=_OF_A_JOB["instance_type"], help="(%(default)s)")
    job.add_argument(
        "--instance-count",
        type=at_least(1),
        default=_OF_A_JOB["instance_count"],
        metavar="N",
        help="instances that train together, each its share of every batch (%(default)s)",
    )
    job.add_argument(
        "--max-runtime",
        type=at_least(1),
        default=_OF_A_JOB["max_runtime"],
        metavar="SECONDS",
        help="(%(default)s)",
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
        default=_HERE["processes"],
        metavar="N",
        help="that train together under torchrun, each its share of every batch (%(default)s)",
    )
    here.add_argument("--data", type=Path, help="the dataset folder (work/dataset-RECIPE)")
    here.add_argument(
        "--directory", type=Path, help="for model.tar.gz and checkpoints (work/training-TIME)"
    )


STEP = Step("train", "a SageMaker training job, or a training here", add_arguments, train)
