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
    ReviewCheck,
    _Kind,
    _kind,
)
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary
from tests.support import texts
from tests.support.paths import ROOT

IN_GERMAN = FOREIGN.format(language="German")
REASONS = {CODE, LINKS, NO_WORDS, NOT_ENGLISH, NUMBERS, UNKNOWN_WORDS}


class Reader:
    """An encoder and the check that belongs to it."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.check = ReviewCheck(encoder)

    def reason(self, text: str) -> str | None:
        ids = self.encoder.encode(text).ids
        return self.check.reason(text, ids)


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The default recipe with the 30,000 words of the bundled model."""
    words = (ROOT / "pretrained" / "vocabulary.txt").read_text("utf-8").split("\n")[:-1]
    return Reader(Encoder(DEFAULT, Vocabulary(words)))


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
def test_gibberish_is_told(reader: Reader, text: str) -> None:
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
def test_random_letters_are_told(reader: Reader, seed: int) -> None:
    """Ten words of five to nine random letters never pass for English."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(5, 9))) for _ in range(10)]
    assert reader.reason(" ".join(words)) in {NOT_ENGLISH, UNKNOWN_WORDS}


@pytest.mark.parametrize("language", sorted(texts.CODE))
def test_code_is_told(reader: Reader, language: str) -> None:
    """Program code, markup and stack traces are called what they are, whatever ends their lines."""
    assert reader.reason(texts.CODE[language]) == CODE
    assert reader.reason(texts.CODE[language].replace("\n", "\r\n")) == CODE


@pytest.mark.parametrize("text", texts.NUMBERS)
def test_numbers_are_told(reader: Reader, text: str) -> None:
    """Numbers without words are not a review, unless they are a mark."""
    assert reader.reason(text) == NUMBERS


@pytest.mark.parametrize("text", texts.LINKS)
def test_links_and_encoded_data_are_told(reader: Reader, text: str) -> None:
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


def words_of(reader: Reader, kind: _Kind, n_words: int) -> list[str]:
    """The first words of this kind in the bundled vocabulary."""
    vocabulary = reader.encoder.vocabulary
    kinds = reader.check._kinds(vocabulary.ids(vocabulary.words))
    found = (word for word, found in zip(vocabulary.words, kinds, strict=True) if found == kind)
    return [word for word in found if word.isalpha()][:n_words]


@pytest.mark.parametrize(
    ("n_strange", "n_common", "is_refused"),
    [(2, 0, True), (2, 1, False), (3, 1, True), (3, 2, False), (4, 3, True), (4, 4, False)],
)
def test_common_words_outweigh_strange_ones(
    reader: Reader, n_strange: int, n_common: int, is_refused: bool
) -> None:
    """Two of three weights more are needed, and a known word that is not common has none."""
    strange = words_of(reader, _Kind.STRANGE, n_strange)
    common = words_of(reader, _Kind.COMMON, n_common)
    text = " ".join([*strange, *common, *words_of(reader, _Kind.KNOWN, 1)])
    assert (reader.reason(text) is not None) == is_refused


@pytest.mark.parametrize(
    ("n_common", "n_known", "reason"),
    [(49, 0, CODE), (50, 0, None), (22, 28, CODE), (23, 27, None)],
)
def test_fifty_words_of_plain_english_are_a_review(
    reader: Reader, n_common: int, n_known: int, reason: str | None
) -> None:
    """Whatever marks of code are among them, where nearly half of them are common."""
    words = [*words_of(reader, _Kind.COMMON, n_common), *words_of(reader, _Kind.KNOWN, n_known)]
    assert reader.reason(" = ".join(words)) == reason


def test_the_two_thousand_first_words_are_common() -> None:
    """Ids count from 0, and 0 and 1 are not words."""
    assert _kind("wonderful", 1_999, knows_english=True) is _Kind.COMMON
    assert _kind("wonderful", 2_000, knows_english=True) is _Kind.KNOWN


@pytest.mark.parametrize(("n_ids", "reason"), [(9_999, None), (10_000, IN_GERMAN)])
def test_ten_thousand_ids_are_enough_to_know_english(n_ids: int, reason: str | None) -> None:
    """With fewer, a word that is not among them may be English."""
    rare = [f"{a}{b}{c}{d}" for a in "qxz" for b in "kvwx" for c in "aeiou" for d in range(200)]
    words = Vocabulary(["film", *rare[: n_ids - 3]])
    assert len(words) == n_ids
    assert Reader(Encoder(DEFAULT, words)).reason("Ein film, den nicht jeder mag") == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("good 1 2 3", None),
        ("good 1 2 3 4", NUMBERS),
        ("7/10 8/10 9/10 10/10", None),
        ("a b", None),
        ("a b c", UNKNOWN_WORDS),
        ("abcdefghij123456789", UNKNOWN_WORDS),
        ("abcdefghij1234567890", LINKS),
    ],
)
def test_where_a_kind_of_text_begins(reader: Reader, text: str, reason: str | None) -> None:
    """Three numbers to a word, two letters, and less than twenty characters of data may pass."""
    assert reader.reason(text) == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("www.film.org", LINKS),
        ("http://a.bc", LINKS),
        ("me@film.org", LINKS),
        ("¶", NO_WORDS),
        ("¶" * 25, NO_WORDS),
        ("Zxqvy 7/10", None),
        ("Zxqvy 😍", None),
        ("Zxqvy!", UNKNOWN_WORDS),
        ("wonderfull actting", None),
    ],
)
def test_short_texts_are_told_apart(reader: Reader, text: str, reason: str | None) -> None:
    """A short address is a link, signs that nobody reads are nothing, a rating saves a title."""
    assert reader.reason(text) == reason


@pytest.mark.parametrize(
    ("n_common", "others", "reason"),
    [(50, ["7"] * 5, None), (49, ["7"], CODE), (49, ["x"], None)],
)
def test_a_letter_counts_as_a_word_and_a_number_does_not(
    reader: Reader, n_common: int, others: list[str], reason: str | None
) -> None:
    """Fifty words make prose, which code's marks do not spoil."""
    words = [*words_of(reader, _Kind.COMMON, n_common), *others]
    assert reader.reason(" = ".join(words)) == reason


