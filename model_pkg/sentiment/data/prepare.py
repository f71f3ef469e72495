"""Archive folder -> dataset folder, on all cores.

Reviews are read in batches (`parallel_reader`) and arrive as numbers instead of words. Counting
words and translating them to ids is array arithmetic. Batches arrive in order, so the result does
not depend on the number of workers.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.data import dataset
from sentiment.data.archive import (
    ORIGINAL_COUNTS,
    ReviewFile,
    Split,
    check_classes,
    check_original_counts,
    count_reviews,
    find_films,
    find_root,
    list_reviews,
    path_in,
    without_copies,
)
from sentiment.data.dataset import DatasetDescription, EncodedSplit
from sentiment.data.lesson_texts import encode_lessons, read_lesson_texts
from sentiment.data.lessons import read_set_aside
from sentiment.data.parallel_reader import Numbering, ReadAll, ReadBatch, read_all
from sentiment.recipe import Recipe
from sentiment.safe_files import check_replaceable, file_sha256, replacing
from sentiment.text.encoder import Encoder, ids_of
from sentiment.text.vocabulary import Vocabulary

Progress = Callable[[int, int], None]  # reviews done, reviews in all

_SHUFFLE_SEED = 20110619  # ACL 2011, where the archive was published
_CLASS_NAMES = {1: "positive", 0: "negative", -1: "unlabelled"}
_SPLIT_FILES: dict[Split, str] = {
    "train": dataset.TRAIN_FILE,
    "test": dataset.TEST_FILE,
    "unsup": dataset.UNLABELLED_FILE,
}


def prepare(
    folder: Path,
    destination: Path,
    recipe: Recipe,
    *,
    vocabulary_size: int | None = None,
    n_workers: int | None = None,
    check_counts: bool = True,
    extra: Path | None = None,
    progress: Progress = lambda _done, _total: None,
    read: ReadAll = read_all,
) -> DatasetDescription:
    """Write the recipe's dataset folder for the extracted archive and return its description.

    The destination appears complete or not at all. An earlier dataset folder is replaced.

    Args:
        folder: the extracted archive.
        vocabulary_size: ids in all, 'no word' and 'infrequent' included; the recipe's by default.
        n_workers: processes; by default one a core, or fewer for a small archive.
        check_counts: refuse an archive whose counts differ from the original's.
        extra: a folder with more reviews to train on, laid out as the archive's train/. Copies of
            the archive's labelled reviews are left out.
        read: reads the reviews, in batches of any size; the result does not depend on it.

    Raises:
        InvalidDataset: the folder is not such an archive, or a review cannot be read.
        NotOurs: the destination holds what no `prepare` wrote.
    """
    root = find_root(folder)
    keep = (
        {"the archive": root}
        if extra is None
        else {"the archive": root, "the folder of --extra": extra}
    )
    check_replaceable(destination, dataset.DATASET, keep)
    check_classes(count_reviews(root))
    if check_counts:
        check_original_counts(root)
    splits: list[Split] = ["train", "test"]
    if recipe.counts_unlabelled:
        splits.append("unsup")
    listed, left_out = _list_files(root, splits, extra)
    files = {split: _shuffled(listed[split]) for split in splits}
    total = sum(map(len, files.values()))
    done = 0

    with (
        ThreadPoolExecutor(1) as beside,
        replacing(destination, dataset.DATASET, keep) as partial_folder,
    ):
        positions = {path_in(root, file): i for i, file in enumerate(files["train"])}
        originals = positions if _is_original(root) else {}
        lessons = beside.submit(read_lesson_texts, recipe, root, originals)
        words = _Words()
        numbers: dict[Split, list[NDArray[np.int32]]] = {split: [] for split in splits}
        lengths: dict[Split, list[NDArray[np.int64]]] = {split: [] for split in splits}
        paths = {split: [file.location for file in files[split]] for split in splits}
        for split, batch in read(paths, recipe, n_workers):
            numbers[split].append(words.number(batch, counted=split != "test"))
            lengths[split].append(batch.lengths)
            done += len(batch.lengths)
            progress(done, total)

        vocabulary = words.most_frequent(vocabulary_size or recipe.vocabulary_size)
        vocabulary.write(partial_folder / dataset.VOCABULARY_FILE)
        names = [dataset.VOCABULARY_FILE]
        id_type = np.uint16 if len(vocabulary) <= np.iinfo(np.uint16).max else np.int32
        ids = np.array(ids_of(list(words), vocabulary, recipe.tokenizer), id_type)
        for split in splits:
            if files[split]:
                labels = np.array([file.label for file in files[split]], np.int8)
                films = films_set_aside = None
                if split == "train":
                    films, films_set_aside = (
                        np.array(find_films(root, found), np.int32)
                        for found in (files[split], left_out)
                    )
                encoded = EncodedSplit(
                    np.concatenate([ids[of_batch] for of_batch in numbers.pop(split)]),
                    np.concatenate([[0], np.cumsum(np.concatenate(lengths[split]))]),
                    labels,
                    films,
                    films_set_aside,
                )
                encoded.write(partial_folder / _SPLIT_FILES[split])
                names.append(_SPLIT_FILES[split])
        if recipe.learns_lessons:
            encoded_lessons = encode_lessons(Encoder(recipe, vocabulary), *lessons.result())
            encoded_lessons.write(partial_folder / dataset.LESSONS_FILE)
            names.append(dataset.LESSONS_FILE)
        description = DatasetDescription(
            recipe,
            len(vocabulary),
            {split: _count_classes(files[split]) for split in splits},
            {name: file_sha256(partial_folder / name) for name in names},
        )
        description.write(partial_folder)
    return description


def _is_original(root: Path) -> bool:
    return count_reviews(root) == ORIGINAL_COUNTS


def _list_files(
    root: Path, splits: Sequence[Split], extra: Path | None
) -> tuple[dict[Split, list[ReviewFile]], list[ReviewFile]]:
    """Return the splits' files, and those of the train split that are set aside."""
    listed = {split: list_reviews(root, split) for split in splits}
    set_aside = read_set_aside() if _is_original(root) else frozenset()
    left_out = [file for file in listed["train"] if path_in(root, file) in set_aside]
    if left_out:
        listed["train"] = [file for file in listed["train"] if path_in(root, file) not in set_aside]
    if extra is not None:
        # the train split too, some of which is held out for validation
        of_archive = [*listed["test"], *listed["train"], *left_out]
        listed["train"] += without_copies(list_reviews(extra, "train"), of_archive)
    return listed, left_out


