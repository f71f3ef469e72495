"""The request to SageMaker, and the hyperparameters that train.py gets."""

import json
from argparse import ArgumentParser, Namespace
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator

from sagemaker_jobs.aws.names import Names
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.steps.train import add_job_arguments, add_local_arguments, hyperparameters
from sagemaker_jobs.training.job_request import TrainingSettings, job_request
from sentiment.errors import InvalidHyperparameter
from sentiment.training.hyperparameters import parse

SETTINGS = TrainingSettings(
    image="123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1",
    dataset="s3://bucket/datasets/ab/",
    role_arn="arn:aws:iam::123456789012:role/movie-sentiment-dev-sagemaker",
    hyperparameters={"recipe": "classic", "hidden-dim": "200"},
)


@pytest.fixture
def aws() -> Aws:
    """A stage whose account is known without asking anybody."""
    place = Aws(boto3.Session(region_name="us-east-1"), "dev")
    place.names = Names("dev", "123456789012", "us-east-1")
    return place


def request(aws: Aws, settings: TrainingSettings = SETTINGS) -> dict[str, Any]:
    source = "s3://bucket/code/ab/sourcedir.tar.gz"
    return job_request(aws, "movie-sentiment-dev-20260101-000000-beef", settings, source)


def options(*arguments: str, local: bool = False) -> Namespace:
    parser = ArgumentParser()
    (add_local_arguments if local else add_job_arguments)(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize("max_wait_s", [None, 20_000])
def test_the_request_is_one_that_sagemaker_understands(aws: Aws, max_wait_s: int | None) -> None:
    """Every name and type in it is in SageMaker's own description of CreateTrainingJob."""
    settings = TrainingSettings(**{**vars(SETTINGS), "max_wait_s": max_wait_s})
    shape = aws.sagemaker.meta.service_model.operation_model("CreateTrainingJob").input_shape
    assert shape is not None
    report = ParamValidator().validate(request(aws, settings), shape)
    assert not report.has_errors(), report.generate_report()


def test_script_mode_is_requested_in_json(aws: Aws) -> None:
    """AWS's toolkit decodes its own hyperparameters as JSON; train.py's go as they are."""
    told = request(aws)["HyperParameters"]
    assert json.loads(told["sagemaker_program"]) == "train.py"
    assert json.loads(told["sagemaker_submit_directory"]).endswith("/sourcedir.tar.gz")
    assert told["hidden-dim"] == "200"


def test_everything_a_job_makes_stays_in_the_stages_bucket(aws: Aws) -> None:
    """Results and checkpoints go to prefixes that the role may write to; the job is tagged."""
    asked = request(aws)
    bucket = "s3://movie-sentiment-dev-123456789012-us-east-1"
    assert asked["OutputDataConfig"]["S3OutputPath"] == f"{bucket}/jobs"
    assert asked["CheckpointConfig"]["S3Uri"].startswith(f"{bucket}/checkpoints/")
    assert {"Key": "stage", "Value": "dev"} in asked["Tags"]


def test_spot_needs_a_longest_wait_and_others_must_not_have_one(aws: Aws) -> None:
    """SageMaker refuses either mistake."""
    on_spot = request(aws, TrainingSettings(**{**vars(SETTINGS), "max_wait_s": 20_000}))
    assert on_spot["EnableManagedSpotTraining"] is True
    assert on_spot["StoppingCondition"]["MaxWaitTimeInSeconds"] == 20_000
    assert "MaxWaitTimeInSeconds" not in request(aws)["StoppingCondition"]


def test_what_nobody_chose_is_left_to_the_recipe() -> None:
    """Only the recipe is always told."""
    assert hyperparameters(options()) == {"recipe": "default"}


def test_a_sample_is_the_reports_sanity_run() -> None:
    """250 rows, batches of 50, 5 epochs; what is given beside it counts more."""
    assert hyperparameters(options("--recipe", "classic", "--sample", "250")) == {
        "recipe": "classic",
        "sample": "250",
        "batch-size": "50",
        "pretraining-epochs": "0",
        "ensemble-epochs": "0",
        "epochs": "5",
    }
    assert hyperparameters(options("--sample", "250", "--epochs", "2"))["epochs"] == "2"


@pytest.mark.parametrize("option", ["--processes", "--instances"])
def test_fewer_than_one_cannot_train(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A sentence, before anything starts."""
    with pytest.raises(SystemExit):
        options(option, "0", local=option == "--processes")
    assert "must be a whole number from 1 up, not 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "least"),
    [
        *((f"--{name}-epochs", 0) for name in ("pretraining", "ensemble", "self-training")),
        *(("--self-training-rounds", 0), ("--seed", 0), ("--epochs", 1), ("--batch-size", 1)),
        *(("--hidden-dim", 1), ("--embedding-dim", 1), ("--validation-size", 1)),
        ("--vocab-size", 3),
    ],
)
def test_a_number_is_refused_here_where_train_py_refuses_it(option: str, least: int) -> None:
    """Not on the instance, which is billed until it says so."""
    name = option.removeprefix("--")
    assert hyperparameters(options(option, str(least)))[name] == str(least)
    parse([option, str(least)])
    with pytest.raises(SystemExit):
        options(option, str(least - 1))
    with pytest.raises(InvalidHyperparameter):
        parse([option, str(least - 1)])


@pytest.mark.parametrize("text", ["nan", "0", "-1", "inf", "1.5", "fast"])
def test_a_learning_rate_is_refused_here_where_train_py_refuses_it(text: str) -> None:
    """The learning rate, the only fraction, is checked here by train.py's own bounds."""
    assert hyperparameters(options("--learning-rate", "0.002"))["learning-rate"] == "0.002"
    with pytest.raises(SystemExit):
        options("--learning-rate", text)
    with pytest.raises(InvalidHyperparameter):
        parse(["--learning-rate", text])


def test_hyperparameters_that_do_not_go_together_are_refused_here() -> None:
    """Before a job is started that would refuse them, in train.py's own words."""
    with pytest.raises(InvalidSetting, match="classic recipe has no ensemble-epochs"):
        hyperparameters(options("--recipe", "classic", "--ensemble-epochs", "2"))
