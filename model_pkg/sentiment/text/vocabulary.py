"""Words <-> ids. 0 is 'no word' (padding), 1 is 'infrequent'; real words start at 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sentiment.errors import InvalidDataset
from sentiment.text.spelling import Speller, find_drawn_out

PADDING_ID = 0
INFREQUENT_ID = 1
FIRST_WORD_ID = 2


class Vocabulary:
    """An ordered set of words; the word at position i has id i + 2.

    >>> vocabulary = Vocabulary(["good", "bad"])
    >>> len(vocabulary), vocabulary.ids(["bad", "zzz", "good"])
    (4, [3, 1, 2])
    """

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self._id_of = {word: i for i, word in enumerate(self.words, start=FIRST_WORD_ID)}
        if len(self._id_of) != len(self.words):
            raise InvalidDataset("the vocabulary holds a word twice; prepare the dataset again")

    @classmethod
    def of_most_frequent(cls, counts: Mapping[str, int], size: int) -> Vocabulary:
        """Return the vocabulary of the `size - 2` most frequent words, ties in alphabetical order.

        >>> Vocabulary.of_most_frequent({"rare": 1, "b": 2, "a": 2}, size=4).words
        ('a', 'b')
        """
        by_frequency = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(by_frequency[: size - FIRST_WORD_ID])

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """Read a vocabulary that `write` wrote.

        Raises:
            InvalidDataset: no such file, not UTF-8, or a word twice.
        """
        try:
            return cls(path.read_text("utf-8").split("\n")[:-1])
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidDataset(f"cannot read the vocabulary {path.name}: {error}") from error

    def write(self, path: Path) -> None:
        """Write one word a line, in id order; the first line is id 2."""
        path.write_text("".join(word + "\n" for word in self.words), "utf-8")

    def cut(self, size: int) -> Vocabulary:
        """Return the vocabulary of the first `size` ids (all of them if there are fewer)."""
        return Vocabulary(self.words[: size - FIRST_WORD_ID])

    def __len__(self) -> int:
        """Return the number of ids, 'no word' and 'infrequent' included."""
        return len(self.words) + FIRST_WORD_ID

    def __contains__(self, word: str) -> bool:
        return word in self._id_of

    def ids(self, words: Sequence[str]) -> list[int]:
        """Return the id of each word, 1 for a word not in the vocabulary."""
        find = self._id_of.get
        return [find(word, INFREQUENT_ID) for word in words]

    def flags(self, words: Iterable[str]) -> NDArray[np.bool_]:
        """Return flags (ids,): whether an id is that of one of the words.

        >>> Vocabulary(["movie", "a"]).flags(["a", "zzz"]).tolist()
        [False, False, False, True]
        """
        flags = np.zeros(len(self), np.bool_)
        flags[self.ids([word for word in words if word in self])] = True
        return flags

    def spelt_ids(self, words: Sequence[str]) -> list[int]:
        """Return `ids`, but a misspelt word has the id of the word it stands for.

        >>> Vocabulary(["movie", "so"]).spelt_ids(["so", "moive", "sooo", "zzz"])
        [3, 2, 3, 1]
        """
        drawn_out = self._drawn_out
        ids = self.ids([drawn_out.get(word, word) for word in words])
        for position, id_ in enumerate(ids):
            if id_ == INFREQUENT_ID:
                meant = self.stands_for(words[position])
                if meant is not None:
                    ids[position] = self._id_of[meant]
        return ids

    def stands_for(self, word: str) -> str | None:
        """Return the known word that an unknown one is a misspelling of; None if there is none."""
        return self._speller.correct(word)

    def split(self, joined: str) -> list[str]:
        """Return the known words that were written together, such as a hashtag, or what was given.

        >>> Vocabulary(["so", "good"]).split("sogood")
        ['so', 'good']
        """
        return self._speller.split(joined)

    @cached_property
    def _drawn_out(self) -> dict[str, str]:
        """The vocabulary's drawn-out words, such as 'soooo', and the words they stand for."""
        shorter = {word: self._speller.shorten(word) for word in find_drawn_out(self.words)}
        return {word: meant for word, meant in shorter.items() if meant is not None}

    @cached_property
    def _speller(self) -> Speller:
        return Speller(self.words)
