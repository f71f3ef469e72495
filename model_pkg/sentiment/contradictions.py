"""Sentences that say the opposite of one that was read, made by a word of denial.

'The cast is dull' becomes 'the cast isn't dull', and its opinion turns round. People write so too
seldom for a network to learn from reviews alone that a denied word means its opposite: most that it
reads stand in negative reviews. Examples so made are counterfactual ones (Kaushik, Hovy & Lipton,
"Learning the Difference that Makes a Difference", 2020), here by rule rather than by hand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.excerpts import Excerpts
from sentiment.ngrams import NGramModel
from sentiment.vocabulary import INFREQUENT_ID, Vocabulary

_DENIED = {"is": "isn't", "was": "wasn't", "are": "aren't", "were": "weren't"}
_DENIERS = ("not", "not", "never", "hardly")  # behind the verb
_TURNS = (  # words that make an opinion another one, or a denial none
    *("but", "though", "although", "however", "yet", "except", "if", "?", "than", "as", "so"),
    *("just", "only", "simply", "merely", "even", "also", "still"),
)
_FREQUENT = 8_000  # ids of the words that may have an opinion; rarer ones are names of good films
_MOST_WORDS = 25
_TRIED = 8  # sentences of a review, at random, before it is given up
_REACH = 3  # words behind the verb among which one has an opinion
_OPINION = 0.15  # least weight of a word that has one, in the n-gram model's logit
_SURE = 0.8  # probability that a review's opinion is its sentence's
_TURNED = 0.85  # probability of the opposite opinion, once one is denied


@dataclass(frozen=True)
class Contradictions:
    """Denies sentences of encoded reviews."""

    excerpts: Excerpts
    opinions: NDArray[np.float32]  # (vocabulary,) a word's weight for 'positive', 0 for little
    denied: dict[int, int]  # id of a verb -> id of its denial
    deniers: tuple[int, ...]  # ids, of 'infrequent' for one that the vocabulary lacks
    turns: NDArray[np.int64]  # ids of words that a sentence must not hold, denials among them

    @classmethod
    def of(cls, vocabulary: Vocabulary, excerpts: Excerpts, ngrams: NGramModel) -> Contradictions:
        """Of sentences as `excerpts` finds them, and of opinions as `ngrams` weighs them."""
        opinions = np.zeros(ngrams.vocabulary_size, np.float32)
        n_words = np.searchsorted(ngrams.phrases, ngrams.vocabulary_size)
        opinions[ngrams.phrases[:n_words]] = ngrams.weights[:n_words].numpy()
        opinions[np.abs(opinions) < _OPINION] = 0
        opinions[_FREQUENT:] = 0
        verbs, denials = vocabulary.ids([*_DENIED]), vocabulary.ids([*_DENIED.values()])
        denied = dict(zip(verbs, denials, strict=True))
        denied.pop(INFREQUENT_ID, None)  # a verb that the vocabulary lacks
        return cls(
            excerpts,
            opinions,
            denied,
            tuple(vocabulary.ids(_DENIERS)),
            np.union1d(vocabulary.ids(_TURNS), excerpts.denials),
        )

    def deny(
        self, review: NDArray[np.integer], target: float, generator: np.random.Generator
    ) -> tuple[NDArray[np.integer], float] | None:
        """A sentence of the review that was denied, and the probability of 'positive' then.

        Taken are sentences that say by one verb and a word of opinion close behind it what the
        whole review says, and nothing else. None where there is none, or the review is not sure.
        """
        if 1 - _SURE < target < _SURE:
            return None
        is_positive = target >= _SURE
        sentences = self.excerpts.sentences(review)
        for start, stop in generator.permutation(sentences)[:_TRIED].tolist():
            found = self._deny(review[start:stop], generator, is_positive=is_positive)
            if found is not None:
                return found, 1 - _TURNED if is_positive else _TURNED
        return None

    def _deny(
        self, sentence: NDArray[np.integer], generator: np.random.Generator, *, is_positive: bool
    ) -> NDArray[np.integer] | None:
        if len(sentence) > _MOST_WORDS:
            return None
        verbs = [place for place, word in enumerate(sentence.tolist()) if word in self.denied]
        if len(verbs) != 1 or np.isin(sentence, self.turns).any():
            return None
        (verb,) = verbs
        known = np.where(sentence < len(self.opinions), sentence, INFREQUENT_ID)
        opinions = self.opinions[known]
        behind = opinions[verb + 1 : verb + 1 + _REACH]
        if not behind.any() or np.count_nonzero(opinions) > np.count_nonzero(behind):
            return None
        if np.any(behind > 0) == np.any(behind < 0) or bool(np.any(behind > 0)) != is_positive:
            return None
        contracted = self.denied[int(sentence[verb])]
        if contracted != INFREQUENT_ID and generator.integers(2):
            return np.concatenate([sentence[:verb], [contracted], sentence[verb + 1 :]])
        denier = self.deniers[generator.integers(len(self.deniers))]
        return None if denier == INFREQUENT_ID else np.insert(sentence, verb + 1, denier)
