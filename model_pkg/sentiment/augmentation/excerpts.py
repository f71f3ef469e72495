"""Excerpts of reviews: a few sentences in a row, labelled as their review is.

A classifier that has only seen whole reviews can get away with counting words. In a sentence or two
it has to read, 'not bad at all' included. Not every sentence agrees with its review, but on average
they do. Sentences with a negation are drawn more often, because there words alone mislead most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import Vocabulary

END_MARKS = (".", "!", "?")
_SHARES = (0.5, 0.3, 0.2)  # of excerpts with one, two and three sentences
_FEWEST_WORDS = 3  # of an excerpt's first sentence, including its end mark
_MOST_WORDS = 120
_NEGATIONS = frozenset(
    [
        *("not", "no", "never", "nothing", "nobody", "none", "nor", "neither", "without", "cannot"),
        *("hardly", "barely", "dont", "didnt"),
    ]
)  # and what ends in n't
_NEGATION_WEIGHT = (
    3.0  # of a sentence that negates something, among those an excerpt may begin with
)


@dataclass(frozen=True)
class Excerpts:
    """Cuts excerpts out of encoded reviews."""

    is_end: NDArray[np.bool_]  # (vocabulary,) whether a mark ends a sentence
    is_negation: NDArray[np.bool_]  # (vocabulary,) whether a word is a negation

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Excerpts:
        """Return the excerpts' rules for a vocabulary."""
        negations = [
            word for word in vocabulary.words if word in _NEGATIONS or word.endswith("n't")
        ]
        return cls(vocabulary.flags(END_MARKS), vocabulary.flags(negations))

    def cut(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> NDArray[np.integer]:
        """Return one to three sentences of the review (words,), at random; at most 120 words.

        A sentence with a negation is three times as likely to come first as another. A review
        without a sentence is cut after its first 120 words.

        >>> excerpts = Excerpts.of(Vocabulary([".", "good", "film", "buy"]))
        >>> excerpts.cut(np.array([3, 4, 2, 5, 2, 2]), np.random.default_rng(4)).tolist()
        [3, 4, 2, 5, 2]
        """
        borders = self._borders(review)
        is_sentence = np.diff(borders) >= _FEWEST_WORDS
        starts = borders[:-1][is_sentence]
        if not len(starts):
            return review[:_MOST_WORDS]
        n_negations = np.add.reduceat(self.is_negation[review], borders[:-1], dtype=np.int64)
        weights = np.where(n_negations[is_sentence] > 0, _NEGATION_WEIGHT, 1.0)
        start = generator.choice(starts, p=weights / weights.sum())
        n_sentences = 1 + generator.choice(len(_SHARES), p=_SHARES)
        # after the first sentence every mark ends a sentence, each of those in '...' too
        stops = borders[borders >= start + _FEWEST_WORDS]
        stop = stops[min(n_sentences, len(stops)) - 1]
        return review[start : min(stop, start + _MOST_WORDS)]

    def sentences(self, review: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return where each sentence begins and ends, marks included: (sentences, 2)."""
        borders = self._borders(review)
        places = np.stack([borders[:-1], borders[1:]], axis=1)
        return places[np.diff(borders) >= _FEWEST_WORDS]

    def _borders(self, review: NDArray[np.integer]) -> NDArray[np.int64]:
        marks = np.flatnonzero(self.is_end[review]) + 1
        return np.unique(np.concatenate([[0], marks, [len(review)]]))
