"""The dataset folder: what `prepare` writes, S3 carries and the training job reads.

dataset.json              format version first; recipe, sizes, counts, sha256 of every other file
vocabulary.txt            one word a line, in id order; the first line is id 2
train.safetensors         ids (words of all reviews, one after the other), offsets, labels, films,
                          and the films of the reviews that are set aside
test.safetensors          the same without films
unlabelled.safetensors    the same as test, labels -1; only where the recipe reads them
lessons.safetensors       our own texts, see `EncodedLessons`; only where the recipe learns them
.movie-sentiment          marks the folder as ours (`safe_files`)
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from sentiment.errors import InvalidDataset
from sentiment.recipe import Recipe, find_recipe
from sentiment.safe_files import Kind, file_sha256
from sentiment.tensors import write_arrays
from sentiment.text.vocabulary import INFREQUENT_ID, Vocabulary

FORMAT_VERSION = 3
DESCRIPTION_FILE = "dataset.json"
VOCABULARY_FILE = "vocabulary.txt"
TRAIN_FILE = "train.safetensors"
TEST_FILE = "test.safetensors"
UNLABELLED_FILE = "unlabelled.safetensors"
LESSONS_FILE = "lessons.safetensors"
CHANNEL_FILES = (DESCRIPTION_FILE, VOCABULARY_FILE, TRAIN_FILE, UNLABELLED_FILE, LESSONS_FILE)


def _describes_a_dataset(folder: Path) -> bool:
    """Return whether dataset.json is ours; earlier versions wrote it but no marker."""
    try:
        content = json.loads((folder / DESCRIPTION_FILE).read_text("utf-8"))
        return content["format_version"] in range(1, FORMAT_VERSION + 1) and "recipe" in content
    except (OSError, ValueError, KeyError, TypeError):
        return False


DATASET = Kind("dataset", (*CHANNEL_FILES, TEST_FILE), _describes_a_dataset)


@dataclass(frozen=True)
class EncodedSplit:
    """Reviews as ids. Review i is `ids[offsets[i] : offsets[i + 1]]`, its label `labels[i]`."""

    ids: NDArray[np.uint16] | NDArray[np.int32]  # (words of all reviews,)
    offsets: NDArray[np.int64]  # (reviews + 1,)
    labels: NDArray[np.int8]  # (reviews,) 1, 0, or -1 for unlabelled
    films: NDArray[np.int32] | None = None  # (reviews,) equal for reviews of the same film
    films_set_aside: NDArray[np.int32] | None = None  # of each train review that is left out

    def __len__(self) -> int:
        return len(self.labels)

    def review(self, index: int) -> NDArray[np.uint16] | NDArray[np.int32]:
        """Return the ids of one review (words,)."""
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def cut(self, vocabulary_size: int) -> EncodedSplit:
        """Return the same reviews; ids past the vocabulary become 'infrequent'."""
        known = self.ids < vocabulary_size
        return replace(self, ids=np.where(known, self.ids, self.ids.dtype.type(INFREQUENT_ID)))

    def write(self, path: Path) -> None:
        """Write the arrays that there are as a safetensors file."""
        tensors = {name: tensor for name, tensor in vars(self).items() if tensor is not None}
        write_arrays(tensors, path)

    @classmethod
    def read(cls, path: Path) -> EncodedSplit:
        """Read a split that `write` wrote.

        Raises:
            InvalidDataset: missing, damaged, or tensors that do not fit together.
        """
        try:
            split = cls(**load_file(path))
        except (OSError, SafetensorError, TypeError) as error:
            raise InvalidDataset(f"cannot read {path.name}: {error}; prepare it again") from error
        fits = len(split.offsets) == len(split.labels) + 1 and split.offsets[-1] == len(split.ids)
        if not fits:
            raise InvalidDataset(f"{path.name} does not fit together; prepare it again")
        return split


@dataclass(frozen=True)
class EncodedLessons:
    """Lessons as ids, label -1 for texts without a verdict.

    An edited review has the position of its original in the train split, other texts have -1.
    """

    texts: EncodedSplit
    originals: NDArray[np.int32]  # (texts,)
    chooses: NDArray[np.bool_]  # (texts,) whether a text is to choose by, not to learn

    @property
    def targets(self) -> NDArray[np.float32]:
        """Return each text's probability of 'positive' (texts,): 1, 0 or 0.5."""
        labels = self.texts.labels
        return np.where(labels < 0, 0.5, labels).astype(np.float32)

    def write(self, path: Path) -> None:
        """Write texts, originals and parts as one safetensors file."""
        texts = self.texts
        tensors = {"ids": texts.ids, "offsets": texts.offsets, "labels": texts.labels}
        write_arrays({**tensors, "originals": self.originals, "chooses": self.chooses}, path)

    @classmethod
    def read(cls, path: Path) -> EncodedLessons:
        """Read lessons that `write` wrote.

        Raises:
            InvalidDataset: missing, damaged, or tensors that do not fit together.
        """
        try:
            tensors = load_file(path)
            own = {name: tensors.pop(name) for name in ("originals", "chooses")}
            return cls(EncodedSplit(**tensors), **own)
        except (OSError, SafetensorError, TypeError, KeyError) as error:
            raise InvalidDataset(f"cannot read {path.name}: {error}; prepare it again") from error


