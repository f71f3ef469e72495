"""Comparisons that are made up."""

import re

import numpy as np

from sentiment.augmentation import comparisons
from sentiment.augmentation.comparisons import Comparisons
from sentiment.text.vocabulary import Vocabulary
from tests.support.rewritten import opinions_of

PHRASES = (
    *comparisons._STANDARDS,
    *comparisons._THIS,
    *comparisons._GOOD,
    *comparisons._BAD,
    *comparisons._BETTER,
    *comparisons._WORSE,
    *comparisons._OF_DEGREES,
    *comparisons._OF_WORDS,
)
WORDS = sorted({word for phrase in PHRASES for word in re.sub(r"{\w+}", "", phrase).split()})
VOCABULARY = Vocabulary([*WORDS, "man", "buys", "boat", "loved"])
OPINIONS = opinions_of(VOCABULARY)


def made(review: str) -> dict[str, float]:
    generator = np.random.default_rng(1)
    ids = np.array(VOCABULARY.ids(review.split()), np.uint16)
    found = [Comparisons(OPINIONS).compare(ids, generator) for _ in range(5_000)]
    return {" ".join(OPINIONS.words(s.ids)): s.target for s in found if s is not None}


SAID = [  # what a comparison begins with and ends with, and whether it praises
    *(("better than", "", True), ("worse than", "", False)),
    *(("the book", "is better .", False), ("the book", "is worse .", True)),
    *(("next to", "is dull .", True), ("next to", "is good .", False)),
    *(("compared to", "is dull .", False), ("compared to", "is good .", True)),
    *(("not half as good", "", False), ("this is as bad", "", False)),
]


def test_the_film_reviewed_is_the_one_that_counts() -> None:
    """The label is that of the reviewed film, on whichever side of the comparison it is."""
    texts = made("loved .")
    for start, end, praises in SAID:
        found = [x for text, x in texts.items() if text.startswith(start) and text.endswith(end)]
        assert found, (start, end)
        assert {target > 1 / 2 for target in found} == {praises}, (start, end)
    assert not any("loved" in text for text in texts)


def test_a_comparison_stands_beside_what_says_nothing() -> None:
    """Before it, behind it or alone."""
    plot = "a man buys a boat ."
    texts = made(plot)
    before = {text.removesuffix(plot).strip() for text in texts if text.endswith(plot)}
    behind = {text.removeprefix(plot).strip() for text in texts if text.startswith(plot)}
    alone = {text for text in texts if plot not in text}
    assert before & alone
    assert behind & alone


def test_a_vocabulary_without_the_words_compares_nothing() -> None:
    """A comparison needs all of its words, so a small vocabulary has none."""
    opinions = opinions_of(Vocabulary(["film", "dull"]))
    generator = np.random.default_rng(1)
    review = np.array([2], np.uint16)
    assert {Comparisons(opinions).compare(review, generator) for _ in range(50)} == {None}
