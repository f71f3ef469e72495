"""The bundled model's vocabulary recognises texts that are not reviews, and spares odd reviews."""

import random
import re
import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.recipe import CLASSIC, DEFAULT
from sentiment.serving.not_a_review import (
    CODE,
    FOREIGN,
    LINKS,
    NO_WORDS,
    NOT_ENGLISH,
    NUMBERS,
    UNKNOWN_WORDS,
)
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary
from tests.support import texts
from tests.support.models.bundled_reader import Reader

REASONS = {CODE, LINKS, NO_WORDS, NOT_ENGLISH, NUMBERS, UNKNOWN_WORDS}


def without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(part for part in parts if not unicodedata.combining(part))


@pytest.mark.parametrize(
    ("language", "text"),
    [(name, text) for name, group in texts.OTHER_LANGUAGES.items() for text in group],
)
@pytest.mark.parametrize("write", [str, without_accents, str.upper])
def test_other_languages_are_named(
    reader: Reader, language: str, text: str, write: type[str]
) -> None:
    """A text in another language is refused by its name.

    With accents or without; but Japanese and Hindi lose more than accents where marks are dropped.
    """
    assert reader.reason(write(text)) == FOREIGN.format(language=language)


@pytest.mark.parametrize(("language", "text"), texts.SHORT_OTHER_LANGUAGES)
def test_a_few_foreign_words_are_named(reader: Reader, language: str, text: str) -> None:
    """Two or three words are enough."""
    assert reader.reason(text) == FOREIGN.format(language=language)


@pytest.mark.parametrize(
    "text", ["***", "10/10 *****", "8/10", "★★★★★", "4½★", "😍😍", "👎", "#lovedit"]
)
def test_a_rating_in_signs_is_a_review(reader: Reader, text: str) -> None:
    """Signs that the vocabulary holds reach the model."""
    assert reader.encoder.encode(text).ids
    assert reader.reason(text) is None


@pytest.mark.parametrize("text", texts.GIBBERISH)
def test_gibberish_is_recognized(reader: Reader, text: str) -> None:
    """Letters without words are none."""
    assert reader.reason(text) in {NOT_ENGLISH, UNKNOWN_WORDS}


@pytest.mark.parametrize("language", ["German", "French", "Polish", "Turkish", "Swedish"])
def test_how_letters_are_encoded_says_nothing(reader: Reader, language: str) -> None:
    """Accents behind their letters and soft hyphens change neither reasons nor names."""
    for text in [*texts.OTHER_LANGUAGES[language], "Brilliant, a wonderful film with Chloé Ösz."]:
        apart = re.sub(r"(?<=[a-z]{3})(?=[a-z]{3})", "\u00ad", unicodedata.normalize("NFD", text))
        assert reader.encoder.encode(apart) == reader.encoder.encode(text)
        assert reader.reason(apart) == reader.reason(text)
        names = reader.check._evidence_without_names
        assert names(apart) == names(text)


@pytest.mark.parametrize("seed", range(20))
def test_random_letters_are_recognized(reader: Reader, seed: int) -> None:
    """Ten words of five to nine random letters never pass for English."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(5, 9))) for _ in range(10)]
    assert reader.reason(" ".join(words)) in {NOT_ENGLISH, UNKNOWN_WORDS}


@pytest.mark.parametrize("language", sorted(texts.CODE))
def test_code_is_recognized(reader: Reader, language: str) -> None:
    """Program code, markup and stack traces are called what they are, whatever ends their lines."""
    assert reader.reason(texts.CODE[language]) == CODE
    assert reader.reason(texts.CODE[language].replace("\n", "\r\n")) == CODE


@pytest.mark.parametrize("text", texts.NUMBERS)
def test_numbers_are_recognized(reader: Reader, text: str) -> None:
    """Numbers without words are not a review, unless they are a mark."""
    assert reader.reason(text) == NUMBERS


@pytest.mark.parametrize("text", texts.LINKS)
def test_links_and_encoded_data_are_recognized(reader: Reader, text: str) -> None:
    """The words within an address are not the sender's."""
    assert reader.reason(text) == LINKS


@pytest.mark.parametrize("text", texts.ODD_REVIEWS)
def test_an_odd_review_is_a_review(reader: Reader, text: str) -> None:
    """Short, shouted, marked up, misspelt or full of names: the model gives its verdict."""
    assert reader.reason(text) is None


@pytest.mark.parametrize("text", texts.ODD_REVIEWS)
@pytest.mark.parametrize("other", ["German", "Chinese"])
def test_a_quotation_does_not_spoil_an_english_review(
    reader: Reader, text: str, other: str
) -> None:
    """A sentence in another language within an English review is a part of it."""
    review = (
        f"{text} I saw it twice with my brother and we still talk about the ending and how the "
        f"music comes in. He said: {texts.OTHER_LANGUAGES[other][0]} And that was all he said."
    )
    assert reader.reason(review) is None


def test_with_stems_only_the_writing_is_looked_at() -> None:
    """The classic recipe tells code, numbers and texts without a known word, but no languages."""
    classic = Reader(Encoder(CLASSIC, Vocabulary(["film", "love", "wonder"])))
    assert classic.reason(texts.CODE["Python"]) == CODE
    assert classic.reason("1 2 3 4 5") == NUMBERS
    assert classic.reason("Zxqvy plokj") == UNKNOWN_WORDS
    assert classic.reason("Wonderful!") is None
    assert classic.reason("7/10") is None
    assert classic.reason("Un film que nous aimons beaucoup") is None


@given(
    st.lists(
        st.sampled_from(["film", "love", "Zxqvy", "7", "1984", "a", "8/10", "<br />", "!", "x1y2"]),
        min_size=1,
        max_size=60,
    )
)
def test_with_stems_the_ids_alone_tell_no_other_story(words: list[str]) -> None:
    """Where the ids are enough to know that a text may be a review, its words say the same."""
    classic = Reader(Encoder(CLASSIC, Vocabulary(["film", "love", "7"])))
    text = " ".join(words)
    ids = classic.encoder.encode(text).ids
    if ids and classic.check._are_words_enough(ids):
        assert classic.check._reason_of_words(text) is None


def test_a_small_vocabulary_says_nothing_about_languages() -> None:
    """A model trained on a few reviews does not call every other text foreign."""
    small = Reader(Encoder(DEFAULT, Vocabulary(["film"])))
    assert small.reason("The film that nobody here had ever heard of") is None


@given(st.text(alphabet=st.characters()))
def test_any_text_has_an_answer(reader: Reader, text: str) -> None:
    """Whatever is sent, the answer is one of the sentences or none."""
    ids = reader.encoder.encode(text).ids
    reason = reader.check.reason(text, ids)
    assert reason is None or reason in REASONS or reason.startswith("This looks like ")
