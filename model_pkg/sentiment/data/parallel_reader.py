"""Review files -> words as numbers, in as many processes as pay off, or on other machines.

A worker reads a batch of reviews and returns numbers instead of words: the batch's distinct words
once, and every word of its reviews as a position in that list. Pieces of text recur often, so each
is read once and remembered. Each further occurrence costs one look-up and array arithmetic.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import accumulate, islice

import numpy as np
from numpy.typing import NDArray

from sentiment.data.archive import Split, read_review
from sentiment.recipe import Recipe, Tokenizer
from sentiment.text.words import read_pieces, split_pieces

_BATCH = 1_000  # reviews a worker takes at a time
_MAX_PIECES = 400_000  # that a worker remembers, some 80 MB; then it forgets them all
_PAYS_OFF = 2_000  # reviews that one process reads while another one starts


@dataclass(frozen=True)
class ReadBatch:
    """A batch of reviews as positions in its own list of distinct words."""

    words: list[str]
    counts: NDArray[np.int64]  # (words,) occurrences of each in the batch, cut words included
    positions: NDArray[np.int32]  # (kept words of all reviews,)
    lengths: NDArray[np.int64]  # (reviews,) kept words of each review

    def to_bytes(self) -> bytes:
        """Return the batch as a file, without pickle."""
        words = np.frombuffer(json.dumps(self.words).encode(), np.uint8)
        file = io.BytesIO()
        np.savez_compressed(
            file,
            words=words,
            counts=self.counts,
            positions=self.positions,
            lengths=self.lengths,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> ReadBatch:
        """Return the batch that `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            words = json.loads(arrays["words"].tobytes())
            return cls(words, *(arrays[name] for name in ("counts", "positions", "lengths")))


Paths = Mapping[Split, Sequence[str]]
# reads all splits' reviews, as `read_all` does
ReadAll = Callable[[Paths, Recipe, int | None], Iterator[tuple[Split, ReadBatch]]]


def read_all(
    paths: Paths, recipe: Recipe, n_workers: int | None
) -> Iterator[tuple[Split, ReadBatch]]:
    """Yield the splits' reviews in order, a batch at a time, whatever `n_workers` is.

    With None there is one worker for each core, or fewer for a small archive.

    Raises:
        InvalidDataset: a file is unreadable or not UTF-8.
    """
    total = sum(map(len, paths.values()))
    n_workers = n_workers or min(len(os.sched_getaffinity(0)), total // _PAYS_OFF) or 1
    size = max(1, min(_BATCH, total // n_workers))
    batches = [
        (split, of_split[start : start + size])
        for split, of_split in paths.items()
        for start in range(0, len(of_split), size)
    ]
    results = _map_in_order(recipe, [batch for _, batch in batches], n_workers)
    return zip((split for split, _ in batches), results, strict=True)


def _map_in_order(
    recipe: Recipe, batches: Sequence[Sequence[str]], n_workers: int
) -> Iterator[ReadBatch]:
    if n_workers == 1:
        reader = TextReader(recipe)
        for paths in batches:
            yield reader.read(map(read_review, paths))
        return
    with multiprocessing.get_context("forkserver").Pool(n_workers) as pool:
        yield from pool.imap(partial(_read_in_worker, recipe), batches)


def _read_in_worker(recipe: Recipe, paths: Sequence[str]) -> ReadBatch:
    return _reader_of(recipe).read(map(read_review, paths))


@lru_cache(maxsize=1)
def _reader_of(recipe: Recipe) -> TextReader:
    return TextReader(recipe)


class Numbering(dict[str, int]):
    """Text -> its number: how many others were looked up before it."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


class _Pieces:
    """Pieces of text that were read before, as numbers of their words."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._pieces = Numbering()
        self._number_of = Numbering()  # of each word
        self._words = array("i")  # numbers of the words of all pieces, piece after piece
        self._ends = array("q", [0])  # where each piece's words end, after a 0

    def __len__(self) -> int:
        return len(self._pieces)

    @property
    def words(self) -> list[str]:
        """Return the distinct words of all pieces so far; a word's number is its position."""
        return list(self._number_of)

    def read(self, pieces: list[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the numbers of the pieces' words (words,), and each piece's length (pieces,)."""
        found = np.fromiter(map(self._pieces.__getitem__, pieces), np.int64, len(pieces))
        n_new = len(self._pieces) + 1 - len(self._ends)
        new = list(islice(reversed(self._pieces), n_new))[::-1]
        words, n_words = read_pieces(new, self._tokenizer)
        self._ends.extend(accumulate(n_words, initial=len(self._words)))
        self._ends.pop(-1 - n_new)  # the previous pieces' end is there already
        self._words.extend(map(self._number_of.__getitem__, words))
        ends = np.array(self._ends, np.int64)
        lengths = np.diff(ends)[found]
        place = _places_within(lengths) + np.repeat(ends[found], lengths)
        return np.array(self._words, np.int32)[place], lengths


class TextReader:
    """Reads batch after batch, and remembers pieces of text from one to the next."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._pieces = _Pieces(recipe.tokenizer)

    def read(self, texts: Iterable[str]) -> ReadBatch:
        """Return a batch of these reviews."""
        if len(self._pieces) > _MAX_PIECES:
            self._pieces = _Pieces(self._recipe.tokenizer)
        pieces: list[str] = []
        ends = [0]
        for text in texts:
            pieces += split_pieces(text, self._recipe.tokenizer)
            ends.append(len(pieces))
        numbers, lengths_of_pieces = self._pieces.read(pieces)
        lengths = np.diff(np.concatenate([[0], np.cumsum(lengths_of_pieces)])[ends])
        return self._as_batch(numbers, lengths)

    def _as_batch(self, numbers: NDArray[np.int32], lengths: NDArray[np.int64]) -> ReadBatch:
        """Return the batch of these numbers (words of all reviews,) and lengths (reviews,), cut."""
        words = self._pieces.words
        counts = np.bincount(numbers, minlength=len(words))
        distinct = np.flatnonzero(counts)
        position_of = np.zeros(len(words), np.int32)
        position_of[distinct] = np.arange(len(distinct))
        head, tail = self._recipe.head, self._recipe.tail
        place = _places_within(lengths)
        kept = (place < head) | (place >= np.repeat(lengths - tail, lengths))
        return ReadBatch(
            [words[number] for number in distinct],
            counts[distinct],
            position_of[numbers[kept]],
            np.minimum(lengths, head + tail),
        )


def _places_within(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each item's place within its group, given the groups' lengths.

    >>> _places_within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    ends = np.cumsum(lengths)
    return np.arange(int(lengths.sum())) - np.repeat(ends - lengths, lengths)
