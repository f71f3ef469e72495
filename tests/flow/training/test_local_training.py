"""Training without AWS, in one process."""

import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.pipeline import step


@pytest.fixture(scope="module")
def sanity_run(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """250 rows, on this machine, without AWS, in a folder that has code of an earlier run."""
    directory = tmp_path_factory.mktemp("run")
    code = directory / "model/code"
    code.mkdir(parents=True)
    (code / "removed.py").touch()
    return step(
        *("train", "local", "--sample", 250, "--recipe", "classic", "--validation-size", 40),
        *("--data", dataset, "--directory", directory, "--json"),
        environment={},
    ).json


def test_the_sanity_run_shows_the_loss_falling(sanity_run: dict[str, Any]) -> None:
    """250 rows, batches of 50, 5 epochs."""
    losses = [epoch["train_loss"] for epoch in sanity_run["epochs"]]
    assert len(losses) == 5
    assert losses[-1] < losses[0]
    assert Path(sanity_run["artifact"]).is_file()


def test_an_archive_holds_this_runs_files_alone(sanity_run: dict[str, Any]) -> None:
    """Not the code of an earlier run in the same folder."""
    archive = Path(sanity_run["artifact"])
    with tarfile.open(archive) as opened:
        assert "code/predict.py" in opened.getnames()
        assert "code/removed.py" not in opened.getnames()
    assert [path.name for path in archive.parent.glob("model.tar.gz*")] == ["model.tar.gz"]


def test_a_training_here_that_fails_says_why(dataset: Path, tmp_path: Path) -> None:
    """The reason is train.py's own sentence."""
    answer = step(
        *("train", "local", "--recipe", "classic", "--validation-size", 999),
        *("--data", dataset, "--directory", tmp_path / "run"),
        environment={},
    )
    assert answer.exit_code == 1
    assert "validation-size is 999" in answer.err
