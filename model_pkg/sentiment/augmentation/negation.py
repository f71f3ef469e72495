"""Synthetic negations: sentences that say the opposite of one in a review.

'The jokes are stale' becomes 'the jokes aren't stale', 'none of the jokes are stale', 'I can't say
that the jokes are stale' or 'they say that the jokes are stale. They are wrong.', and its opinion
is reversed. Reviews hold too few negations for a network to learn that a negated word means its
opposite: most negations that it reads are in negative reviews. These examples are counterfactual
(Kaushik, Hovy & Lipton, "Learning the Difference that Makes a Difference", 2020), made by rule
rather than by hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.opinion_sentences import (
    OpinionSentences,
    SyntheticExample,
    without_end_marks,
)

_VERBS = {  # before an opinion -> how to negate them
    "is": ("isn't", "isn't", "is not", "is never", "is hardly", "is anything but", "is far from"),
    "was": ("wasn't", "wasn't", "was not", "was never", "was hardly", "was anything but"),
    "are": ("aren't", "aren't", "are not", "are never", "are hardly", "are anything but"),
    "were": ("weren't", "weren't", "were not", "were never", "were hardly", "were far from"),
    "it's": ("it isn't", "it's not", "it's never", "it's hardly", "it's anything but"),
    "that's": ("that isn't", "that's not", "that's hardly", "that's far from"),
    "looks": ("doesn't look", "never looks"),
    "feels": ("doesn't feel", "never feels"),
    "seems": ("doesn't seem", "never seems"),
    "gets": ("doesn't get", "never gets"),
    "look": ("don't look", "never look"),
    "feel": ("don't feel", "never feel"),
    "seem": ("don't seem", "never seem"),
    "felt": ("didn't feel", "never felt"),
    "seemed": ("didn't seem", "never seemed"),
}
_SINGULAR, _PLURAL = ("is", "was"), ("are", "were")
_SPEAKERS = ("i", "we")
_LIKES = {  # after a speaker -> how to negate them
    "liked": ("didn't like", "did not like", "never liked"),
    "loved": ("didn't love", "did not love", "never loved"),
    "enjoyed": ("didn't enjoy", "did not enjoy", "never enjoyed"),
    "like": ("don't like", "do not like", "never like"),
    "love": ("don't love", "do not love"),
    "enjoy": ("don't enjoy", "do not enjoy", "never enjoy"),
    "recommend": ("don't recommend", "can't recommend", "cannot recommend"),
}
_DISLIKES = {
    "disliked": ("didn't dislike", "did not dislike", "never disliked"),
    "hated": ("didn't hate", "did not hate", "never hated"),
    "hate": ("don't hate", "do not hate"),
}
_DETERMINERS = ("the", "this", "these", "his", "her", "its", "their")
_SUBJECTS = (  # first words of a sentence that can follow 'I don't think that'
    *_DETERMINERS,
    *("it", "that", "those", "he", "she", "they", "i", "we", "there"),
    *("it's", "that's", "there's", "everything", "everyone"),
)
_FRAMES = (
    *("i don't think", "i do not think that", "i don't believe that", "i can't say that"),
    *("i cannot say that", "i wouldn't say that", "nobody can say that", "no one could say that"),
    *("it isn't true that", "it is not true that", "don't believe that"),
)
_REJECTIONS = (  # what comes before a claim, and what after it
    ("they say that", "they are wrong ."),
    ("some people say that", "i disagree ."),
    ("i had heard that", "not so ."),
    ("you may think that", "you would be wrong ."),
)
_FEARS = (("i was afraid that", "i was wrong ."), ("i had expected that", "i was wrong ."))
_HOPES = (("i had hoped that", "i was wrong ."), ("i had expected that", "i was wrong ."))
_FRAMED_WORDS = 15  # at most, of a sentence after 'I don't think that'
_REACH = 3  # words after the verb that may hold the opinion
_TURNED = 0.85  # probability of the opposite opinion after negation


@dataclass(frozen=True)
class Negation:
    """Negates sentences of encoded reviews."""

    opinions: OpinionSentences

    def negate(
        self, review: NDArray[np.integer], target: float, generator: np.random.Generator
    ) -> SyntheticExample | None:
        """Return a negated sentence of the review (words,).

        `target` is the review's probability of 'positive'. Return None if none of the sentences
        tried can be negated as a whole, or if the review is not clearly positive or negative.
        """
        is_positive = target > 1 / 2
        for sentence in self.opinions.sentences(review, target, generator):
            words = self.opinions.words(sentence)
            places = self.opinions.places(sentence).tolist()
            ways = list(_ways_to_negate(words, places, is_positive=is_positive))
            if ways:
                way = ways[generator.integers(len(ways))]
                negated = self.opinions.encode(way[generator.integers(len(way))])
                if negated is not None:
                    return SyntheticExample(negated, 1 - _TURNED if is_positive else _TURNED)
        return None


def _ways_to_negate(
    words: list[str], opinions: Sequence[int], *, is_positive: bool
) -> Iterator[list[list[str]]]:
    """Yield, for each way to negate the sentence, its variants; `opinions` are word positions."""
    verbs = [place for place, word in enumerate(words) if word in _VERBS]
    if len(verbs) == 1 and verbs[0] < opinions[0] and opinions[-1] <= verbs[0] + _REACH:
        (verb,) = verbs
        yield _replaced(words, verb, _VERBS[words[verb]])
        if words[verb] in _SINGULAR + _PLURAL and _joins_two(words, verb, opinions):
            one, _, *other = words[verb + 1 :]
            yield [[*words[: verb + 1], "neither", one, "nor", *other]]
        if words[0] in _DETERMINERS and words[verb] in _SINGULAR:
            yield [["nothing", "about", *words]]
        if words[0] in _DETERMINERS and words[verb] in _PLURAL:
            yield [["none", "of", *words], ["not", "one", "of", *words], ["no", *words[1:]]]
    attitudes = _LIKES if is_positive else _DISLIKES
    for place, (speaker, word) in enumerate(pairwise(words), start=1):
        if speaker in _SPEAKERS and word in attitudes and place <= opinions[0]:
            yield _replaced(words, place, attitudes[word])
    if words[0] in _SUBJECTS and len(words) <= _FRAMED_WORDS:
        yield [[*frame.split(), *words] for frame in _FRAMES]
        claim = without_end_marks(words)
        rejections = _REJECTIONS + (_HOPES if is_positive else _FEARS)
        yield [[*before.split(), *claim, ".", *behind.split()] for before, behind in rejections]


def _joins_two(words: list[str], verb: int, opinions: Sequence[int]) -> bool:
    """Whether 'dull and silly' or their like, both opinions, are all that follows the verb."""
    return words[verb + 2 : verb + 3] == ["and"] and list(opinions) == [verb + 1, verb + 3]


def _replaced(words: list[str], place: int, phrases: Sequence[str]) -> list[list[str]]:
    return [[*words[:place], *phrase.split(), *words[place + 1 :]] for phrase in phrases]
