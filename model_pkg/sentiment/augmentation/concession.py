"""Synthetic concessions, 'A, but B': 'the cast is great, but the story is dull'.

Such a sentence says what follows 'but' or precedes 'although'. Hu et al., "Harnessing Deep Neural
Networks with Logic Rules" (2016), taught a network this rule. Reviews alone teach it badly, because
each of their sentences is learned with the whole review's label.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.opinion_sentences import (
    OpinionSentences,
    SyntheticExample,
    without_end_marks,
)

_JOINED = (  # a is the concession, b is what counts
    *("{a} , but {b} .", "{a} , but {b} .", "{a} but {b} .", "{a} . but {b} ."),
    *("{a} . however , {b} .", "{a} . still , {b} .", "{a} , yet {b} ."),
    *("although {a} , {b} .", "while {a} , {b} .", "even though {a} , {b} ."),
    *("{b} , although {a} .", "{b} , even though {a} ."),
)
_JOINED_BY_TWO = (  # with a concession of two sentences
    *("{a} . but {b} .", "{a} . and yet {b} .", "{a} . even so , {b} .", "{a} . however , {b} ."),
    *("{a} . all the same , {b} .", "{a} . in the end , though , {b} ."),
    *("{b} . i admit that {a} .", "{b} . never mind that {a} ."),
)
_TWO = 1 / 3  # share of the pairs with a concession of two sentences, where there are two
_PREVAILS = 0.8  # probability that the whole says what counts
_PREVAILS_OVER_TWO = 0.75


@dataclass(frozen=True)
class Concession:
    """Joins sentences of encoded reviews with opposite opinions."""

    opinions: OpinionSentences

    def join(
        self,
        reviews: Iterable[tuple[NDArray[np.integer], float]],
        generator: np.random.Generator,
    ) -> list[SyntheticExample]:
        """Return one text for each pair of a positive and a negative review.

        Each review comes with its probability of 'positive'; at most two of its sentences are used.
        """
        praise: list[list[str]] = []
        blame: list[list[str]] = []
        for review, target in reviews:
            sentences = islice(self.opinions.sentences(review, target, generator), 2)
            texts = [
                " ".join(without_end_marks(self.opinions.words(sentence))) for sentence in sentences
            ]
            if texts:
                (praise if target > 1 / 2 else blame).append(texts)
        joined = []
        for praising, blaming in zip(praise, blame, strict=False):
            ends_well = bool(generator.integers(2))
            concession, counting = (blaming, praising) if ends_well else (praising, blaming)
            has_two = len(concession) > 1 and generator.random() < _TWO
            forms = _JOINED_BY_TWO if has_two else _JOINED
            a = " . ".join(concession) if has_two else concession[0]
            text = forms[generator.integers(len(forms))].format(a=a, b=counting[0])
            ids = self.opinions.encode(text.split(" "))
            if ids is not None:
                prevails = _PREVAILS_OVER_TWO if has_two else _PREVAILS
                joined.append(SyntheticExample(ids, prevails if ends_well else 1 - prevails))
        return joined