@dataclass(frozen=True)
class DatasetDescription:
    """The content of dataset.json."""

    recipe: Recipe
    vocabulary_size: int
    counts: Mapping[str, Mapping[str, int]]  # split -> class -> reviews
    sha256: Mapping[str, str]  # file -> digest

    @property
    def fingerprint(self) -> str:
        """Return a digest of the data, equal on every machine."""
        lines = "\n".join(f"{name} {digest}" for name, digest in sorted(self.sha256.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def write(self, folder: Path) -> None:
        """Write dataset.json into the dataset folder."""
        content = {
            "format_version": FORMAT_VERSION,
            "recipe": self.recipe.name,
            "vocabulary_size": self.vocabulary_size,
            "counts": self.counts,
            "sha256": self.sha256,
            "fingerprint": self.fingerprint,
        }
        (folder / DESCRIPTION_FILE).write_text(json.dumps(content, indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, folder: Path) -> DatasetDescription:
        """Read the description in the dataset folder.

        Raises:
            InvalidDataset: missing, damaged, or written by a newer version.
        """
        path = folder / DESCRIPTION_FILE
        try:
            content = json.loads(path.read_text("utf-8"))
            version = content["format_version"]
            if version != FORMAT_VERSION:
                raise InvalidDataset(
                    f"{DESCRIPTION_FILE} has format version {version}, this code reads version "
                    f"{FORMAT_VERSION}; prepare the dataset again with this code"
                )
            return cls(
                find_recipe(content["recipe"]),
                content["vocabulary_size"],
                content["counts"],
                content["sha256"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidDataset(
                f"cannot read {DESCRIPTION_FILE} in {folder}: {error}; run prepare first"
            ) from error


@dataclass(frozen=True)
class TrainingDataset:
    """The dataset as a training job reads it from its channel."""

    description: DatasetDescription
    vocabulary: Vocabulary
    train: EncodedSplit
    unlabelled: EncodedSplit | None
    lessons: EncodedLessons | None = None

    def cut(self, vocabulary_size: int) -> TrainingDataset:
        """Return the same reviews with only the first ids; other words become 'infrequent'."""
        if vocabulary_size >= len(self.vocabulary):
            return self
        return replace(
            self,
            vocabulary=self.vocabulary.cut(vocabulary_size),
            train=self.train.cut(vocabulary_size),
            unlabelled=self.unlabelled and self.unlabelled.cut(vocabulary_size),
            lessons=self.lessons
            and replace(self.lessons, texts=self.lessons.texts.cut(vocabulary_size)),
        )


def read_training_dataset(folder: Path) -> TrainingDataset:
    """Return the channel's dataset; check each file against its digest.

    Raises:
        InvalidDataset: a file is missing, damaged or not the one prepared.
    """
    if not folder.is_dir():
        raise InvalidDataset(f"the training channel {folder} does not exist")
    description = DatasetDescription.read(folder)
    for name in CHANNEL_FILES[1:]:
        if name in description.sha256:
            check_digest(folder / name, description.sha256[name])
    has_unlabelled, has_lessons = (
        name in description.sha256 for name in (UNLABELLED_FILE, LESSONS_FILE)
    )
    return TrainingDataset(
        description,
        Vocabulary.read(folder / VOCABULARY_FILE),
        EncodedSplit.read(folder / TRAIN_FILE),
        EncodedSplit.read(folder / UNLABELLED_FILE) if has_unlabelled else None,
        EncodedLessons.read(folder / LESSONS_FILE) if has_lessons else None,
    )


def check_digest(path: Path, expected: str) -> None:
    """Raise InvalidDataset unless the file is there and has this sha256."""
    if not path.is_file():
        raise InvalidDataset(f"{path.name} is missing from {path.parent}; prepare it again")
    if file_sha256(path) != expected:
        raise InvalidDataset(f"{path.name} is damaged or was changed; prepare it again")
