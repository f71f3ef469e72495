"""Review -> words, by both recipes."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from sentiment.encoding import Encoder
from sentiment.recipe import CLASSIC, DEFAULT
from sentiment.text import (
    classic_words,
    default_words,
    find_words,
    split_words,
    stop_words,
    strip_html,
)
from sentiment.vocabulary import Vocabulary

GOLDEN = Path(__file__).parents[2] / "golden" / "words.json"
ANY_TEXT = st.text(alphabet=st.characters())  # lone surrogates included


@pytest.mark.parametrize("case", json.loads(GOLDEN.read_text("utf-8")), ids=lambda c: c["name"])
def test_golden_reviews_give_the_recorded_words(
    case: dict[str, str | list[str] | list[int]],
) -> None:
    """Cleaning never changes by accident: a model's words are those it was trained on."""
    review = str(case["review"])
    assert classic_words(review) == case["classic"]
    assert default_words(review) == case["default"]
    encoder = Encoder(DEFAULT, Vocabulary.read(GOLDEN.parent / "artifact-v1" / "vocabulary.txt"))
    assert encoder.encode(review).ids == case["ids"]


def test_stop_words_are_nltks_198() -> None:
    """The list holds what NLTK's download holds, 'not' included."""
    assert len(stop_words()) == 198
    assert {"not", "don't", "she'd", "yourselves"} <= stop_words()


@given(st.text(alphabet=st.characters(exclude_characters="<&")))
def test_reviews_without_markup_need_no_parser(review: str) -> None:
    """The shortcut past BeautifulSoup changes no word; the parser may turn a space into another."""
    assert strip_html(review) == review
    assert BeautifulSoup(f"{review}<br>", "html.parser").get_text().split() == review.split()


@given(ANY_TEXT)
def test_default_words_stand_where_they_are_said_to(review: str) -> None:
    """Each word's place holds that word, places are in order and do not overlap."""
    end = 0
    for word in find_words(review):
        assert end <= word.start < word.end <= len(review)
        said = review[word.start : word.end].lower()
        assert said.replace("’", "'").replace("´", "'").replace("`", "'") == word.text
        end = word.end


@given(ANY_TEXT)
def test_both_ways_to_default_words_agree(review: str) -> None:
    """Words with places and words alone are the same words."""
    assert default_words(review) == [word.text for word in find_words(review)]


@given(ANY_TEXT)
def test_any_text_gives_words(review: str) -> None:
    """No text is too odd to be split, and classic words are lower-case alphanumerics."""
    assert all(word.isascii() and word.isalnum() for word in split_words(review, CLASSIC.tokenizer))
    assert all(word == word.strip() != "" for word in split_words(review, DEFAULT.tokenizer))


def test_markup_separates_words_in_the_default_recipe_only() -> None:
    """The classic recipe glues words around <br /> as the report did; ours does not."""
    assert classic_words("great<br />film") == ["greatfilm"]
    assert default_words("great<br />film") == ["great", "film"]
