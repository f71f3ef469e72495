"""Which folders a training here takes as its own."""

from pathlib import Path

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.training.local import claim
from sentiment.safe_files import MARKER
from tests.support.pipeline import call_step as step

# what a training of an earlier version left
EARLIER = (
    "model.tar.gz",
    "model/model.json",
    "model/model.safetensors",
    "model/vocabulary.txt",
    "model/code/predict.py",
    "model/code/requirements.txt",
    "model/code/sentiment/errors.py",
    "model/code/sentiment/names.txt",
    "checkpoints/classifier.safetensors",
    "checkpoints/precision.txt",
    "input/data/model/model.tar.gz",
    "output/failure",
    "output/data/",
)


def lay_out(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if name.endswith("/") else path.write_text("mine")
    return folder


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_folder_of_somebody_else_survives(tmp_path: Path, options: tuple[str, ...]) -> None:
    """The step refuses it before it writes anything."""
    lay_out(tmp_path / "mine", "thesis.txt", "model/code/thesis.txt", "output/failure")
    lay_out(tmp_path / "dataset", "dataset.json")
    answer = step(
        *("train", "local", "--data", tmp_path / "dataset"),
        *("--directory", tmp_path / "mine", *options),
        environment={},
    )
    assert answer.exit_code == 1
    assert "mine exists and was not made by this program: it holds thesis.txt" in answer.err
    assert "try: --directory with another folder" in answer.err
    assert files_in(tmp_path / "mine") == {"thesis.txt", "model/code/thesis.txt", "output/failure"}


@pytest.mark.parametrize(
    "names", [("model.tar.gz",), ("model/model.json",), ("model/code/thesis.txt",), ("work/",)]
)
def test_names_alone_do_not_make_a_training(tmp_path: Path, names: tuple[str, ...]) -> None:
    """A model that somebody keeps is not the result of a training there."""
    lay_out(tmp_path / "mine", *names)
    with pytest.raises(InvalidSetting, match="not made by this program"):
        claim(tmp_path / "mine")
    assert not (tmp_path / "mine" / MARKER).exists()


def test_a_training_of_an_earlier_version_resumes(tmp_path: Path) -> None:
    """Its folder gets a marker and keeps all but the code, which is written again."""
    claim(lay_out(tmp_path / "run", *EARLIER))
    kept = {name for name in EARLIER if not name.startswith("model/code") and name[-1] != "/"}
    assert files_in(tmp_path / "run") == {*kept, MARKER}


def test_our_folder_may_hold_notes(tmp_path: Path) -> None:
    """A training deletes its own files alone, so a log beside them is in nobody's way."""
    claim(tmp_path / "run")
    lay_out(tmp_path / "run", "log.txt")
    claim(tmp_path / "run")
    assert (tmp_path / "run/log.txt").exists()
    lay_out(tmp_path / "run", "model/code/thesis.txt", "model/code/predict.py")
    with pytest.raises(InvalidSetting, match=r"it holds thesis\.txt"):
        claim(tmp_path / "run")
    assert (tmp_path / "run/model/code/thesis.txt").exists()
