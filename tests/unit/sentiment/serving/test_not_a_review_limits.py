"""Where a text that is not a review begins: each threshold from both sides."""

import pytest

from sentiment.recipe import CLASSIC, DEFAULT
from sentiment.serving.not_a_review import (
    CODE,
    FOREIGN,
    LINKS,
    NO_WORDS,
    NUMBERS,
    UNKNOWN_WORDS,
    ReviewCheck,
    _Kind,
    _kind,
)
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary
from tests.support.models.bundled_reader import Reader

IN_GERMAN = FOREIGN.format(language="German")


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
