"""Training jobs followed, failed, left and stopped; and training without AWS."""

import gc
import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.flow.road import Answer, step
from tests.paths import ROOT

IMAGE = ("--image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/movie-sentiment:test")
CLASSIC = ("--recipe", "classic", "--hidden-dim", 16, "--validation-size", 40)
ONE_THREAD = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}
Do = Callable[..., Answer]

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def endings() -> Iterator[None]:
    """Programs started here ignore none of them, though these tests may (nohup, '&')."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ENDINGS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "local"}


@pytest.fixture
def do(environment: dict[str, str], dataset: Path) -> Iterator[Do]:
    """Runs a step in the stage local, which has the dataset and is torn down at the end."""

    def run(*arguments: object) -> Answer:
        return step(*arguments, environment=environment)

    assert run("setup").exit_code == 0
    assert run("upload", "--data", dataset).exit_code == 0
    yield run
    assert run("teardown", "--yes").exit_code == 0
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


def test_the_sanity_run_shows_the_loss_falling(dataset: Path, tmp_path: Path) -> None:
    """250 rows, batches of 50, 5 epochs, on this machine, without AWS."""
    trained = step(
        *("train", "--local", "--sample", 250, "--recipe", "classic", "--validation-size", 40),
        *("--data", dataset, "--directory", tmp_path / "run", "--json"),
        environment=ONE_THREAD,
    ).json
    losses = [epoch["train_loss"] for epoch in trained["epochs"]]
    assert len(losses) == 5
    assert losses[-1] < losses[0]
    assert Path(trained["artifact"]).is_file()


def test_a_training_here_that_fails_says_why(dataset: Path, tmp_path: Path) -> None:
    """The reason is train.py's own sentence."""
    answer = step(
        *("train", "--local", "--recipe", "classic", "--epochs", -1),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment=ONE_THREAD,
    )
    assert answer.exit_code == 1
    assert "epochs must be at least 1, not -1" in answer.err


def test_of_two_processes_the_one_that_failed_says_why(dataset: Path, tmp_path: Path) -> None:
    """Not the other one, whose partner is gone: here the first cannot write its checkpoint."""
    (tmp_path / "run/checkpoints/classifier.safetensors.partial").mkdir(parents=True)
    answer = step(
        *("train", "--local", *CLASSIC, "--epochs", 2, "--processes", 2),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment=ONE_THREAD,
    )
    assert answer.exit_code == 1
    assert "IsADirectoryError" in answer.err


def test_an_archive_holds_this_runs_files_alone(dataset: Path, tmp_path: Path) -> None:
    """Not the code of an earlier run in the same folder."""
    code = tmp_path / "run/model/code"
    code.mkdir(parents=True)
    (code / "removed.py").touch()
    answer = step(
        *("train", "--local", *CLASSIC, "--epochs", 1, "--data", dataset),
        *("--directory", tmp_path / "run", "--json"),
        environment=ONE_THREAD,
    )
    with tarfile.open(answer.json["artifact"]) as archive:
        assert "code/predict.py" in archive.getnames()
        assert "code/removed.py" not in archive.getnames()
    assert [path.name for path in (tmp_path / "run").glob("model.tar.gz*")] == ["model.tar.gz"]


def test_a_job_is_started_now_and_followed_later(do: Do) -> None:
    """--no-wait returns the job's name; --follow tells its epochs from the first one on."""
    started = do("train", *IMAGE, *CLASSIC, "--epochs", 2, "--spot", "--no-wait", "--json").json
    followed = do("train", "--follow", started["job"], "--json")
    assert [epoch["epoch"] for epoch in followed.json["epochs"]] == [1, 2]
    assert "epoch 1: training loss" in followed.err
    assert followed.json["artifact"].endswith(f"/{started['job']}/output/model.tar.gz")
    assert do("deploy", *IMAGE, "--dry-run", "--json").json["artifact"] == followed.json["artifact"]
    assert do("teardown", "--yes").exit_code == 0
    assert do("setup").exit_code == 0
    assert "no completed training job" in do("deploy", *IMAGE).err  # its record is all there is


def test_a_job_that_fails_says_why(do: Do) -> None:
    """The error carries the job's FailureReason, and deploy does not take it for a model."""
    answer = do("train", *IMAGE, *CLASSIC, "--set", "nonsense=1")
    assert answer.exit_code == 1
    assert "nonsense" in answer.err.splitlines()[-1]
    assert "no completed training job" in do("deploy", *IMAGE).err


