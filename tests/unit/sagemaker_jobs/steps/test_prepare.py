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


@pytest.mark.parametrize("options", [(), ("--dry-run",)], ids=["run", "dry run"])
def test_an_archive_without_a_class_is_refused(
    archive: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """--any-counts accepts fewer reviews, but both classes are needed to learn a difference."""
    for path in (archive / "train/neg").iterdir():
        path.unlink()
    (archive / "train/neg/._0_1.txt").write_bytes(b"\x00\x05\x16\x07")  # macOS's, not a review
    answer = prepare(archive, tmp_path / "out", *options)
    assert answer.exit_code == 1
    assert "there are no reviews (NUMBER_RATING.txt) in train/neg; try:" in answer.err
    assert ERROR.match(answer.err)
    assert not (tmp_path / "out").exists()


def test_hidden_files_are_not_reviews(archive: Path, tmp_path: Path) -> None:
    """macOS writes ._0_9.txt, which is not text, beside 0_9.txt on disks of other systems."""
    (archive / "train/pos/._0_9.txt").write_bytes(b"\x00\x05\x16\x07\xff")
    answer = prepare(archive, tmp_path / "out", "--json")
    assert answer.json["counts"]["train"] == {"negative": 3, "positive": 3}


def test_a_file_or_nothing_is_not_the_extracted_archive(tmp_path: Path) -> None:
    """The error says which of the two it is."""
    (tmp_path / "reviews.zip").write_bytes(b"PK")
    answer = prepare(tmp_path / "reviews.zip", tmp_path / "out")
    assert "reviews.zip is a file, not the folder of the extracted archive" in answer.err
    assert "there is no folder" in prepare(tmp_path / "none", tmp_path / "out").err
