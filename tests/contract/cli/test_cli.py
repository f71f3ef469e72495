"""What the command line promises in each stage: one clean sentence per error, plain JSON."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sagemaker_jobs.cli import STEPS, build_parser
from tests.support.paths import ROOT
from tests.support.pipeline import ERROR
from tests.support.pipeline import call_step as step
from tests.support.small_archive import write_small_archive

NAMES = [step.name for step in STEPS]
# what a step needs on its command line to get as far as AWS
NEEDS = {
    "train": ["job", "--image", "x"],
    "deploy": ["--image", "x"],
    "predict": ["A fine film."],
    "feedback": ["export"],
    "models": ["list"],
    "watch": ["show"],
    "web": ["deploy"],
}
_HERE = {"download", "prepare", "report", "score", "export"}
NEED_AWS = [name for name in NAMES if name not in _HERE]


def answer_of(name: str, environment: dict[str, str]) -> str:
    """What the step says on stderr when it must fail."""
    answer = step(name, *NEEDS.get(name, []), environment=environment)
    assert answer.exit_code == 1
    assert answer.out == ""
    return answer.err


@pytest.mark.parametrize("name", [name for name in NEED_AWS if name != "upload"])
def test_no_region_is_one_sentence(name: str) -> None:
    """Without any region each step says how to choose one."""
    said = answer_of(name, {})
    assert ERROR.match(said), said
    assert "--region" in said


@pytest.mark.parametrize("name", ["setup", "status", "teardown"])
def test_no_credentials_is_one_sentence(name: str) -> None:
    """Without credentials the step says how to get some."""
    environment = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    said = answer_of(name, environment)
    assert ERROR.match(said), said
    assert "aws configure" in said


def test_a_local_aws_that_is_not_running_is_one_sentence() -> None:
    """A refused connection to AWS_ENDPOINT_URL names the address and how to start it."""
    environment = {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    said = answer_of("setup", environment)
    assert ERROR.match(said), said
    assert "http://127.0.0.1:9" in said
    assert "python -m local_aws" in said


def test_an_address_that_is_none_is_one_sentence() -> None:
    """AWS_ENDPOINT_URL without its http:// is a slip that the hint repairs."""
    environment = {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "127.0.0.1:4566"}
    said = answer_of("setup", environment)
    assert ERROR.match(said), said
    assert "AWS_ENDPOINT_URL=http://127.0.0.1:4566" in said


def test_the_stage_local_stays_off_aws() -> None:
    """`local` without a local AWS is refused before any call."""
    said = answer_of("setup", {"AWS_REGION": "us-east-1", "STAGE": "local"})
    assert ERROR.match(said), said
    assert "AWS_ENDPOINT_URL" in said


def test_an_empty_stage_is_none() -> None:
    """STAGE= chooses nothing, as the shell's other variables do."""
    assert build_parser({"STAGE": ""}).parse_args(["status"]).stage == "dev"


def test_an_unknown_stage_is_refused_alike() -> None:
    """A mistyped $STAGE ends as a mistyped --stage does, and is not taken for a new one."""
    answers = [
        step("setup", environment={"AWS_REGION": "us-east-1", "STAGE": "prdo"}),
        step("setup", "--stage", "prdo", environment={"AWS_REGION": "us-east-1"}),
    ]
    assert [answer.exit_code for answer in answers] == [2, 2]
    said = "invalid choice: 'prdo' (did you mean prod?); try: python -m sagemaker_jobs setup --help"
    assert answers[0].err == f"error: variable STAGE: {said}\n"
    assert answers[1].err == f"error: argument --stage: {said}\n"


MISSING = {
    "train": "run setup",
    "deploy": "run setup",
    "evaluate": "run deploy",
    "predict": "run deploy",
}