def test_a_job_can_be_stopped(do: Do) -> None:
    """--stop ends a job that runs, not a --dry-run of it; following it then says so."""
    started = do("train", *IMAGE, *CLASSIC, "--epochs", 5000, "--no-wait", "--json").json
    dry = do("train", "--stop", started["job"], "--dry-run", "--json").json
    assert dry["status"] == "would stop"
    assert [job["status"] for job in do("status", "--json").json["jobs"]][:1] == ["InProgress"]
    assert do("train", "--stop", started["job"], "--json").json["status"] == "Stopping"
    answer = do("train", "--follow", started["job"])
    assert answer.exit_code == 1
    assert "it was stopped" in answer.err


def test_who_stops_watching_leaves_the_job_running(do: Do, environment: dict[str, str]) -> None:
    """Ctrl-C ends the following only and says how to take it up or end the job; teardown does."""
    command = [sys.executable, "-m", "sagemaker_jobs", "train", *IMAGE, *map(str, CLASSIC)]
    with subprocess.Popen(
        [*command, "--epochs", "5000"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as watching:
        assert watching.stderr is not None
        said = ""
        for line in watching.stderr:
            said += line
            if " epoch 1:" in line:
                watching.send_signal(signal.SIGINT)
    assert watching.returncode == 130
    assert "goes on" in said
    (job,) = [j for j in do("status", "--json").json["jobs"] if j["status"] == "InProgress"]
    assert f"--follow {job['name']}" in said
    assert f"--stop {job['name']}" in said
    removed = do("teardown", "--yes", "--json").json["removed"]
    assert f"running training job {job['name']}" in removed


def test_an_unknown_job_is_one_sentence(do: Do) -> None:
    """--follow and --stop of a mistyped name say so."""
    for option in ("--follow", "--stop"):
        answer = do("train", option, "movie-sentiment-local-nothing")
        assert answer.exit_code == 1
        assert "there is no training job" in answer.err


def test_another_recipe_must_be_uploaded_first(do: Do) -> None:
    """A job trains on its own recipe's dataset, never on whatever lies there."""
    answer = do("train", *IMAGE, "--recipe", "default")
    assert "no dataset of the recipe default" in answer.err


def losses_in_one_and_two_processes(directory: Path, *options: object) -> list[list[float]]:
    """Those of training and of validation, epoch by epoch."""
    losses = []
    for n_processes in (1, 2):
        answer = step(
            *("train", "--local", "--processes", n_processes, *options),
            *("--directory", directory / str(n_processes), "--json"),
            environment=ONE_THREAD,
        )
        assert answer.exit_code == 0, answer.err
        losses.append([epoch["train_loss"] for epoch in answer.json["epochs"]])
        losses[-1] += [epoch["validation_loss"] for epoch in answer.json["epochs"]]
    return losses


def test_two_processes_learn_what_one_does(dataset: Path, tmp_path: Path) -> None:
    """Each takes half of every batch: without dropout the losses agree but for rounding."""
    one, two = losses_in_one_and_two_processes(
        *(tmp_path, *CLASSIC, "--epochs", 3, "--batch-size", 32, "--learning-rate", 0.01),
        *("--data", dataset),
    )
    assert two == pytest.approx(one, abs=2e-3)


def test_two_processes_teach_what_one_does(
    do: Do, small_archive_folder: Path, tmp_path: Path
) -> None:
    """A student's steps add up reviews, noise, excerpts and what is made up, in both the same."""
    prepared = ("--archive-directory", small_archive_folder, "--directory", tmp_path / "dataset")
    assert do("prepare", *prepared, "--any-counts").exit_code == 0
    one, two = losses_in_one_and_two_processes(
        *(tmp_path, "--pretraining-epochs", 0, "--teacher-epochs", 1, "--epochs", 2),
        *("--self-training-epochs", 2, "--hidden-dim", 16, "--validation-size", 40),
        *("--set", "dropout=0", "--set", "word-dropout=0", "--set", "precision=float32"),
        *("--data", tmp_path / "dataset"),
    )
    assert len(one) == 10
    assert two == pytest.approx(one, abs=2e-4)
    guessing = losses_in_one_and_two_processes(
        *(tmp_path / "words", "--pretraining-epochs", 1, "--teacher-epochs", 0, "--epochs", 1),
        *("--hidden-dim", 16, "--validation-size", 40, "--set", "precision=float32"),
        *("--data", tmp_path / "dataset"),
    )
    one, two = ([losses[0], losses[len(losses) // 2]] for losses in guessing)
    assert two == pytest.approx(one, rel=5e-3)  # guesses are made with dropout


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_training_here_that_is_ended_leaves_nothing_running(
    dataset: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    """Ctrl-C, kill and a closed terminal end the processes as well; the step can be repeated."""
    command = [sys.executable, "-m", "sagemaker_jobs", "train", "--local", "--processes", "2"]
    command += [*map(str, CLASSIC), "--epochs", "5000", "--data", str(dataset)]
    with subprocess.Popen(
        [*command, "--directory", str(tmp_path / "run")],
        cwd=ROOT,
        env=ONE_THREAD,
        stderr=subprocess.PIPE,
        text=True,
    ) as training:
        assert training.stderr is not None
        said, children = "", []
        for line in training.stderr:
            said += line
            if " epoch 1:" in line:
                children = psutil.Process(training.pid).children(recursive=True)
                training.send_signal(ending)
    assert training.returncode == 130
    assert "interrupted; repeat the step to go on" in said
    assert len(children) >= 3  # torchrun and its two
    assert psutil.wait_procs(children, timeout=10)[1] == []


def test_a_model_is_where_another_training_starts(
    do: Do, small_archive_folder: Path, tmp_path: Path
) -> None:
    """--start-from takes a model.tar.gz, here and in a job, and leaves self-training to do.

    A teacher beside it is trained where it is asked for.
    """
    prepared = ("--archive-directory", small_archive_folder, "--directory", tmp_path / "dataset")
    assert do("prepare", *prepared, "--any-counts").exit_code == 0
    small = ("--hidden-dim", 16, "--validation-size", 40, "--self-training-epochs", 1, "--json")
    teacher = ("--pretraining-epochs", 0, "--teacher-epochs", 1)
    here = ("train", "--local", *small, "--data", tmp_path / "dataset", "--directory")
    first = do(*here, tmp_path / "first", *teacher, "--epochs", 1).json
    assert [epoch["phase"] for epoch in first["epochs"]] == ["teacher", "student", "self_training"]
    start = ("--start-from", first["artifact"])
    again = do(*here, tmp_path / "again", *start).json
    assert [epoch["phase"] for epoch in again["epochs"]] == ["self_training"]
    calibrated = do(*here, tmp_path / "calibrated", *start, "--self-training-epochs", 0).json
    assert calibrated["epochs"] == []
    assert history_of(tmp_path / "calibrated") == history_of(tmp_path / "first")
    taught = do(*here, tmp_path / "taught", *start, *teacher).json
    assert [epoch["phase"] for epoch in taught["epochs"]] == ["teacher", "self_training"]

    assert do("upload", "--data", tmp_path / "dataset").exit_code == 0
    job = do("train", *IMAGE, *small, *start).json
    assert [epoch["phase"] for epoch in job["epochs"]] == ["self_training"]
    assert job["epochs"][0]["train_loss"] == pytest.approx(
        again["epochs"][0]["train_loss"], abs=1e-4
    )

    missing = do(*here, tmp_path / "none", "--start-from", tmp_path / "no.tar.gz")
    assert missing.exit_code == 1
    assert "there is no model" in missing.err


def history_of(directory: Path) -> list[dict[str, Any]]:
    """What the model trained there says of the epochs that its weights went through."""
    content = json.loads((directory / "model" / "model.json").read_text())
    history: list[dict[str, Any]] = content["training"]["history"]
    assert history
    return history


def test_two_instances_train_one_model(do: Do) -> None:
    """AWS's toolkit starts train.py under torchrun on both; the first one's model is kept."""
    answer = do(
        *("train", *IMAGE, *CLASSIC, "--epochs", 2, "--instance-count", 2),
        *("--instance-type", "ml.m7i.large", "--log", "--json"),
    )
    assert answer.exit_code == 0, answer.err
    assert "process=1/2" in answer.err
    assert "process=2/2" in answer.err
    assert [epoch["epoch"] for epoch in answer.json["epochs"]] == [1, 2]
