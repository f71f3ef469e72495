"""Misspelt words count as the common words they stand for; others stay unknown."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.recipe import CLASSIC, DEFAULT
from sentiment.text.encoder import Encoder
from sentiment.text.spelling import Speller
from sentiment.text.vocabulary import INFREQUENT_ID, Vocabulary

WORDS = ["the", "movie", "story", "acting", "terrible", "boring", "brilliant", "performance"]
WORDS += ["great", "so", "soo", "cares", "i'm", "7/10"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("teh", "the"),
        ("moive", "movie"),
        ("storry", "story"),
        ("actng", "acting"),
        ("terible", "terrible"),
        ("performence", "performance"),
        ("booooring", "boring"),
        ("briiiilliant", "brilliant"),
        ("sooooo", "so"),
    ],
)
def test_a_slip_is_understood(written: str, meant: str) -> None:
    """Swapped, missing, doubled and drawn-out letters."""
    assert Speller(WORDS).correct(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "gr8",
        "capes",
        "tea",
        "te",
        "xmovie",
        "mvoei",
        "storyline",
        "8/10",
        "i'mm",
        "ß",
        "",
        "peforrmance",
    ],
)
def test_another_word_stays_unknown(written: str) -> None:
    """Two slips, a wrong first letter, one of few letters, numbers: too little to guess by."""
    assert Speller(WORDS).correct(written) is None


def test_the_most_common_of_several_is_meant() -> None:
    """The vocabulary is ordered by frequency."""
    assert Speller(["there", "three"]).correct("thre") is None  # four letters
    assert Speller(["acting", "caring", "eating"]).correct("acing") == "acting"
    assert Speller(["stories", "storied"]).correct("storie") == "stories"
    assert Speller(["storied", "stories"]).correct("storie") == "storied"


@given(st.text(alphabet=st.characters()))
def test_any_word_has_an_answer(word: str) -> None:
    """What is offered is always a word of the vocabulary."""
    assert Speller(WORDS).correct(word) in {None, *WORDS}


def test_a_long_word_takes_no_memory() -> None:
    """Letters without a space stand for no word, and are not kept with each one left out."""
    assert Speller(WORDS).correct("performancee") == "performance"
    tracemalloc.start()
    try:
        assert Speller(WORDS).correct("performances" * 500) is None
        assert Speller(WORDS).correct("s" + "o" * 5_000) == "so"
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most_bytes < 1_000_000  # 36 MB, were all of them made


def test_a_known_word_is_never_changed() -> None:
    """Only unknown words are looked at, and only with the default tokenizer."""
    vocabulary = Vocabulary(["movie", "moive"])
    assert vocabulary.spelt_ids(["moive", "movei"]) == [3, 2]
    assert Encoder(DEFAULT, vocabulary).encode("Movei").ids == [2]
    assert Encoder(CLASSIC, vocabulary).encode("movei").ids == [INFREQUENT_ID]
