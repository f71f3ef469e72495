"""Archive folder -> dataset folder."""

from pathlib import Path

import pytest

from sentiment.data.archive import find_films, list_reviews
from sentiment.data.dataset import (
    DatasetDescription,
    EncodedSplit,
    read_training_dataset,
)
from sentiment.data.prepare import prepare
from sentiment.errors import InvalidDataset, NotOurs
from sentiment.recipe import CLASSIC, DEFAULT, RECIPES
from sentiment.safe_files import MARKER
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary


def test_training_and_serving_read_a_review_alike(
    archive: Path, dataset_folder: Path, recipe_name: str
) -> None:
    """Every prepared review is, id for id, what the endpoint's encoder makes of its text."""
    encoder = Encoder(RECIPES[recipe_name], Vocabulary.read(dataset_folder / "vocabulary.txt"))
    split = EncodedSplit.read(dataset_folder / "test.safetensors")
    prepared = sorted(split.review(i).tolist() for i in range(len(split)))
    served = sorted(encoder.encode(file.read()).ids for file in list_reviews(archive, "test"))
    assert prepared == served


def test_a_film_is_known_of_the_archives_numbered_reviews_alone(tmp_path: Path) -> None:
    """Whatever other reviews are called, and wherever they lie, they are of no known film."""
    root = tmp_path / "archive"
    of_archive = ("0_8.txt", "1_8.txt", "2_8.txt", "-1_8.txt", "mine_8.txt", "²_8.txt")
    for folder, names in (("archive", of_archive), ("extra", ("0_8.txt", "mine_8.txt"))):
        for class_ in ("pos", "neg"):
            (tmp_path / folder / "train" / class_).mkdir(parents=True)
        for name in names:
            (tmp_path / folder / "train" / "pos" / name).write_text("good", "utf-8")
    address = "http://www.imdb.com/title/tt00{}/usercomments\n"
    (root / "train" / "urls_pos.txt").write_text(address.format(17) + address.format(18), "utf-8")
    files = list_reviews(root, "train") + list_reviews(tmp_path / "extra", "train")
    films = {
        (file.path.parts[-4], file.path.name): film
        for file, film in zip(files, find_films(root, files), strict=True)
    }
    known = {("archive", "0_8.txt"): 17, ("archive", "1_8.txt"): 18}
    assert {file: film for file, film in films.items() if film >= 0} == known
    assert len(set(films.values())) == len(files)


def test_of_more_reviews_each_text_has_one_label(archive: Path, tmp_path: Path) -> None:
    """Copies are left out, and a text of which people think otherwise altogether."""
    for class_ in ("pos", "neg"):
        (tmp_path / "train" / class_).mkdir(parents=True)
    for name in ("a_8.txt", "b_8.txt"):
        (tmp_path / "train" / "pos" / name).write_text("my own film", "utf-8")
    made = prepare(
        archive, tmp_path / "out", CLASSIC, check_counts=False, n_workers=1, extra=tmp_path
    )
    assert made.counts["train"] == {"negative": 40, "positive": 41}
    (tmp_path / "train" / "neg" / "c_2.txt").write_text("my  own film", "utf-8")
    made = prepare(
        archive, tmp_path / "two", CLASSIC, check_counts=False, n_workers=1, extra=tmp_path
    )
    assert made.counts["train"] == {"negative": 40, "positive": 40}


def test_number_of_workers_changes_nothing(archive: Path, tmp_path: Path) -> None:
    """One process and three write the same bytes."""
    one = prepare(archive, tmp_path / "1", DEFAULT, check_counts=False, n_workers=1)
    three = prepare(archive, tmp_path / "3", DEFAULT, check_counts=False, n_workers=3)
    assert one.sha256 == three.sha256
    assert one.fingerprint == three.fingerprint


def test_counts_are_reported_by_split_and_class(dataset_folder: Path) -> None:
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
    path.write_text(path.read_text().replace('"format_version": 3', '"format_version": 4'))
    with pytest.raises(InvalidDataset, match="format version 4"):
        read_training_dataset(tmp_path / "out")


def prepare_small(archive: Path, destination: Path) -> DatasetDescription:
    return prepare(archive, destination, CLASSIC, check_counts=False, n_workers=1)


def test_a_dataset_replaces_an_earlier_one(archive: Path, tmp_path: Path) -> None:
    """Nothing of the old one is left, and nothing is left beside it."""
    prepare(archive, tmp_path / "out", DEFAULT, check_counts=False, n_workers=1)
    made = prepare_small(archive, tmp_path / "out")
    assert not (tmp_path / "out/unlabelled.safetensors").exists()
    assert DatasetDescription.read(tmp_path / "out") == made
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_dataset_of_an_earlier_version_is_replaced(archive: Path, tmp_path: Path) -> None:
    """It has no marker but is known by its files; with one more file it is somebody's."""
    prepare_small(archive, tmp_path / "out")
    (tmp_path / "out" / MARKER).unlink()
    prepare_small(archive, tmp_path / "out")
    (tmp_path / "out" / MARKER).unlink()
    (tmp_path / "out/thesis.txt").write_text("mine")
    with pytest.raises(NotOurs, match=r"it holds thesis\.txt"):
        prepare_small(archive, tmp_path / "out")
    assert (tmp_path / "out/thesis.txt").read_text() == "mine"
    (tmp_path / "out/thesis.txt").unlink()
    (tmp_path / "out/dataset.json").write_text('{"somebody": "else\'s"}')
    with pytest.raises(NotOurs, match="was not made by this program"):
        prepare_small(archive, tmp_path / "out")


@pytest.mark.parametrize("marked", [True, False])
def test_an_interruption_leaves_the_old_dataset(
    archive: Path, tmp_path: Path, marked: bool
) -> None:
    """Ctrl-C while reviews are read costs the new dataset alone."""
    made = prepare_small(archive, tmp_path / "out")
    if not marked:
        (tmp_path / "out" / MARKER).unlink()

    def interrupt(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(
            archive, tmp_path / "out", DEFAULT, check_counts=False, n_workers=1, progress=interrupt
        )
    assert DatasetDescription.read(tmp_path / "out") == made
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_neither_the_archive_nor_more_reviews_are_replaced(archive: Path, tmp_path: Path) -> None:
    """A destination that is, or holds, what the step reads."""
    for destination in (archive, archive.parent, archive / "train"):
        with pytest.raises(NotOurs):
            prepare_small(archive, destination)
    extra = tmp_path / "extra"
    for class_ in ("pos", "neg"):
        (extra / "train" / class_).mkdir(parents=True)
    with pytest.raises(NotOurs, match="the folder of --extra"):
        prepare(archive, extra, CLASSIC, check_counts=False, n_workers=1, extra=extra)
    assert len(list_reviews(archive, "train")) == 80
