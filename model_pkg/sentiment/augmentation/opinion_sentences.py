"""Sentences of a review that say one thing, and say it plainly.

Of such a sentence it is known what it says, so that it is known as well what it says once it is
denied or conceded. The words of the n-gram model that weigh much are those that have an opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.excerpts import END_MARKS, Excerpts
from sentiment.models.ngram_model import NGramModel
from sentiment.text.vocabulary import FIRST_WORD_ID, INFREQUENT_ID, Vocabulary

_TURNS = (  # words that make an opinion another one
    *("but", "though", "although", "however", "yet", "except", "if", "?", "than", "as", "so"),
    *("just", "only", "simply", "merely", "even", "also", "still"),
)
_FREQUENT = 8_000  # ids of the words that may have an opinion; rarer ones are names of good films
_LEAST_WEIGHT = 0.15  # of a word that has an opinion, in the n-gram model's logit
_MOST_WORDS = 25
_TRIED = 8  # sentences of a review, at random, before it is given up
_SURE = 0.8  # probability that a review's opinion is its sentence's


class Statement(NamedTuple):
    """A text that was made up (words,), and the probability of 'positive' it is to be given."""

    ids: NDArray[np.integer]
    target: float


@dataclass(frozen=True)
class Opinions:
    """Finds sentences of one opinion in encoded reviews."""

    vocabulary: Vocabulary
    excerpts: Excerpts
    weights: NDArray[np.float32]  # (vocabulary,) a word's for 'positive', 0 for little
    turns: NDArray[np.bool_]  # (vocabulary,) what a sentence must not hold: those, denials, ratings

    @classmethod
    def of(cls, vocabulary: Vocabulary, excerpts: Excerpts, ngrams: NGramModel) -> Opinions:
        """Of sentences as `excerpts` finds them, and of words as `ngrams` weighs them."""
        weights = np.zeros(ngrams.vocabulary_size, np.float32)
        n_words = np.searchsorted(ngrams.phrases, ngrams.vocabulary_size)
        weights[ngrams.phrases[:n_words]] = ngrams.weights[:n_words].numpy()
        weights[np.abs(weights) < _LEAST_WEIGHT] = 0
        weights[_FREQUENT:] = 0
        ratings = [word for word in vocabulary.words if "/" in word or "*" in word]
        turns = vocabulary.flags((*_TURNS, *ratings)) | excerpts.is_denial
        return cls(vocabulary, excerpts, weights, turns)

    def sentences(
        self, review: NDArray[np.integer], target: float, generator: np.random.Generator
    ) -> Iterator[NDArray[np.integer]]:
        """Up to eight sentences in random order, less those that do not say what the review says.

        Left are those of at most 25 words, with an opinion, all of it the review's, and with no
        word that turns it. None of a review that is not sure.
        """
        if 1 - _SURE < target < _SURE:
            return
        for sentence in self._some_sentences(review, generator):
            if len(sentence) > _MOST_WORDS or self.turns[sentence].any():
                continue
            opinions = self._weights_of(sentence)
            opinions = opinions[opinions != 0]
            if len(opinions) and (opinions > 0).all() == (opinions > 0).any() == (target >= _SURE):
                yield sentence

    def put_beside_silence(
        self,
        words: Sequence[str],
        review: NDArray[np.integer],
        generator: np.random.Generator,
    ) -> NDArray[np.int32] | None:
        """The words' ids, in half of the cases beside a sentence of the review with no opinion.

        None where the vocabulary lacks a word.
        """
        ids = self.encode(words)
        place = generator.integers(4)  # alone, alone, before, behind
        if ids is None or place <= 1:
            return ids
        for sentence in self._some_sentences(review, generator):
            is_silent = not self.turns[sentence].any() and not len(self.places(sentence))
            if len(sentence) <= _MOST_WORDS and is_silent:
                order = [ids, sentence] if place == 2 else [sentence, ids]  # noqa: PLR2004
                return np.concatenate(order, dtype=np.int32)
        return ids

    def _some_sentences(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> Iterator[NDArray[np.integer]]:
        """At most eight of the review's, in random order."""
        for start, stop in generator.permutation(self.excerpts.sentences(review))[:_TRIED].tolist():
            yield review[start:stop]

    def places(self, sentence: NDArray[np.integer]) -> NDArray[np.int64]:
        """Positions in the sentence of the words that have an opinion."""
        return np.flatnonzero(self._weights_of(sentence))

    def _weights_of(self, sentence: NDArray[np.integer]) -> NDArray[np.float32]:
        return self.weights[np.where(sentence < len(self.weights), sentence, INFREQUENT_ID)]

    def words(self, sentence: NDArray[np.integer]) -> list[str]:
        """The sentence's words, '' for an infrequent one."""
        known = self.vocabulary.words
        return ["" if id_ < FIRST_WORD_ID else known[id_ - FIRST_WORD_ID] for id_ in sentence]

    def encode(self, words: Sequence[str]) -> NDArray[np.int32] | None:
        """The ids of words as `words` gave them and of others that were put in.

        None where the vocabulary lacks one that was put in.
        """
        ids = self.vocabulary.ids(words)
        lacks = ids.count(INFREQUENT_ID) > words.count("")
        return None if lacks else np.array(ids, np.int32)


def without_end_marks(words: Sequence[str]) -> list[str]:
    """A sentence's words, less the marks that end it.

    >>> without_end_marks(["so", "dull", "!", "!"])
    ['so', 'dull']
    """
    n_words = len(words)
    while n_words and words[n_words - 1] in END_MARKS:
        n_words -= 1
    return list(words[:n_words])
