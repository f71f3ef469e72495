"""`prepare` as a person runs it: what it refuses to replace."""

import io
import tarfile
from pathlib import Path

import pytest

from tests.support.pipeline import ERROR, Answer, step
from tests.support.small_archive import small_archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A small archive, extracted."""
    with tarfile.open(fileobj=io.BytesIO(small_archive(train=3, test=2, unlabelled=1))) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "aclImdb"


def prepare(archive: Path, directory: Path, *options: object) -> Answer:
    return step(
        *("prepare", "--recipe", "classic", "--any-counts", "--workers", 1),
        *("--archive-directory", archive, "--directory", directory, *options),
        environment={},
    )


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_a_folder_of_somebody_else_survives(
    archive: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """One line says which folder it is and what to do; a dry run says so as well."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("three years of work")
    answer = prepare(archive, tmp_path / "mine", *options)
    assert answer.exit_code == 1
    assert "mine exists and was not made by this program: it holds thesis.txt" in answer.err
    assert "try: --directory with another folder" in answer.err
    assert ERROR.match(answer.err)
    assert (tmp_path / "mine/thesis.txt").read_text() == "three years of work"


def test_the_archive_survives(archive: Path) -> None:
    """--directory is not the archive itself."""
    answer = prepare(archive, archive)
    assert answer.exit_code == 1
    assert "is or contains the archive" in answer.err
    assert (archive / "README").is_file()


def test_a_dataset_is_prepared_again(archive: Path, tmp_path: Path) -> None:
    """The step can be repeated with the same folder."""
    for _ in range(2):
        answer = prepare(archive, tmp_path / "out", "--json")
        assert answer.json["counts"]["train"] == {"negative": 3, "positive": 3}
