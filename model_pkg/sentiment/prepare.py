"""Archive folder -> dataset folder, on all cores.

Each worker reads and splits a batch of reviews and sends back numbers instead of words: the batch's
distinct words once, and every review as positions in that list. Counting and translating to ids is
then array work in the parent. Results come back in order, so the outcome does not depend on the
number of workers.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment import dataset
from sentiment.archive import (
    ReviewFile,
    Split,
    check_original_counts,
    find_films,
    find_root,
    list_reviews,
    without_copies,
)
from sentiment.dataset import DatasetDescription, EncodedSplit, file_sha256
from sentiment.encoding import ids_of, keep_head_and_tail
from sentiment.recipe import Recipe, Tokenizer
from sentiment.text import split_words
from sentiment.vocabulary import Vocabulary

Progress = Callable[[int, int], None]  # reviews done, reviews in all

_BATCH = 500  # reviews a worker takes at a time
_SHUFFLE_SEED = 20110619  # ACL 2011, where the archive was published
_CLASS_NAMES = {1: "positive", 0: "negative", -1: "unlabelled"}
_SPLIT_FILES: dict[Split, str] = {
    "train": dataset.TRAIN_FILE,
    "test": dataset.TEST_FILE,
    "unsup": dataset.UNLABELLED_FILE,
}


@dataclass(frozen=True)
class _Batch:
    """A batch of reviews as positions in its own list of distinct words."""

    words: list[str]  # distinct, in order of appearance
    counts: NDArray[np.int64]  # (words,) how often each stands in the batch, cut words included
    positions: NDArray[np.int32]  # (kept words of all reviews,)
    lengths: NDArray[np.int64]  # (reviews,) kept words of each review


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
) -> DatasetDescription:
    """Write the recipe's dataset folder for the extracted archive and return its description.

    The destination appears complete or not at all; one that exists is replaced.

    Args:
        folder: the extracted archive.
        vocabulary_size: ids in all, 'no word' and 'infrequent' included; the recipe's by default.
        n_workers: processes; all cores by default.
        check_counts: refuse an archive whose counts differ from the original's.
        extra: a folder with more reviews to train on, laid out as the archive's train/. One that
            stands in the test split as well is left out.

    Raises:
        InvalidDataset: the folder is not such an archive, or a review cannot be read.
    """
    root = find_root(folder)
    if check_counts:
        check_original_counts(root)
    splits: list[Split] = ["train", "test"]
    if recipe.counts_unlabelled:
        splits.append("unsup")
    listed = {split: list_reviews(root, split) for split in splits}
    if extra is not None:
        listed["train"] += without_copies(list_reviews(extra, "train"), listed["test"])
    files = {split: _shuffled(listed[split]) for split in splits}
    total = sum(map(len, files.values()))
    done = 0

    partial_folder = destination.with_name(destination.name + f".partial-{os.getpid()}")
    partial_folder.mkdir(parents=True)
    try:
        batches: dict[Split, list[_Batch]] = {split: [] for split in splits}
        work = [(split, batch) for split in splits for batch in _batches(files[split])]
        results = _map_in_order(
            partial(_read_batch, recipe), [batch for _, batch in work], n_workers or _n_cores()
        )
        for (split, batch), result in zip(work, results, strict=True):
            batches[split].append(result)
            done += len(batch)
            progress(done, total)

        counts: Counter[str] = Counter()
        for split in (split for split in splits if split != "test"):
            for read in batches[split]:
                counts.update(dict(zip(read.words, read.counts.tolist(), strict=True)))
        vocabulary = Vocabulary.of_most_frequent(counts, vocabulary_size or recipe.vocabulary_size)
        vocabulary.write(partial_folder / dataset.VOCABULARY_FILE)
        names = [dataset.VOCABULARY_FILE]
        for split in splits:
            if files[split]:
                encoded = _encode_split(
                    files[split], batches.pop(split), vocabulary, recipe.tokenizer
                )
                if split == "train":
                    films = np.array(find_films(root, files[split]), np.int32)
                    encoded = replace(encoded, films=films)
                encoded.write(partial_folder / _SPLIT_FILES[split])
                names.append(_SPLIT_FILES[split])
        description = DatasetDescription(
            recipe,
            len(vocabulary),
            {split: _count_classes(files[split]) for split in splits},
            {name: file_sha256(partial_folder / name) for name in names},
        )
        description.write(partial_folder)
        shutil.rmtree(destination, ignore_errors=True)
        partial_folder.rename(destination)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)
    return description


def _shuffled(files: list[ReviewFile]) -> list[ReviewFile]:
    random.Random(_SHUFFLE_SEED).shuffle(files)  # noqa: S311 - an order, not a secret
    return files


def _batches(files: list[ReviewFile]) -> Iterator[list[ReviewFile]]:
    for start in range(0, len(files), _BATCH):
        yield files[start : start + _BATCH]


def _n_cores() -> int:
    return len(os.sched_getaffinity(0))


def _map_in_order(
    function: Callable[[list[ReviewFile]], _Batch], work: list[list[ReviewFile]], n_workers: int
) -> Iterable[_Batch]:
    """Results of `function` over `work`, in order, from as many processes as pay off."""
    n_workers = min(n_workers, len(work))
    if n_workers <= 1:
        yield from map(function, work)
        return
    with multiprocessing.get_context("forkserver").Pool(n_workers) as pool:
        yield from pool.imap(function, work)


def _read_batch(recipe: Recipe, files: list[ReviewFile]) -> _Batch:
    position_of: dict[str, int] = {}
    positions: list[int] = []
    lengths: list[int] = []
    counts: Counter[int] = Counter()
    for file in files:
        words = split_words(file.read(), recipe.tokenizer)
        found = [position_of.setdefault(word, len(position_of)) for word in words]
        counts.update(found)
        kept = keep_head_and_tail(found, recipe.head, recipe.tail)
        positions += kept
        lengths.append(len(kept))
    return _Batch(
        list(position_of),
        np.array([counts[i] for i in range(len(position_of))], np.int64),
        np.array(positions, np.int32),
        np.array(lengths, np.int64),
    )


def _encode_split(
    files: list[ReviewFile], batches: list[_Batch], vocabulary: Vocabulary, tokenizer: Tokenizer
) -> EncodedSplit:
    id_type = np.uint16 if len(vocabulary) <= np.iinfo(np.uint16).max else np.int32
    ids = [
        np.array(ids_of(batch.words, vocabulary, tokenizer), id_type)[batch.positions]
        if batch.words
        else np.zeros(0, id_type)
        for batch in batches
    ]
    lengths = np.concatenate([batch.lengths for batch in batches])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    labels = np.array([file.label for file in files], np.int8)
    return EncodedSplit(np.concatenate(ids), offsets, labels)


def _count_classes(files: list[ReviewFile]) -> dict[str, int]:
    return {_CLASS_NAMES[label]: n for label, n in sorted(Counter(f.label for f in files).items())}
