"""The raw archive as its authors laid it out: {train,test}/{pos,neg}/ID_RATING.txt, train/unsup.

Line ID of train/urls_{pos,neg}.txt is the address of the film that train/{pos,neg}/ID_* is about.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sentiment.errors import InvalidDataset

Split = Literal["train", "test", "unsup"]
POSITIVE, NEGATIVE, UNLABELLED = 1, 0, -1

_FOLDERS: dict[Split, tuple[tuple[str, int], ...]] = {
    "train": (("train/neg", NEGATIVE), ("train/pos", POSITIVE)),
    "test": (("test/neg", NEGATIVE), ("test/pos", POSITIVE)),
    "unsup": (("train/unsup", UNLABELLED),),
}
# reviews per folder in the original archive (Maas et al., ACL 2011)
ORIGINAL_COUNTS = {
    "train/neg": 12_500,
    "train/pos": 12_500,
    "test/neg": 12_500,
    "test/pos": 12_500,
    "train/unsup": 50_000,
}


_NAME = re.compile(r"(?!\.).*_.*\.txt", re.DOTALL)
_NUMBERED = re.compile(r"train/(?:pos|neg)/([0-9]{1,9})_[^/]*", re.DOTALL)  # within the archive
_FILM = re.compile(r"/title/tt(\d+)/")


@dataclass(frozen=True, order=True)
class ReviewFile:
    """A review's file and its label: 1, 0, or -1 for unlabelled."""

    location: str  # text of a path: creating 100,000 Path objects takes a second
    label: int

    @property
    def path(self) -> Path:
        return Path(self.location)

    @property
    def identifier(self) -> int:
        return int(os.path.basename(self.location).partition("_")[0])  # noqa: PTH119

    def read(self) -> str:
        """Return the review's text.

        Raises:
            InvalidDataset: the file is unreadable or not UTF-8.
        """
        return read_review(self.location)


def read_review(path: str) -> str:
    """Return a review file's text.

    Raises:
        InvalidDataset: the file is unreadable or not UTF-8.
    """
    try:
        with open(path, encoding="utf-8") as stream:  # noqa: PTH123 - see ReviewFile
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDataset(f"cannot read the review {path}: {error}") from error


def find_root(folder: Path) -> Path:
    """Return the folder that holds `train/`: `folder` itself or its `aclImdb/`.

    Raises:
        InvalidDataset: neither holds it.
    """
    for root in (folder, folder / "aclImdb"):
        if (root / "train").is_dir():
            return root
    if folder.is_file():
        raise InvalidDataset(f"{folder} is a file, not the folder of the extracted archive")
    if not folder.exists():
        raise InvalidDataset(f"there is no folder {folder}")
    raise InvalidDataset(f"{folder} holds no train/ folder; is it the extracted archive?")


def list_reviews(root: Path, split: Split) -> list[ReviewFile]:
    """Return the split's review files, sorted by folder and name.

    Raises:
        InvalidDataset: a folder of a labelled split is missing.
    """
    found: list[ReviewFile] = []
    for folder, label in _FOLDERS[split]:
        if not (root / folder).is_dir():
            if split == "unsup":
                return []
            raise InvalidDataset(f"{root} holds no folder {folder}; is it the extracted archive?")
        names = _list_names(root / folder)
        found += [ReviewFile(os.path.join(root, folder, name), label) for name in names]  # noqa: PTH118
    return found


def _list_names(folder: Path) -> list[str]:
    """Return the names of the folder's reviews, in order; sorting paths would take far longer.

    Hidden files are skipped: macOS leaves a `._0_9.txt` beside each 0_9.txt on other disks.
    """
    return sorted(name for name in os.listdir(folder) if _NAME.fullmatch(name))  # noqa: PTH208


def without_copies(
    files: Sequence[ReviewFile], held_back: Sequence[ReviewFile]
) -> list[ReviewFile]:
    """Return the files whose words differ from every held-back file's, in order, each text once.

    A text with both labels is left out.

    Raises:
        InvalidDataset: a file is unreadable or not UTF-8.
    """
    words: dict[tuple[str, ...], ReviewFile] = {}
    left_out = {tuple(file.read().split()) for file in held_back}
    for file in files:
        text = tuple(file.read().split())
        if words.setdefault(text, file).label != file.label:
            left_out.add(text)
    return [file for text, file in words.items() if text not in left_out]


def find_films(root: Path, files: Sequence[ReviewFile]) -> list[int]:
    """Return a number for each train review's film; reviews of one film have the same number.

    A review whose film the archive does not name counts as the only one of its film.
    """
    addresses = {
        label: _read_addresses(root / _address_file(folder)) for folder, label in _FOLDERS["train"]
    }
    films = []
    for position, file in enumerate(files):
        known = addresses[file.label]
        line = _NUMBERED.fullmatch(path_in(root, file)) if known else None
        number = int(line[1]) if line is not None else len(known)
        match = _FILM.search(known[number]) if number < len(known) else None
        films.append(int(match[1]) if match else -1 - position)
    return films


def path_in(root: Path, file: ReviewFile) -> str:
    """Return the file's path in the archive: train/neg/10_2.txt."""
    return file.location.removeprefix(os.path.join(root, ""))  # noqa: PTH118


def _address_file(folder: str) -> str:
    parent, _, name = folder.rpartition("/")
    return f"{parent}/urls_{name}.txt"


def _read_addresses(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.is_file() else []


def count_reviews(root: Path) -> dict[str, int]:
    """Return the number of reviews in each folder of the archive."""
    return {
        folder: len(_list_names(root / folder)) if (root / folder).is_dir() else 0
        for folders in _FOLDERS.values()
        for folder, _ in folders
    }


def check_classes(n_reviews: Mapping[str, int]) -> None:
    """Raise InvalidDataset if a folder of a labelled split holds no reviews.

    `n_reviews` is what `count_reviews` returns. A model of one class would only learn to answer it.
    """
    labelled = [folder for split in ("train", "test") for folder, _ in _FOLDERS[split]]
    if empty := [folder for folder in labelled if not n_reviews[folder]]:
        raise InvalidDataset(f"there are no reviews (NUMBER_RATING.txt) in {', '.join(empty)}")


def check_original_counts(root: Path) -> None:
    """Raise InvalidDataset unless every folder holds as many reviews as the original's."""
    counts = count_reviews(root)
    wrong = [
        f"{folder} holds {counts[folder]:,} reviews instead of {expected:,}"
        for folder, expected in ORIGINAL_COUNTS.items()
        if counts[folder] != expected
    ]
    if wrong:
        raise InvalidDataset(f"not the original archive: {'; '.join(wrong)}")
