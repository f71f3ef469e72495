"""`prepare --on sagemaker`: a processing job on two instances, and the same dataset."""

import json
from pathlib import Path

import pytest

from sagemaker_jobs.aws.bucket import keys_ending
from sagemaker_jobs.aws.names import BULK
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.bulk.jobs import find_jobs
from tests.support.pipeline import call_step, left_when

REGION = "ap-southeast-1"


@pytest.mark.usefixtures("heeded_endings")
@pytest.mark.parametrize("recipe", ["classic", "default"])
def test_two_instances_prepare_the_dataset_of_this_machine(
    aws: Aws, environment: dict[str, str], small_archive_folder: Path, tmp_path: Path, recipe: str
) -> None:
    """Digest for digest; an interrupted command takes up the job that it started."""
    command = (
        *("prepare", "--recipe", recipe, "--any-counts"),
        *("--archive-directory", small_archive_folder),
    )
    earlier = find_jobs(aws, "processing")
    here = call_step(*command, "--directory", tmp_path / "here", "--json", environment={}).json
    there = (
        *(*command, "--directory", tmp_path / "there"),
        *("--on", "sagemaker", "--instances", 2, "--image", "any"),
    )
    left = left_when("InProgress", *there, environment=environment)
    assert left.exit_code == 130
    assert "repeat the command to resume" in left.err
    assert not (tmp_path / "there").exists()
    made = call_step(*there, "--json", environment=environment)
    assert made.json["fingerprint"] == here["fingerprint"]
    assert "resuming processing job" in made.err
    one, other = (
        json.loads((tmp_path / name / "dataset.json").read_text()) for name in ("here", "there")
    )
    assert one == other
    job, *others = find_jobs(aws, "processing")
    assert (job[1], others) == ("Completed", earlier)
    assert list(keys_ending(aws, f"{BULK}/", "")) == []
    assert f"log {job[0]}/algo-2" in " ".join(
        call_step("teardown", "--dry-run", "--json", environment=environment).json["removed"]
    )


def test_a_job_that_fails_leaves_no_dataset(
    aws: Aws, environment: dict[str, str], small_archive_folder: Path, tmp_path: Path
) -> None:
    """Here since the role lacks a permission; a dry run starts nothing."""
    prepare = (
        *("prepare", "--recipe", "classic", "--any-counts", "--on", "sagemaker", "--image", "any"),
        *("--archive-directory", small_archive_folder, "--directory", tmp_path / "there"),
    )
    earlier = find_jobs(aws, "processing")
    dry = call_step(*prepare, "--dry-run", environment=environment)
    assert "by a processing job on 1 x ml.m5.large" in dry.err
    assert find_jobs(aws, "processing") == earlier
    (policy,) = aws.iam.list_role_policies(RoleName=aws.names.role)["PolicyNames"]
    aws.iam.delete_role_policy(RoleName=aws.names.role, PolicyName=policy)
    failed = call_step(*prepare, environment=environment)
    assert failed.exit_code == 1
    assert "error: processing job movie-sentiment-dev-processing-" in failed.err
    assert "run setup again if the role lacks a permission" in failed.err
    assert not (tmp_path / "there").exists()
