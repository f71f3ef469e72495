"""Synthetic comparisons with another film or book.

'Duller than the book' blames, 'next to this, the book is dull' praises, though the words are the
same. Reviews seldom say such a thing alone, so a network goes by the word. These comparisons are
built from a few constructions and words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.opinion_sentences import OpinionSentences, SyntheticExample

_STANDARDS = (  # with which films are compared
    *("the first one", "the last one", "the book", "the novel", "the remake", "the play"),
    *("the sequel", "the tv series", "his last film", "her first film", "the other one"),
)
_THIS = ("this", "it", "this film", "this movie", "this one", "the film", "the movie")
_GOOD = (
    *("good", "funny", "exciting", "interesting", "entertaining", "clever", "moving", "enjoyable"),
    *("charming", "scary", "original"),
)
_BAD = (
    *("bad", "dull", "boring", "stupid", "silly", "tedious", "weak", "annoying", "predictable"),
    *("lame", "forgettable"),
)
_BETTER = (
    *("better", "better", "better", "funnier", "smarter", "stronger", "scarier", "richer"),
    *("more interesting", "more exciting", "more entertaining", "more enjoyable", "more moving"),
)
_WORSE = (
    *("worse", "worse", "worse", "weaker", "duller", "sillier", "dumber", "poorer"),
    *("more boring", "more tedious", "more predictable", "more annoying", "more stupid"),
)
# The probability of 'positive' of each construction with a good word, and with a bad one.
_OF_DEGREES = {  # the word is 'better' or 'worse'
    "{this} is {word} than {standard} .": (0.85, 0.1),
    "{word} than {standard} .": (0.85, 0.1),
    "{this} is much {word} than {standard} .": (0.9, 0.07),
    "even {word} than {standard} .": (0.9, 0.1),
    "{standard} is {word} .": (0.15, 0.75),
    "{standard} was much {word} .": (0.12, 0.8),
    "i have seldom seen a {word} film .": (0.9, 0.1),
    "i have seen {word} films .": (0.2, 0.5),
    "few films are {word} .": (0.85, 0.15),
    "i expected something {word} .": (0.15, 0.75),
}
_OF_WORDS = {  # it is 'good' or 'bad'
    "{this} is not as {word} as {standard} .": (0.2, 0.65),
    "{this} isn't nearly as {word} as {standard} .": (0.12, 0.75),
    "not half as {word} as {standard} .": (0.12, 0.75),
    "{this} is less {word} than {standard} .": (0.2, 0.65),
    "{this} is as {word} as {standard} .": (0.85, 0.12),
    "next to {this} , {standard} is {word} .": (0.2, 0.85),
    "{this} makes {standard} look {word} .": (0.2, 0.85),
    "compared to {standard} , {this} is {word} .": (0.9, 0.1),
}


@dataclass(frozen=True)
class Comparisons:
    """Makes synthetic comparisons, some next to a neutral sentence of a review."""

    opinions: OpinionSentences

    def compare(
        self, review: NDArray[np.integer], generator: np.random.Generator
    ) -> SyntheticExample | None:
        """Return a random comparison, at times next to a neutral sentence of the review (words,).

        Return None if a word of the comparison is not in the vocabulary.
        """
        forms, good, bad = (
            (_OF_DEGREES, _BETTER, _WORSE) if generator.integers(2) else (_OF_WORDS, _GOOD, _BAD)
        )
        form = list(forms)[generator.integers(len(forms))]
        is_bad = int(generator.integers(2))
        words = (good, bad)[is_bad]
        text = form.format(
            this=_THIS[generator.integers(len(_THIS))],
            standard=_STANDARDS[generator.integers(len(_STANDARDS))],
            word=words[generator.integers(len(words))],
        )
        ids = self.opinions.add_neutral_sentence(text.split(), review, generator)
        return None if ids is None else SyntheticExample(ids, forms[form][is_bad])
