"""`train`: a model from a dataset, as a SageMaker training job or on this machine."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from sagemaker_jobs.aws import images, model_artifacts
from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.encryption import read_key
from sagemaker_jobs.aws.instance_types import check_instance_type
from sagemaker_jobs.aws.role import require_role
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.aws.uploaded_datasets import newest_dataset
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.step import Step, StepGroup, Toolbox, at_least
from sagemaker_jobs.training import training_job
from sagemaker_jobs.training.job_request import MAX_RUNTIME_S, TrainingSettings
from sagemaker_jobs.training.local import claim, train_here
from sagemaker_jobs.training.training_job import Training

# the source report's sanity run: few rows, small batches, the loss must fall
_SANITY_RUN = {
    "batch_size": 50,
    "pretraining_epochs": 0,
    "ensemble_epochs": 0,
    "epochs": 5,
}
_SPOT_WAIT_S = 3600


@translated()
def train_as_job(arguments: Namespace, tools: Toolbox) -> Training:
    """Start a training job and follow it, or return at once with --no-wait."""
    chosen = hyperparameters(arguments)
    aws = tools.connect()
    check_instance_type(arguments.instance_type, "training jobs")
    require_bucket(aws)
    start, sha256 = None, ""
    if arguments.warm_start:
        start, sha256 = model_artifacts.uri_of_file(aws, arguments.warm_start)
    settings = TrainingSettings(
        image=arguments.image
        or images.training_image(aws.region, arguments.instance_type, ui=tools.ui),
        dataset=arguments.dataset or newest_dataset(aws, chosen["recipe"]),
        role_arn=require_role(aws),
        kms_key=read_key(aws),
        warm_start=start,
        hyperparameters=chosen,
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
        model_artifacts.send_file(aws, arguments.warm_start, start, sha256, ui=tools.ui)
    job = training_job.start(aws, settings, ui=tools.ui, sleep=tools.sleep, clock=tools.clock)
    if arguments.no_wait:
        return Training(job, "InProgress", options=aws.options)
    return training_job.follow(
        aws, job, ui=tools.ui, sleep=tools.sleep, clock=tools.clock, every_line=arguments.log
    )


def train_on_this_machine(arguments: Namespace, tools: Toolbox) -> Training:
    """Train without AWS and return the model's place."""
    require_libraries("training", "torch")
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
            n_processes=arguments.processes,
            warm_start=arguments.warm_start,
            ui=tools.ui,
            clock=tools.clock,
            every_line=arguments.log,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"with --directory {directory}") from None


@translated()
def follow(arguments: Namespace, tools: Toolbox) -> Training:
    """Follow a job to its end."""
    return training_job.follow(
        tools.connect(),
        arguments.job,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
        every_line=arguments.log,
    )


@translated()
def stop(arguments: Namespace, tools: Toolbox) -> Training:
    """Stop a job."""
    return training_job.stop(tools.connect(), arguments.job, dry_run=arguments.dry_run)


def hyperparameters(arguments: Namespace) -> dict[str, str]:
    """Return what the job sends to train.py; what nobody chose is left to the recipe.

    Raises:
        InvalidSetting: hyperparameters that do not go together.
    """
    from sentiment.errors import InvalidHyperparameter
    from sentiment.training.hyperparameters import as_option, declarations, resolve

    given = {name: getattr(arguments, name) for name in declarations()}
    chosen = {name: value for name, value in given.items() if value is not None}
    if arguments.sample and not arguments.warm_start:
        chosen = {**_SANITY_RUN, **chosen}
    try:
        recipe = resolve(chosen, warm_start=arguments.warm_start is not None).recipe
    except InvalidHyperparameter as error:
        raise InvalidSetting(str(error), hint="train job --help, or train local --help") from error
    return {as_option(name): str(value) for name, value in {"recipe": recipe, **chosen}.items()}


def _add_training_arguments(parser: ArgumentParser) -> None:
    from sentiment.training.hyperparameters import add_options

    add_options(
        parser.add_argument_group(
            "hyperparameters",
            "With --sample N, the defaults are those of a short sanity run: 5 epochs of one "
            "phase in batches of 50, in which the loss must fall.",
        )
    )
    parser.add_argument(
        "--warm-start",
        type=Path,
        metavar="FILE",
        help="trained model (model.tar.gz) with the initial weights; only self-training is left "
        "to do (default: a new model)",
    )
    _add_log_argument(parser)


def _add_log_argument(parser: ArgumentParser) -> None:
    parser.add_argument("--log", action="store_true", help="show every log line, not only epochs")


def add_job_arguments(parser: ArgumentParser) -> None:
    """Add the options of `train job`."""
    _add_training_arguments(parser)
    parser.add_argument(
        "--dataset",
        metavar="S3_URI",
        help="dataset to train on (default: the recipe's latest upload)",
    )
    parser.add_argument("--image", help="container image (default: AWS's PyTorch training image)")
    # 4 cores with AVX-512 train the default in a few hours
    parser.add_argument(
        "--instance-type",
        metavar="TYPE",
        default=TrainingSettings.instance_type,
        help="type of the instances (default: %(default)s)",
    )
    parser.add_argument(
        "--instances",
        dest="instance_count",
        type=at_least(1),
        metavar="N",
        default=TrainingSettings.instance_count,
        help="number of instances that share every batch (default: %(default)s)",
    )
    parser.add_argument(
        "--max-runtime",
        type=at_least(1),
        metavar="SECONDS",
        default=MAX_RUNTIME_S,
        help="longest time to train, and so the highest cost (default: %(default)s)",
    )
    parser.add_argument(
        "--spot",
        action="store_true",
        help="use cheaper spot capacity; AWS may interrupt the job, which then resumes",
    )
    parser.add_argument("--no-wait", action="store_true", help="start the job and return")


def add_local_arguments(parser: ArgumentParser) -> None:
    """Add the options of `train local`."""
    _add_training_arguments(parser)
    parser.add_argument(
        "--processes",
        type=at_least(1),
        metavar="N",
        default=1,
        help="number of processes that share every batch (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="dataset folder (default: work/dataset-RECIPE)",
    )
    parser.add_argument(
        "--directory",
        type=Path,
        metavar="FOLDER",
        help="folder for model.tar.gz and checkpoints; give it again to resume "
        "(default: work/training-TIME)",
    )


def add_follow_arguments(parser: ArgumentParser) -> None:
    """Add the arguments of `train follow`."""
    _add_job_name(parser)
    _add_log_argument(parser)


def _add_job_name(parser: ArgumentParser) -> None:
    parser.add_argument("job", metavar="JOB", help="name of the training job")


STEP = StepGroup(
    "train",
    "train a model, as a SageMaker training job or here",
    (
        Step(
            "job", "start a SageMaker training job and follow it", add_job_arguments, train_as_job
        ),
        Step("local", "train on this machine", add_local_arguments, train_on_this_machine),
        Step("follow", "follow a training job", add_follow_arguments, follow, has_dry_run=False),
        Step("stop", "stop a training job", _add_job_name, stop),
    ),
)
