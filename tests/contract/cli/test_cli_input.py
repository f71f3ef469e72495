"""What a person gives the command line that cannot be: each is refused in one sentence."""

import subprocess
import sys

import pytest

from tests.support.paths import ROOT
from tests.support.pipeline import ERROR
from tests.support.pipeline import call_step as step


@pytest.mark.parametrize(
    "arguments",
    [
        ("prepare", "--workers", "-1"),
        ("prepare", "--vocab-size", "2"),
        ("evaluate", "--in-flight", "0"),
        ("deploy", "--max-instances", "0"),
        ("train", "job", "--max-runtime", "soon"),
    ],
)
def test_a_number_that_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    """Before anything is done, by the option's name."""
    answer = step(*arguments, environment={})
    assert answer.exit_code == 2
    assert f"argument {arguments[-2]}: must be a whole number from" in answer.err


@pytest.mark.parametrize(("name", "least"), [("--epochs", 1), ("--sample", 0)])
def test_a_hyperparameter_out_of_bounds_is_refused(name: str, least: int) -> None:
    """Before a job starts that would refuse it."""
    answer = step("train", "job", name, least - 1, environment={})
    assert answer.exit_code == 2
    assert f"argument {name}: must be a whole number, at least {least}, not" in answer.err


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (("job", "--data", "work/mine"), "--data"),
        (("job", "--processes", "2"), "--processes"),
        (("local", "--stop", "movie-sentiment-dev-x"), "--stop"),
        (("local", "--instances", "2"), "--instances"),
        (("local", "--no-wait"), "--no-wait"),
        (("local", "--instance-type", "ml.m5.2xlarge"), "--instance-type"),  # the default
        (("follow", "a-job", "--spot"), "--spot"),
        (("follow", "a-job", "--epochs", "3"), "--epochs"),
        (("stop", "a-job", "--ensemble-epochs", "0"), "--ensemble-epochs"),
        (("stop", "a-job", "--recipe", "classic"), "--recipe"),
        (("stop", "a-job", "--log"), "--log"),
    ],
)
def test_an_option_of_another_way_to_train_is_refused(
    command: tuple[str, ...], option: str
) -> None:
    """Nothing is trained elsewhere, or paid for, by an option that means nothing there."""
    answer = step("train", *command, environment={"AWS_REGION": "us-east-1"})
    assert answer.exit_code == 2
    assert answer.err.startswith(f"error: there is no option {option}")
    assert answer.err.endswith(f"try: python -m sagemaker_jobs train {command[0]} --help\n")


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("--hosting", "instance", "--memory-mb", "3072"), "--hosting serverless"),
        (("--instances", "2", "--max-concurrency", "2"), "--hosting serverless"),
        (("--serverless", "--instance-type", "ml.m5.large"), "--hosting instance"),
        (("--hosting", "serverless", "--max-instances", "2"), "--hosting instance"),
    ],
)
def test_an_option_of_the_other_way_to_serve_is_refused(
    arguments: tuple[str, ...], where: str
) -> None:
    """Nobody who means a serverless endpoint gets one that is billed by the hour."""
    answer = step("deploy", *arguments, environment={"AWS_REGION": "us-east-1"})
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert f"is for {where}" in answer.err


@pytest.mark.parametrize(
    "address", ["http://[::1", "http://", "http://h h", "http://127.0.0.1:99999", "http://a_b:4566"]
)
def test_an_address_that_cannot_be_is_refused(address: str) -> None:
    """No host, a port that there is not, a bracket too few: AWS's and the archive's alike."""
    environment = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": address}
    answer = step("status", environment=environment)
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert f"AWS_ENDPOINT_URL={address} is not an http address" in answer.err
    if "_" not in address:  # the archive's host may have one
        refused = step("download", "--url", f"{address}/x", "--dry-run", environment={})
        assert refused.exit_code == 1
        assert ERROR.match(refused.err), refused.err
        assert "is not an http address" in refused.err


def test_a_review_in_another_encoding_is_one_sentence() -> None:
    """Bytes on standard input that are not UTF-8 are refused in one sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "sagemaker_jobs", "predict"],
        cwd=ROOT,
        env={"AWS_REGION": "us-east-1"},
        input="Une comédie".encode("latin-1"),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert "the review is not in UTF-8" in done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("train", "job"), "ml.m5.2xlrge for training jobs (did you mean ml.m5.2xlarge?)"),
        (("deploy",), "ml.m5.2xlrge for endpoints (did you mean ml.m5.2xlarge?)"),
    ],
)
def test_an_instance_type_that_is_not_there_is_refused(
    arguments: tuple[str, ...], what: str
) -> None:
    """By --dry-run too, before anything is sent: there are no credentials here."""
    answer = step(
        *arguments,
        *("--image", "x", "--dry-run", "--instance-type", "ml.m5.2xlrge"),
        environment={"AWS_REGION": "us-east-1"},
    )
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert f"SageMaker has no instance type {what}" in answer.err
