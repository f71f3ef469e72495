"""A hyperparameter is one field: the programs of a copy of the sources get one more."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

FIELDS = "model_pkg/sentiment/training/hyperparameters.py"
LAST_FIELD = "    sample: int = declare("
ADDED = '    patience: int = declare("idle epochs", default=7, unit="EPOCHS", at_least=2)\n'
PROGRAMS = [
    ("model_pkg/train.py",),
    ("-m", "sagemaker_jobs", "train", "job"),
    ("-m", "sagemaker_jobs", "train", "local"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources with the hyperparameter `patience`, added in one line."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("model_pkg", "sagemaker_jobs"):
        shutil.copytree(ROOT / package, folder / package)
    source = (folder / FIELDS).read_text("utf-8")
    assert source.count(LAST_FIELD) == 1
    (folder / FIELDS).write_text(source.replace(LAST_FIELD, ADDED + LAST_FIELD), "utf-8")
    return folder


def run(copy: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(copy / "ml"), "COLUMNS": "80"}
    environment["PYTHONPATH"] = str(copy / "model_pkg")  # before the installed package
    return subprocess.run(
        [sys.executable, *command],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda words: words[-1])
def test_a_field_is_an_option_with_its_help(copy: Path, program: tuple[str, ...]) -> None:
    """In train.py and in the jobs' command line alike."""
    said = run(copy, *program, "--help").stdout
    assert "--patience EPOCHS" in said
    assert "idle epochs (default: 7)" in " ".join(said.split())


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda words: words[-1])
def test_a_field_is_checked(copy: Path, program: tuple[str, ...]) -> None:
    """Its bounds hold in both programs."""
    refused = run(copy, *program, "--patience", "1")
    assert refused.returncode != 0
    assert "argument --patience: must be a whole number, at least 2, not 1" in refused.stderr


def test_a_field_reaches_train_py(copy: Path) -> None:
    """Its value is among the hyperparameters that the job sends, and its default is not."""
    program = (
        "from sagemaker_jobs.cli import build_parser; import sagemaker_jobs.steps.train as t; "
    )
    program += "print(t.hyperparameters(build_parser({}).parse_args()))"
    assert run(copy, "-c", program, "train", "local", "--patience", "9").stdout == (
        "{'recipe': 'default', 'patience': '9'}\n"
    )
