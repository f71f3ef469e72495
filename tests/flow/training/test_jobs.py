"""Training jobs followed, failed, left and stopped."""

from pathlib import Path

import pytest

from tests.support.pipeline import CLASSIC, IMAGE, Do, left_when

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_a_job_is_started_now_and_followed_later(do: Do) -> None:
    """--no-wait returns the job's name; `train follow` shows its epochs from the first one on."""
    started = do(
        "train", "job", *IMAGE, *CLASSIC, "--epochs", 2, "--spot", "--no-wait", "--json"
    ).json
    followed = do("train", "follow", started["job"], "--json")
    assert [epoch["epoch"] for epoch in followed.json["epochs"]] == [1, 2]
    assert "epoch 1: training loss" in followed.err
    assert followed.json["artifact"].endswith(f"/{started['job']}/output/model.tar.gz")
    assert do("deploy", *IMAGE, "--dry-run", "--json").json["artifact"] == followed.json["artifact"]
    assert do("teardown", "--yes").exit_code == 0
    assert do("setup").exit_code == 0
    assert "no completed training job" in do("deploy", *IMAGE).err  # its record is all there is


def test_a_job_that_fails_says_why(do: Do) -> None:
    """The error carries the job's FailureReason, and deploy does not take it for a model."""
    answer = do("train", "job", *IMAGE, *CLASSIC, "--validation-size", 999)
    assert answer.exit_code == 1
    assert "validation-size is 999" in answer.err.splitlines()[-1]
    assert "no completed training job" in do("deploy", *IMAGE).err


def test_a_job_can_be_stopped(do: Do) -> None:
    """`train stop` ends a job that runs, not a --dry-run of it; following it then says so."""
    started = do("train", "job", *IMAGE, *CLASSIC, "--epochs", 5000, "--no-wait", "--json").json
    dry = do("train", "stop", started["job"], "--dry-run", "--json").json
    assert dry["status"] == "would stop"
    assert [job["status"] for job in do("status", "--json").json["jobs"]][:1] == ["InProgress"]
    assert do("train", "stop", started["job"], "--json").json["status"] == "Stopping"
    answer = do("train", "follow", started["job"])
    assert answer.exit_code == 1
    assert "it was stopped" in answer.err


@pytest.mark.usefixtures("heeded_endings")
def test_who_stops_watching_leaves_the_job_running(do: Do, environment: dict[str, str]) -> None:
    """Ctrl-C ends the following only and says how to take it up or end the job; teardown does."""
    train = ("train", "job", *IMAGE, *CLASSIC, "--epochs", 5000)
    watching = left_when(" epoch 1:", *train, environment=environment)
    assert watching.exit_code == 130
    assert "continues" in watching.err
    (job,) = [j for j in do("status", "--json").json["jobs"] if j["status"] == "InProgress"]
    assert f"train follow {job['name']}" in watching.err
    assert f"train stop {job['name']}" in watching.err
    removed = do("teardown", "--yes", "--json").json["removed"]
    assert f"running training job {job['name']}" in removed


def test_an_unknown_job_is_one_sentence(do: Do) -> None:
    """`train follow` and `train stop` of a mistyped name say so."""
    for command in ("follow", "stop"):
        answer = do("train", command, "movie-sentiment-local-nothing")
        assert answer.exit_code == 1
        assert "there is no training job" in answer.err


def test_another_recipe_must_be_uploaded_first(do: Do) -> None:
    """A job trains on its own recipe's dataset, never on whatever lies there."""
    answer = do("train", "job", *IMAGE, "--recipe", "default")
    assert "no dataset of the recipe default" in answer.err


def test_two_instances_train_one_model(do: Do, dataset: Path, tmp_path: Path) -> None:
    """AWS's toolkit starts train.py under torchrun on both, and they learn what one does."""
    settings = (*CLASSIC, "--epochs", 2, "--batch-size", 32, "--precision", "float32")
    answer = do(
        *("train", "job", *IMAGE, *settings, "--instances", 2),
        *("--instance-type", "ml.m7i.large", "--log", "--json"),
    )
    assert answer.exit_code == 0, answer.err
    assert "process=1/2" in answer.err
    assert "process=2/2" in answer.err
    alone = do(
        *("train", "local", *settings, "--data", dataset),
        *("--directory", tmp_path, "--json"),
    )
    assert [epoch["epoch"] for epoch in answer.json["epochs"]] == [1, 2]
    for part in ("train_loss", "validation_loss"):
        two, one = ([epoch[part] for epoch in made.json["epochs"]] for made in (answer, alone))
        assert two == pytest.approx(one, abs=2e-3)