def test_misspelt_words_are_known_unless_they_are_foreign(reader: Reader) -> None:
    """'Ist' is German, and not 'is' or 'it' with a slip."""
    kinds = reader.check._kinds_of(["wonderfull", "ist", "zxqvy"])
    assert list(kinds) == [_Kind.KNOWN, _Kind.STRANGE, _Kind.STRANGE]


@pytest.mark.parametrize(
    ("form", "evidence"),
    [
        ("{known} {Strange}", 0),
        ("{known}. {Strange}", -3),
        ("{Strange} {known}", -3),
        ("{known} {strange}", -3),
        ("{known} 7 {Strange}", 0),
        ('{known} "{Strange}"', -3),
        ("{known} {Strange} {strange}", -3),
    ],
)
def test_capitals_within_a_sentence_are_names(reader: Reader, form: str, evidence: int) -> None:
    """Names say nothing about a language; a sentence's first word is not one."""
    (known,), (strange,) = (words_of(reader, kind, 1) for kind in (_Kind.KNOWN, _Kind.STRANGE))
    text = form.format(known=known, strange=strange, Strange=strange.title())
    assert reader.check._evidence_without_names(text) == evidence


@pytest.mark.parametrize(
    ("ids", "is_enough"),
    [
        ([], False),
        ([1], False),
        ([2], True),
        ([2, 1, 1, 1], True),
        ([2, 1, 1, 1, 1], False),
        ([2, 2, *[1] * 6], True),
        ([2, 2, *[1] * 7], False),
        ([2_001, 2, *[1] * 6], True),
        ([2] * 499, True),
        ([2] * 500, False),
    ],
)
def test_a_known_word_outweighs_three_others(ids: list[int], is_enough: bool) -> None:
    """Then its ids are enough; at the length of a cut review they are not all of its words."""
    words = [
        f"{a}{b}{c}" for a in "abcdefghij" for b in "abcdefghijklmno" for c in "abcdefghijklmno"
    ]
    classic = ReviewCheck(Encoder(CLASSIC, Vocabulary(words)))
    assert classic._are_words_enough(ids) == is_enough


def test_words_of_a_link_do_not_outweigh_numbers() -> None:
    """The ids of a text with a link are not those of its words."""
    classic = Reader(Encoder(CLASSIC, Vocabulary(["film", "love"])))
    assert classic.reason("http://love.example/love-love-love film 1 2 3 4") == NUMBERS
    assert classic.reason("http://love.example/love-love-love film 1 2 3") is None
