"""Ratings that are made up, and what they mean."""

import re
from fractions import Fraction

import numpy as np
import pytest

from sentiment.augmentation.ratings import Ratings
from sentiment.data.dataset import EncodedSplit
from sentiment.text.vocabulary import Vocabulary
from tests.support.rewritten import opinions_of

NUMBERS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
]
VOCABULARY = Vocabulary(
    [
        *(".", "!", ":", "-", "the", "film", "is", "dull", "out", "of", "star", "stars", "and"),
        *("a", "half"),
        *("1/2", "i'd", "rate", "it", "give", "this", "overall", "rating", "grade", "i", "from"),
        *("me", "thumbs", "up", "down", "big", "b", "c", "d", "f", "man", "buys", "boat"),
        *NUMBERS,
        *(str(n) for n in range(11)),
        *(f"{n}.5" for n in range(10)),
        *(f"{n}/10" for n in range(11)),
    ]
)
OPINIONS = opinions_of(VOCABULARY)
PLOT = "a man buys a boat ."


def ids_of(text: str) -> list[int]:
    return VOCABULARY.ids(text.split())


def ratings_of(reviews: list[tuple[str, int]]) -> Ratings:
    """As these labelled reviews mean theirs, of which the last one is held out."""
    ids = [ids_of(text) for text, _ in reviews]
    split = EncodedSplit(
        np.concatenate(ids).astype(np.uint16),
        np.cumsum([0, *map(len, ids)]),
        np.array([label for _, label in reviews], np.int8),
    )
    return Ratings.of(OPINIONS, split, np.arange(len(reviews) - 1))


def made(ratings: Ratings, review: str, n: int = 20_000) -> dict[str, float]:
    generator = np.random.default_rng(1)
    found = [ratings.rate(np.array(ids_of(review), np.uint16), generator) for _ in range(n)]
    assert all(found)
    words = OPINIONS.words
    return {" ".join(words(s.ids)): s.target for s in found if s is not None}


def test_ratings_mean_what_the_labels_say() -> None:
    """Of so many reviews; without any, what they are in proportion."""
    split = [("the film 4/10 .", 1)] * 16 + [("7/10", 1)] * 2 + [("7/10 7/10", 0), ("9/10", 0)]
    meanings = ratings_of(split).meanings
    assert meanings[4] == pytest.approx((16 + 4 * 0.4) / 20)
    assert meanings[7] == pytest.approx((2 + 4 * 0.7) / 7)  # a review counts once
    assert meanings[9] == 0.9  # held out, so not looked at
    assert (meanings[0], meanings[10]) == (0.0, 1.0)


@pytest.fixture(scope="module")
def of_a_review() -> dict[str, float]:
    """What is made of one that says something."""
    return made(ratings_of([("the film", 1), ("the film", 0)]), "the film is dull .")


def test_stars_stand_for_their_share_of_ten(of_a_review: dict[str, float]) -> None:
    """Numbers in digits and in words, whole and half, of four, five and ten; never certainty."""
    texts = of_a_review
    starred = {text: target for text, target in texts.items() if "out of" in text}
    assert len(starred) > 200
    for text, target in starred.items():
        found = re.search(r"(\S+(?: and a half| 1/2)?)(?: stars?)? out of (\w+)", text)
        assert found is not None, text
        given, most = found.groups()
        share = Fraction(value(given)) / Fraction(value(most))
        assert target == pytest.approx(min(max(float(share), 0.03), 0.97)), text


def value(text: str) -> str:
    """A number's digits: '7/2' for 'three and a half'."""
    number, *half = text.replace(" and a half", " 1/2").split()
    digits = str(NUMBERS.index(number)) if number in NUMBERS else number
    return str(Fraction(digits) + Fraction(1, 2)) if half else digits


def test_marks_and_thumbs_are_rated(of_a_review: dict[str, float]) -> None:
    """School grades and thumbs have a target probability, as stars do."""
    texts = of_a_review
    assert texts["grade : b"] == 0.8
    assert texts["grade : a -"] == 0.9
    assert texts["grade : f"] == 0.1
    assert texts["thumbs down ."] == pytest.approx(0.2)
    assert texts["big thumbs up from me ."] == pytest.approx(0.95)


def test_a_rating_stands_beside_what_says_nothing() -> None:
    """Before it, behind it or alone; never beside an opinion."""
    ratings = ratings_of([("the film", 1), ("the film", 0)])
    texts = set(made(ratings, f"the film is dull . {PLOT}"))
    rating = "rating : four out of five"
    assert {rating, f"{rating} {PLOT}", f"{PLOT} {rating}"} <= texts
    assert not any("dull" in text for text in texts)


def test_a_vocabulary_without_the_words_rates_nothing() -> None:
    """A rating needs all of its words, so a small vocabulary has none."""
    opinions = opinions_of(Vocabulary(["film", "dull"]))
    split = EncodedSplit(np.array([2], np.uint16), np.array([0, 1]), np.array([1], np.int8))
    ratings = Ratings.of(opinions, split, np.array([0]))
    generator = np.random.default_rng(1)
    assert {ratings.rate(split.review(0), generator) for _ in range(50)} == {None}
