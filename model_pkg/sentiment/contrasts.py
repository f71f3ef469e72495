"""Sentences of two opinions, one of them conceded: 'the cast is great, but the story is dull'.

Such a sentence says what stands behind 'but', or before 'although': the rule that Hu et al.,
"Harnessing Deep Neural Networks with Logic Rules" (2016), taught a network. Reviews alone teach it
badly, because each of their sentences is learned as what the whole review says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.opinions import Opinions, Statement

_JOINED = (  # a is conceded, b is what counts
    *("{a} , but {b} .", "{a} , but {b} .", "{a} but {b} .", "{a} . but {b} ."),
    *("{a} . however , {b} .", "{a} . still , {b} .", "{a} , yet {b} ."),
    *("although {a} , {b} .", "while {a} , {b} .", "even though {a} , {b} ."),
    *("{b} , although {a} .", "{b} , even though {a} ."),
)
_MARKS = (".", "!", "?")
_PREVAILS = 0.8  # probability that the whole says what counts


@dataclass(frozen=True)
class Contrasts:
    """Joins sentences of encoded reviews that say opposite things."""

    opinions: Opinions

    def join(
        self,
        reviews: Iterable[tuple[NDArray[np.integer], float]],
        generator: np.random.Generator,
    ) -> list[Statement]:
        """A sentence that praises and one that blames as one, for as many pairs as there are.

        The reviews come with their probabilities of 'positive'; of each, one sentence at most is
        used.
        """
        praise: list[str] = []
        blame: list[str] = []
        for review, target in reviews:
            sentence = next(self.opinions.sentences(review, target, generator), None)
            if sentence is not None:
                (praise if target > 1 / 2 else blame).append(self._text(sentence))
        joined = []
        for praising, blaming in zip(praise, blame, strict=False):
            ends_well = bool(generator.integers(2))
            a, b = (blaming, praising) if ends_well else (praising, blaming)
            form = _JOINED[generator.integers(len(_JOINED))]
            ids = self.opinions.encode(form.format(a=a, b=b).split(" "))
            if ids is not None:
                joined.append(Statement(ids, _PREVAILS if ends_well else 1 - _PREVAILS))
        return joined

    def _text(self, sentence: NDArray[np.integer]) -> str:
        words = self.opinions.words(sentence)
        while words[-1] in _MARKS:
            words.pop()
        return " ".join(words)
