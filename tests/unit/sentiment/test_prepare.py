"""Archive folder -> dataset folder."""

from pathlib import Path

import pytest

from sentiment.archive import list_reviews
from sentiment.dataset import DatasetDescription, EncodedSplit, read_training_dataset
from sentiment.encoding import Encoder
from sentiment.errors import InvalidDataset
from sentiment.prepare import prepare
from sentiment.recipe import CLASSIC, DEFAULT, RECIPES
from sentiment.vocabulary import Vocabulary


def test_training_and_serving_read_a_review_alike(
    archive: Path, dataset_folder: Path, recipe_name: str
) -> None:
    """Every prepared review is, id for id, what the endpoint's encoder makes of its text."""
    encoder = Encoder(RECIPES[recipe_name], Vocabulary.read(dataset_folder / "vocabulary.txt"))
    split = EncodedSplit.read(dataset_folder / "test.safetensors")
    prepared = sorted(split.review(i).tolist() for i in range(len(split)))
    served = sorted(encoder.encode(file.read()).ids for file in list_reviews(archive, "test"))
    assert prepared == served


def test_number_of_workers_changes_nothing(archive: Path, tmp_path: Path) -> None:
    """One process and three write the same bytes."""
    one = prepare(archive, tmp_path / "1", DEFAULT, check_counts=False, n_workers=1)
    three = prepare(archive, tmp_path / "3", DEFAULT, check_counts=False, n_workers=3)
    assert one.sha256 == three.sha256
    assert one.fingerprint == three.fingerprint


def test_counts_are_told_by_split_and_class(dataset_folder: Path) -> None:
    """The description says how many reviews of each class were found."""
    counts = DatasetDescription.read(dataset_folder).counts
    assert counts["train"] == counts["test"] == {"negative": 40, "positive": 40}


def test_an_archive_of_other_counts_is_refused(archive: Path, tmp_path: Path) -> None:
    """Unless told otherwise, prepare accepts the original archive only, and leaves nothing."""
    with pytest.raises(InvalidDataset, match="train/neg holds 40 reviews instead of 12,500"):
        prepare(archive, tmp_path / "out", CLASSIC)
    assert list(tmp_path.iterdir()) == []


def test_progress_reaches_the_total(archive: Path, tmp_path: Path) -> None:
    """The progress callback ends at all reviews of all splits read."""
    seen: list[tuple[int, int]] = []
    prepare(
        archive,
        tmp_path / "out",
        DEFAULT,
        check_counts=False,
        n_workers=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen[-1] == (190, 190)


def test_a_test_review_never_enters_the_vocabulary(archive: Path, tmp_path: Path) -> None:
    """Words that only test reviews hold are unknown to the model."""
    odd = archive / "test" / "pos" / "999_9.txt"
    odd.write_text("zyzzyva", "utf-8")
    try:
        prepare(archive, tmp_path / "out", DEFAULT, check_counts=False, n_workers=1)
    finally:
        odd.unlink()
    assert "zyzzyva" not in Vocabulary.read(tmp_path / "out" / "vocabulary.txt")


@pytest.mark.parametrize("damage", ["truncate", "remove", "alter"])
def test_a_damaged_channel_is_refused(archive: Path, tmp_path: Path, damage: str) -> None:
    """A training job names the file that is not what was prepared."""
    prepare(archive, tmp_path / "out", DEFAULT, check_counts=False, n_workers=1)
    file = tmp_path / "out" / "train.safetensors"
    content = file.read_bytes()
    if damage == "remove":
        file.unlink()
    else:
        file.write_bytes(content[:-10] if damage == "truncate" else content[:-1] + b"\xff")
    with pytest.raises(InvalidDataset, match=r"train\.safetensors"):
        read_training_dataset(tmp_path / "out")


def test_a_newer_dataset_format_is_refused(archive: Path, tmp_path: Path) -> None:
    """A dataset of a later version says so instead of being misread."""
    prepare(archive, tmp_path / "out", DEFAULT, check_counts=False, n_workers=1)
    path = tmp_path / "out" / "dataset.json"
    path.write_text(path.read_text().replace('"format_version": 2', '"format_version": 3'))
    with pytest.raises(InvalidDataset, match="format version 3"):
        read_training_dataset(tmp_path / "out")
