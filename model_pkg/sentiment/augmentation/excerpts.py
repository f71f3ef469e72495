"""Excerpts of reviews: a few sentences in a row, which are to be read as their review is.

A classifier that only ever saw whole reviews counts their words and gets away with it. In a
sentence or two it has to read what is said, 'not bad at all' included. Not every sentence says what
its review says, but on the average they do. Sentences that deny something are drawn more often: it
is there that the words alone mislead most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import Vocabulary

END_MARKS = (".", "!", "?")
_SHARES = (0.5, 0.3, 0.2)  # of the excerpts that are of one, two and three sentences
_FEWEST_WORDS = 3  # of an excerpt's first sentence, its mark included: '...' is none
_MOST_WORDS = 120
_DENIALS = frozenset(
    [
        *("not", "no", "never", "nothing", "nobody", "none", "nor", "neither", "without", "cannot"),
        *("hardly", "barely", "dont", "didnt"),
    ]
)  # and what ends in n't
_DENIAL_WEIGHT = 3.0  # of a sentence that denies something, among those an excerpt may begin with


@dataclass(frozen=True)
class Excerpts:
    """Cuts excerpts out of encoded reviews."""

    is_end: NDArray[np.bool_]  # (vocabulary,) whether a mark ends a sentence
    is_denial: NDArray[np.bool_]  # (vocabulary,) whether a word denies something

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Excerpts:
        denials = [word for word in vocabulary.words if word in _DENIALS or word.endswith("n't")]
        return cls(vocabulary.flags(END_MARKS), vocabulary.flags(denials))

    def cut(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> NDArray[np.integer]:
        """One to three sentences of the review (words,), at a random place; at most 120 words.

        A place whose sentence denies something is three times as likely as another. A review
        without a sentence is cut behind its first 120 words.

        >>> excerpts = Excerpts.of(Vocabulary([".", "good", "film", "buy"]))
        >>> excerpts.cut(np.array([3, 4, 2, 5, 2, 2]), np.random.default_rng(4)).tolist()
        [3, 4, 2, 5, 2]
        """
        borders = self._borders(review)
        is_sentence = np.diff(borders) >= _FEWEST_WORDS
        starts = borders[:-1][is_sentence]
        if not len(starts):
            return review[:_MOST_WORDS]
        n_denials = np.add.reduceat(self.is_denial[review], borders[:-1], dtype=np.int64)
        weights = np.where(n_denials[is_sentence] > 0, _DENIAL_WEIGHT, 1.0)
        start = generator.choice(starts, p=weights / weights.sum())
        n_sentences = 1 + generator.choice(len(_SHARES), p=_SHARES)
        # behind the first sentence every mark counts as one, those of '...' too
        stops = borders[borders >= start + _FEWEST_WORDS]
        stop = stops[min(n_sentences, len(stops)) - 1]
        return review[start : min(stop, start + _MOST_WORDS)]

    def sentences(self, review: NDArray[np.integer]) -> NDArray[np.int64]:
        """(sentences, 2) where each begins and ends, its marks included."""
        borders = self._borders(review)
        places = np.stack([borders[:-1], borders[1:]], axis=1)
        return places[np.diff(borders) >= _FEWEST_WORDS]

    def _borders(self, review: NDArray[np.integer]) -> NDArray[np.int64]:
        marks = np.flatnonzero(self.is_end[review]) + 1
        return np.unique(np.concatenate([[0], marks, [len(review)]]))