def _shuffled(files: list[ReviewFile]) -> list[ReviewFile]:
    random.Random(_SHUFFLE_SEED).shuffle(files)  # noqa: S311 - an order, not a secret
    return files


class _Words(Numbering):
    """Word -> its number, and its occurrences in the texts to learn from."""

    def __init__(self) -> None:
        super().__init__()
        self._counts = np.zeros(0, np.int64)

    def number(self, batch: ReadBatch, *, counted: bool) -> NDArray[np.int32]:
        """Return the numbers of the batch's kept words (kept words,)."""
        numbers = np.fromiter(map(self.__getitem__, batch.words), np.int32, len(batch.words))
        new = np.zeros(len(self) - len(self._counts), np.int64)
        self._counts = np.concatenate([self._counts, new])
        if counted:
            self._counts[numbers] += batch.counts  # no number comes twice
        return numbers[batch.positions]

    def most_frequent(self, size: int) -> Vocabulary:
        """Return the vocabulary of that size."""
        counts = self._counts
        rarest = np.partition(counts, -size)[-size] if len(counts) > size else 1
        enough = max(1, int(rarest))  # rarer words need no sorting
        counted = zip(self, counts.tolist(), strict=True)
        return Vocabulary.of_most_frequent({word: n for word, n in counted if n >= enough}, size)


def _count_classes(files: list[ReviewFile]) -> dict[str, int]:
    return {_CLASS_NAMES[label]: n for label, n in sorted(Counter(f.label for f in files).items())}
