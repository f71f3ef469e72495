"""What a person gives the command line that cannot be: each is refused in one sentence."""

import subprocess
import sys

import pytest

from tests.flow.road import ERROR, step
from tests.paths import ROOT


@pytest.mark.parametrize(
    "arguments",
    [
        ("prepare", "--workers", "-1"),
        ("prepare", "--vocab-size", "2"),
        ("evaluate", "--in-flight", "0"),
        ("deploy", "--instance-count", "0"),
        ("train", "--max-runtime", "soon"),
    ],
)
def test_a_number_that_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    """Before anything is done, by the option's name."""
    answer = step(*arguments, environment={})
    assert answer.exit_code == 2
    assert f"argument {arguments[1]}: must be a whole number from" in answer.err


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (("--data", "work/mine"), "a training here"),
        (("--processes", "2"), "a training here"),
        (("--local", "--stop", "movie-sentiment-dev-x"), "a training job on AWS"),
        (("--local", "--instance-count", "2"), "a training job on AWS"),
        (("--local", "--no-wait"), "a training job on AWS"),
    ],
)
def test_an_option_of_the_other_way_to_train_is_refused(
    arguments: tuple[str, ...], where: str
) -> None:
    """Nothing is trained elsewhere, or paid for, by an option that means nothing there."""
    answer = step("train", *arguments, environment={"AWS_REGION": "us-east-1"})
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert f"is for {where}" in answer.err


def test_a_review_in_another_encoding_is_one_sentence() -> None:
    """Bytes on standard input that are no UTF-8."""
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
