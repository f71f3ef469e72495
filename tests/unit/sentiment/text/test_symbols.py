"""What people type besides words is read as a word that the network knows."""

from __future__ import annotations

import pytest

from sentiment.artifact.artifact import read_artifact
from sentiment.text.encoder import Encoder
from sentiment.text.symbols import MEANINGS, read_as
from sentiment.text.words import default_words
from tests.support.paths import ROOT

RATINGS = {
    "★★★★★": "10/10",
    "★☆☆☆☆": "2/10",
    "★★★½": "7/10",
    "★★★½☆": "7/10",
    "⭐⭐": "4/10",
    "⭐️⭐️⭐️⭐️": "8/10",
    "⭐⭐⭐⭐⭐⭐⭐⭐": "8/10",
    "☆☆☆☆☆": "0/10",
    "★★★/5": "6/10",
    "4★": "8/10",
    "4½ ★": "9/10",
    "**½": "6/10",
    "*** 1/2": "9/10",
    "***/*****": "6/10",
    "** out of ****": "5/10",
    "3,5/5": "7/10",
    "3.5/4": "9/10",
    "8½/10": "8/10",
    "8 / 10": "8/10",
    "95/100": "10/10",
    "5/100": "0/10",
    "12 out of 100": "1/10",
    "4 stars out of 5": "8/10",
    "7/20": "4/10",
    "80%": "8/10",
    "-10/10": "0/10",
    "11/10": "10/10",
}


def test_an_endless_sign_is_left_as_typed() -> None:
    """It would take a time quadratic in its length to find out what it repeats."""
    assert read_as(":" + ")" * 63) == read_as(":)")
    assert read_as(":" + ")" * 64) == ":" + ")" * 64


@pytest.mark.parametrize("written", RATINGS)
@pytest.mark.parametrize("around", ["{}", "Rating: {}", "{} Saw it twice.", "I'd say {}.", "({})"])
def test_a_rating_is_read_in_every_position(written: str, around: str) -> None:
    """All scales become tenths, which labelled reviews have taught the network."""
    words = default_words(around.format(written))
    assert RATINGS[written] in words
    around_it = default_words(around.format("film"))
    assert [w for w in words if w != RATINGS[written]] == [w for w in around_it if w != "film"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("80% of it", ["80", "of", "it"]),
        ("I agree 100%", ["i", "agree", "100"]),
        ("3/4 of the film", ["3/4", "of", "the", "film"]),
        ("9/11 and 24/7", ["9/11", "and", "24/7"]),
        ("20/20 vision", ["20/20", "vision"]),
        ("seen 7/1/2010", ["seen", "7", "1/2010"]),
        ("M*A*S*H", ["m", "*", "a", "*", "s", "*", "h"]),
        ("film -10/10", ["film", "-", "10/10"]),
        ("*great* **film**", ["great", "film"]),
        ("***", ["***"]),
    ],
)
def test_a_number_that_is_not_a_rating_stays_one(written: str, words: list[str]) -> None:
    """Shares, dates, titles and emphasis are not marks out of ten."""
    assert default_words(written) == words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("😍😍", ["love", "love"]),
        ("👍🏽 👎🏿", ["great", "terrible"]),
        ("❤️ ❤️‍🔥", ["love", "love"]),
        ("meh😴.", ["meh", "boring", "."]),
        ("🤦‍♂️", ["stupid"]),
        ("🎬🍿", []),
        ("nice:) :-))) :(", ["nice", "nice", "nice", "disappointing"]),
        ("<3 XD :/ >:(", ["love", "fun", "mediocre", "awful"]),
        ("Cast: (see above): http://x.org/:/", ["cast", ":", "(", "see", "above", ")", ":"]),
    ],
)
def test_feelings_are_read(written: str, words: list[str]) -> None:
    """Emoji in sequences and of any skin, and emoticons; what shows a thing says nothing."""
    assert default_words(written) == words


@pytest.mark.parametrize(
    "link",
    [
        "https://www.imdb.com/title/tt0111161/?ref_=hate",
        "www.worst-films.com/bad",
        "imdb.com/title/tt1",
        "@awful_critic",
        "hater@bad.example.org",
    ],
)
def test_links_and_names_of_people_online_are_not_read(link: str) -> None:
    """They say nothing about the film, and the sentence still ends."""
    assert default_words(f"See {link}.") == ["see", "."]
    assert default_words(f"({link}) ok") == ["(", ")", "ok"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("wouldnt DONT Im", ["wouldn't", "don't", "i'm"]),
        ("This is SHIT, f***ing sh*t", ["this", "is", "crap", ",", "freaking", "crap"]),
        ("gr8, luv it lmao", ["great", ",", "love", "it", "lol"]),
    ],
)
def test_words_with_letters_left_out_are_read(written: str, words: list[str]) -> None:
    """Apostrophes that phones leave out, masks, and what is short for words."""
    assert default_words(written) == words


def test_a_hashtag_is_read_as_words_and_a_drawn_out_word_as_itself() -> None:
    """By the words that the bundled model knows."""
    encoder = read_artifact(ROOT / "pretrained").encoder
    for written, meant in (
        ("#wasteoftime", "waste of time"),
        ("#WasteOfTime!", "waste of time!"),
        ("#mustwatch #loveit", "must watch love it"),
        ("#ΩΩΩ", "zzqx"),
        ("soooo sooooooooo slow", "so so slow"),
        ("Rocky III", "rocky iii"),
    ):
        assert encoder.encode(written).ids == encoder.encode(meant).ids, written
    words = encoder.encode_with_places("A #wasteoftime.")[1]
    assert [(w.text, w.start, w.end) for w in words[1:]] == [
        *(("waste", 3, 8), ("of", 8, 10), ("time", 10, 14), (".", 14, 15))
    ]


def test_every_meaning_is_a_word_that_the_bundled_model_knows() -> None:
    """A sign that stood for an unknown word would say nothing."""
    encoder: Encoder = read_artifact(ROOT / "pretrained").encoder
    assert set(MEANINGS.values()) <= set(encoder.vocabulary.words)
