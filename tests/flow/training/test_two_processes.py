"""Training in two processes: it learns what one does, and ends as a whole."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import torch

from sentiment.data.dataset import read_training_dataset
from sentiment.training.hyperparameters import parse
from sentiment.training.run import train
from tests.support.paths import ROOT
from tests.support.pipeline import CLASSIC, ENDINGS, step
from tests.support.timeouts import HANG_S

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"}


def test_of_two_processes_the_one_that_failed_says_why(dataset: Path, tmp_path: Path) -> None:
    """Not the other one, whose partner is gone: here the first cannot write its checkpoint."""
    (tmp_path / "run/checkpoints/classifier.safetensors").mkdir(parents=True)
    (tmp_path / "temporary").mkdir()
    answer = step(
        *("train", "local", *CLASSIC, "--epochs", 2, "--processes", 2),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment={"TMPDIR": str(tmp_path / "temporary")},
    )
    assert answer.exit_code == 1
    assert "IsADirectoryError" in answer.err
    assert list((tmp_path / "temporary").iterdir()) == []  # torchrun's files went too


@contextmanager
def arithmetic_of_train_py() -> Iterator[None]:
    """Compute as train.py does with ENVIRONMENT, and so to nearly the same numbers."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    yield
    torch.set_flush_denormal(False)
    torch.set_num_threads(n_threads)


def losses_in_one_and_two_processes(
    data: Path, directory: Path, *options: object
) -> list[list[float]]:
    """Those of training and of validation, epoch by epoch; the one process is the tests' own."""
    settings, reviews = parse([*map(str, options)]), read_training_dataset(data)
    with arithmetic_of_train_py():
        alone = train(reviews, settings, device=torch.device("cpu"), log=lambda _line: None)
    both = step(
        *("train", "local", "--processes", 2, *options),
        *("--data", data, "--directory", directory, "--json"),
        environment={},
    )
    assert both.exit_code == 0, both.err
    parts = ("train_loss", "validation_loss")
    return [
        [getattr(epoch, part) for part in parts for epoch in alone.history],
        [epoch[part] for part in parts for epoch in both.json["epochs"]],
    ]


def test_two_processes_learn_what_one_does(dataset: Path, tmp_path: Path) -> None:
    """Each takes half of every batch: without dropout the losses agree but for rounding."""
    one, two = losses_in_one_and_two_processes(
        *(dataset, tmp_path, *CLASSIC, "--epochs", 3, "--batch-size", 32),
        *("--learning-rate", 0.01, "--precision", "float32"),
    )
    assert two == pytest.approx(one, abs=2e-3)


def test_two_processes_teach_what_one_does(default_dataset: Path, tmp_path: Path) -> None:
    """A student's steps add up reviews, noise, excerpts and what is made up, in both the same."""
    one, two = losses_in_one_and_two_processes(
        *(default_dataset, tmp_path, "--hidden-dim", 16, "--validation-size", 40),
        *("--pretraining-epochs", 0, "--ensemble-epochs", 1, "--epochs", 2),
        *("--self-training-epochs", 1, "--self-training-rounds", 1),
        *("--dropout", 0, "--word-dropout", 0, "--precision", "float32"),
    )
    assert len(one) == 10
    assert two == pytest.approx(one, abs=2e-4)


def test_two_processes_guess_words_as_one_does(default_dataset: Path, tmp_path: Path) -> None:
    """Of the language model, which has dropout always; the classifier's losses come behind."""
    one, two = losses_in_one_and_two_processes(
        *(default_dataset, tmp_path, "--hidden-dim", 16, "--validation-size", 40),
        *("--pretraining-epochs", 1, "--ensemble-epochs", 0, "--epochs", 1),
        *("--precision", "float32"),
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
        env=ENVIRONMENT,
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