@pytest.mark.parametrize(("name", "hint"), MISSING.items())
def test_what_an_earlier_step_makes_is_asked_for(
    name: str, hint: str, aws_environment: dict[str, str], small_folder: Path
) -> None:
    """In a stage that has nothing, each step names the one to run first."""
    extra = ["--archive-directory", small_folder] if name == "evaluate" else []
    answer = step(
        name,
        *NEEDS.get(name, []),
        *extra,
        environment={**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": "eu-west-3"},
    )
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert hint in answer.err


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """An extracted archive of two reviews."""
    for folder in ("train/pos", "train/neg", "test/pos", "test/neg"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "test/pos/0_9.txt").write_text("A fine film.")
    (tmp_path / "test/neg/0_2.txt").write_text("A dull film.")
    return tmp_path


def test_an_empty_stage_has_a_status(aws_environment: dict[str, str]) -> None:
    """Nothing there is a result, not an error; its JSON has every field."""
    environment = {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": "eu-west-3"}
    status = step("status", "--json", environment=environment).json
    assert status == {
        "stage": "dev",
        "region": "eu-west-3",
        "bucket": None,
        "role": None,
        "kms_key": None,
        "datasets": [],
        "jobs": [],
        "endpoint": None,
        "web_app": None,
        "web_app_urls": [],
        "feedback": None,
        "costs": [],
        "traffic": None,
        "usd_month": 0,
    }


def test_a_rehearsal_changes_nothing(aws_environment: dict[str, str]) -> None:
    """--dry-run tells what setup would do, and the stage is as empty as before."""
    environment = {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": "eu-west-3"}
    rehearsed = step("setup", "--dry-run", "--json", environment=environment).json
    assert rehearsed["bucket_action"] == rehearsed["role_action"] == "create"
    assert rehearsed["dry_run"] is True
    assert step("status", "--json", environment=environment).json["bucket"] is None


def test_nobody_is_asked_where_nobody_is(aws_environment: dict[str, str]) -> None:
    """Without a terminal teardown removes nothing unless --yes is given."""
    environment = {**aws_environment, "STAGE": "local", "AWS_DEFAULT_REGION": "eu-west-3"}
    assert step("setup", environment=environment).exit_code == 0
    answer = step("teardown", environment=environment)
    assert ERROR.match(answer.err.splitlines(keepends=True)[-1]), answer.err
    assert "--yes" in answer.err
    assert step("status", "--json", environment=environment).json["bucket"]
    removed = step("teardown", "--yes", "--json", environment=environment).json["removed"]
    assert len(removed) == 3  # bucket, table, role
    assert step("status", "--json", environment=environment).json["bucket"] is None


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The system's own words, and no traceback."""
    (tmp_path / "file").write_text("in the way")
    archive = write_small_archive(tmp_path / "small.tar.gz")
    place = tmp_path / "file" / "aclImdb"
    answer = step("download", "--archive", archive, "--directory", place, environment={})
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert str(tmp_path / "file") in answer.err


def test_awss_images_are_found_without_a_network() -> None:
    """The registry of images is part of the SDK; GPU instances get GPU images. A region that the
    SDK does not know ends in an error of the setting.
    """
    program = (
        "from sagemaker_jobs.errors import InvalidSetting\n"
        "from sagemaker_jobs.aws.images import inference_image, training_image\n"
        "from sagemaker_jobs.terminal import Ui\n"
        "print(training_image('eu-west-1', 'ml.m5.2xlarge', ui=Ui()))\n"
        "print(training_image('eu-west-1', 'ml.g5.xlarge', ui=Ui()))\n"
        "print(inference_image('eu-west-1', 'ml.m5.large'))\n"
        "try:\n    training_image('moon-1', 'ml.m5.large', ui=Ui())\n"
        "except InvalidSetting as error:\n    print(error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    cpu, gpu, serving, hint = done.stdout.splitlines()
    registry = "dkr.ecr.eu-west-1.amazonaws.com"
    assert f"{registry}/pytorch:2.13-cpu-amzn2023-sagemaker" in cpu
    assert f"{registry}/pytorch:2.13-cu133-amzn2023-sagemaker" in gpu
    assert f"{registry}/pytorch-inference:2.6-cpu-py312" in serving
    assert "--image" in hint


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    """A program can read stdout whole; what is for people goes to stderr."""
    archive = tmp_path / "nothing.tar.gz"
    archive.write_bytes(b"")
    answer = step(
        "download",
        *("--archive", archive, "--directory", tmp_path / "x", "--dry-run", "--json"),
        environment={},
    )
    assert json.loads(answer.out)["dry_run"] is True
    assert answer.err == ""
