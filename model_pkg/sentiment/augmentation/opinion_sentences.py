"""Find sentences of a review that hold one clear opinion.

The opinion of such a sentence is known, so it is also known after a negation or in a concession.
Words with a large weight in the n-gram model count as opinions.
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

_TURNS = (  # words that change an opinion
    *("but", "though", "although", "however", "yet", "except", "if", "?", "than", "as", "so"),
    *("just", "only", "simply", "merely", "even", "also", "still"),
)
_FREQUENT = 8_000  # ids that may hold an opinion; rarer words are names of good films
_LEAST_WEIGHT = 0.15  # of an opinion word, in the n-gram model's logit
_MOST_WORDS = 25
_TRIED = 8  # sentences of a review to try, at random
_SURE = 0.8  # probability from which a review's opinion counts as its sentences'


class SyntheticExample(NamedTuple):
    """A synthetic text (words,) and its target, the probability of 'positive'."""

    ids: NDArray[np.integer]
    target: float


@dataclass(frozen=True)
class OpinionSentences:
    """Finds sentences with one opinion in encoded reviews."""

    vocabulary: Vocabulary
    excerpts: Excerpts
    weights: NDArray[np.float32]  # (vocabulary,) of words for 'positive'; 0 for small ones
    turns: NDArray[np.bool_]  # (vocabulary,) words that exclude a sentence

    @classmethod
    def of(cls, vocabulary: Vocabulary, excerpts: Excerpts, ngrams: NGramModel) -> OpinionSentences:
        """Return a finder with the sentences of `excerpts` and the weights of `ngrams`."""
        weights = np.zeros(ngrams.vocabulary_size, np.float32)
        n_words = np.searchsorted(ngrams.phrases, ngrams.vocabulary_size)
        weights[ngrams.phrases[:n_words]] = ngrams.weights[:n_words].numpy()
        weights[np.abs(weights) < _LEAST_WEIGHT] = 0
        weights[_FREQUENT:] = 0
        ratings = [word for word in vocabulary.words if "/" in word or "*" in word]
        turns = vocabulary.flags((*_TURNS, *ratings)) | excerpts.is_negation
        return cls(vocabulary, excerpts, weights, turns)

    def sentences(
        self, review: NDArray[np.integer], target: float, generator: np.random.Generator
    ) -> Iterator[NDArray[np.integer]]:
        """Yield sentences that agree with the review; at most eight are tried, in random order.

        They have at most 25 words, an opinion that agrees with the review, no other opinion, and no
        word that changes it. A review without a clear opinion yields none.
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

    def add_neutral_sentence(
        self,
        words: Sequence[str],
        review: NDArray[np.integer],
        generator: np.random.Generator,
    ) -> NDArray[np.int32] | None:
        """Return the words' ids, half of the time next to a neutral sentence of the review.

        Return None if a word is not in the vocabulary.
        """
        ids = self.encode(words)
        place = generator.integers(4)  # alone, alone, before, after
        if ids is None or place <= 1:
            return ids
        for sentence in self._some_sentences(review, generator):
            is_neutral = not self.turns[sentence].any() and not len(self.places(sentence))
            if len(sentence) <= _MOST_WORDS and is_neutral:
                order = [ids, sentence] if place == 2 else [sentence, ids]  # noqa: PLR2004
                return np.concatenate(order, dtype=np.int32)
        return ids

    def _some_sentences(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> Iterator[NDArray[np.integer]]:
        """Yield at most eight sentences of the review, in random order."""
        for start, stop in generator.permutation(self.excerpts.sentences(review))[:_TRIED].tolist():
            yield review[start:stop]

    def places(self, sentence: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the positions of the sentence's opinion words."""
        return np.flatnonzero(self._weights_of(sentence))

    def _weights_of(self, sentence: NDArray[np.integer]) -> NDArray[np.float32]:
        return self.weights[np.where(sentence < len(self.weights), sentence, INFREQUENT_ID)]

    def words(self, sentence: NDArray[np.integer]) -> list[str]:
        """Return the sentence's words; '' for an infrequent word."""
        known = self.vocabulary.words
        return ["" if id_ < FIRST_WORD_ID else known[id_ - FIRST_WORD_ID] for id_ in sentence]

    def encode(self, words: Sequence[str]) -> NDArray[np.int32] | None:
        """Return the ids of words that `words` returned and of words added to them.

        Return None if an added word is not in the vocabulary.
        """
        ids = self.vocabulary.ids(words)
        lacks = ids.count(INFREQUENT_ID) > words.count("")
        return None if lacks else np.array(ids, np.int32)


def without_end_marks(words: Sequence[str]) -> list[str]:
    """Return the sentence's words without its end marks.

    >>> without_end_marks(["so", "dull", "!", "!"])
    ['so', 'dull']
    """
    n_words = len(words)
    while n_words and words[n_words - 1] in END_MARKS:
        n_words -= 1
    return list(words[:n_words])
