"""Training without AWS, in one process and in two."""

import signal
import subprocess
import sys
import tarfile
from pathlib import Path

import psutil
import pytest

from tests.support.paths import ROOT
from tests.support.pipeline import CLASSIC, ENDINGS, step
from tests.support.timeouts import HANG_S

ONE_THREAD = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}


def test_the_sanity_run_shows_the_loss_falling(dataset: Path, tmp_path: Path) -> None:
    """250 rows, batches of 50, 5 epochs, on this machine, without AWS."""
    trained = step(
        *("train", "local", "--sample", 250, "--recipe", "classic", "--validation-size", 40),
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
        *("train", "local", "--recipe", "classic", "--validation-size", 999),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment=ONE_THREAD,
    )
    assert answer.exit_code == 1
    assert "validation-size is 999" in answer.err


def test_of_two_processes_the_one_that_failed_says_why(dataset: Path, tmp_path: Path) -> None:
    """Not the other one, whose partner is gone: here the first cannot write its checkpoint."""
    (tmp_path / "run/checkpoints/classifier.safetensors").mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    answer = step(
        *("train", "local", *CLASSIC, "--epochs", 2, "--processes", 2),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment={**ONE_THREAD, "TMPDIR": str(tmp_path / "temporary")},
    )
    assert answer.exit_code == 1
    assert "IsADirectoryError" in answer.err
    assert list((tmp_path / "temporary").iterdir()) == []  # torchrun's files went too


def test_an_archive_holds_this_runs_files_alone(dataset: Path, tmp_path: Path) -> None:
    """Not the code of an earlier run in the same folder."""
    code = tmp_path / "run/model/code"
    code.mkdir(parents=True)
    (code / "removed.py").touch()
    answer = step(
        *("train", "local", *CLASSIC, "--epochs", 1, "--data", dataset),
        *("--directory", tmp_path / "run", "--json"),
        environment=ONE_THREAD,
    )
    with tarfile.open(answer.json["artifact"]) as archive:
        assert "code/predict.py" in archive.getnames()
        assert "code/removed.py" not in archive.getnames()
    assert [path.name for path in (tmp_path / "run").glob("model.tar.gz*")] == ["model.tar.gz"]


def losses_in_one_and_two_processes(directory: Path, *options: object) -> list[list[float]]:
    """Those of training and of validation, epoch by epoch."""
    losses = []
    for n_processes in (1, 2):
        answer = step(
            *("train", "local", "--processes", n_processes, *options),
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
        *("--precision", "float32"),
        *("--data", dataset),
    )
    assert two == pytest.approx(one, abs=2e-3)


def test_two_processes_teach_what_one_does(default_dataset: Path, tmp_path: Path) -> None:
    """A student's steps add up reviews, noise, excerpts and what is made up, in both the same."""
    one, two = losses_in_one_and_two_processes(
        *(tmp_path, "--pretraining-epochs", 0, "--ensemble-epochs", 1, "--epochs", 2),
        *(
            "--self-training-epochs",
            1,
            "--self-training-rounds",
            1,
            "--hidden-dim",
            16,
            "--validation-size",
            40,
        ),
        *("--dropout", "0", "--word-dropout", "0", "--precision", "float32"),
        *("--data", default_dataset),
    )
    assert len(one) == 10
    assert two == pytest.approx(one, abs=2e-4)


def test_two_processes_guess_words_as_one_does(default_dataset: Path, tmp_path: Path) -> None:
    """Of the language model, which has dropout always; the classifier's losses come behind."""
    one, two = losses_in_one_and_two_processes(
        *(tmp_path, "--pretraining-epochs", 1, "--ensemble-epochs", 0, "--epochs", 1),
        *("--hidden-dim", 16, "--validation-size", 40, "--precision", "float32"),
        *("--data", default_dataset),
    )
    assert two[::2] == pytest.approx(one[::2], rel=5e-3)


@pytest.mark.usefixtures("heeded_endings")
@pytest.mark.parametrize("ending", ENDINGS)
def test_a_training_here_that_is_ended_leaves_nothing_running(
    dataset: Path, tmp_path: Path, ending: signal.Signals
) -> None:
    """Ctrl-C, kill and a closed terminal end the processes as well; the step can be repeated."""
    command = [sys.executable, "-m", "sagemaker_jobs", "train", "local", "--processes", "2"]
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
    assert f"interrupted; repeat the step with --directory {tmp_path / 'run'} to resume" in said
    assert len(children) >= 3  # torchrun and its two
    assert psutil.wait_procs(children, timeout=HANG_S)[1] == []
