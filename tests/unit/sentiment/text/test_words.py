"""Review -> words, by both recipes."""

import json
import re
import warnings
from pathlib import Path
from unicodedata import normalize

import pytest
from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
from bs4.exceptions import ParserRejectedMarkup
from hypothesis import example, given, reject
from hypothesis import strategies as st

from benchmarks import plain
from sentiment.recipe import CLASSIC, DEFAULT, Tokenizer
from sentiment.text.encoder import Encoder
from sentiment.text.html import strip_html
from sentiment.text.symbols import read_as
from sentiment.text.vocabulary import Vocabulary
from sentiment.text.words import (
    _remembered_stem,
    classic_words,
    default_words,
    find_words,
    read_pieces,
    split_pieces,
    split_words,
    stop_words,
)

GOLDEN = Path(__file__).parents[3] / "golden" / "words.json"
ANY_TEXT = st.text(alphabet=st.characters())  # lone surrogates included
SNIPPETS = (
    *("<br />", "<br/>", "<br>", "<BR />", "<br / >", "<b>", "</b>", "<i class='a b'>", "</", "<"),
    *("<3", "<!--", "-->", "<!", "<?", "?>", ">", "/>", "<script>", "</script>", "<p", "<a href="),
    *("&", "& ", "&amp;", "&amp", "&#39;", "&#x27", "&#", "&lt;b&gt;", "&copy", "&nbsp;", ";", "#"),
    *("good", "Movies", "don't", "7/10", "3.5", "*really*", "**", "***", "the", "İ", "K", "Σ", "ß"),
    *(" ", "\n", "\t", "\xa0", "\x00", "\x1c", ".", ",", ", ", '"', "'", "’", "_", "-", "x"),
)
APOSTROPHES = (  # as keyboards and phones have them
    "'`\N{ACUTE ACCENT}\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    "\N{MODIFIER LETTER APOSTROPHE}\N{PRIME}\N{FULLWIDTH APOSTROPHE}"
)
INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufe0f"
REVIEW_WITH_MARKUP = st.lists(st.sampled_from(SNIPPETS) | st.text(), max_size=12).map("".join)


def parse(review: str) -> str:
    """The parser's text; of a review that it rejects, the review."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        try:
            return BeautifulSoup(review, "html.parser").get_text()
        except ParserRejectedMarkup:
            return review


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


@given(REVIEW_WITH_MARKUP)
@example("&<br />amp; <<br />b>bold</b>")
@example("3<br/>4 <3 &<BR /> a<b & c>d")
@example("<![<br />good")  # which the parser rejects
def test_the_shortcut_past_the_parser_changes_no_word(review: str) -> None:
    """Whatever a review contains, its words are those that BeautifulSoup finds in it."""
    assert strip_html(review).split() == parse(review).split()


@given(REVIEW_WITH_MARKUP)
def test_classic_words_are_those_of_the_plain_recipe(review: str) -> None:
    """Word for word, what the source report's cleaning makes of a review that it can read."""
    try:
        words = plain.words_of_in_memory(review)
    except ParserRejectedMarkup:
        reject()
    assert classic_words(review) == words


@pytest.mark.parametrize("tokenizer", ["classic", "default"])
@given(review=REVIEW_WITH_MARKUP)
@example(review="2 < 3<br />> 1 <b\nr>good**<br />*bad* &<br />amp; don<br />'t")
def test_pieces_read_one_by_one_are_the_review(tokenizer: Tokenizer, review: str) -> None:
    """What preparing reads piece by piece is what serving reads at once."""
    pieces = split_pieces(review, tokenizer)
    words, n_words = read_pieces(pieces, tokenizer)
    assert words == split_words(review, tokenizer)
    assert n_words == [len(read_pieces([piece], tokenizer)[0]) for piece in pieces]


@pytest.mark.parametrize("odd", ["<![x[", "<b>\ud800", "&#99999999999;\udfff"])
def test_markup_that_the_parser_refuses_is_not_an_error(odd: str) -> None:
    """What BeautifulSoup raises an error for is read as it stands."""
    assert classic_words(f"Good film {odd}") in (["good", "film"], ["good", "film", "x"])


def test_letters_that_lower_case_makes_are_letters() -> None:
    """The Kelvin sign is a k in lower case, the Turkish capital an i and a dot."""
    assert classic_words("\N{KELVIN SIGN}ing \N{LATIN CAPITAL LETTER I WITH DOT ABOVE}mage") == [
        "king",
        "mage",
    ]


def test_what_strangers_send_is_not_remembered_without_end() -> None:
    """Neither many words nor long ones fill the memory of a server."""
    limit = _remembered_stem.cache_info().maxsize
    assert limit is not None
    words = [f"{number}x" for number in range(limit + 1_000)]
    assert len(classic_words(" ".join(words))) == len(words)
    assert _remembered_stem.cache_info().currsize == limit
    misses = _remembered_stem.cache_info().misses
    assert classic_words("z" * 10_000) == ["z" * 10_000]
    assert _remembered_stem.cache_info().misses == misses


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    """A word is the same with any apostrophe, and quotation marks are not part of it."""
    review = f"I didn{apostrophe}t {apostrophe}like{apostrophe} *it{apostrophe}s*"
    words = ["i", "didn't", "like", "it's"]
    assert default_words(review) == words
    assert [word.text for word in find_words(review)] == words
    assert read_pieces(split_pieces(review, "default"), "default")[0] == words


@example("Å*a")
@given(st.text(st.sampled_from(f"aéÅßيçñ' .*7{INVISIBLE}")))
def test_words_are_the_same_however_they_are_encoded(review: str) -> None:
    """Accents may be of their letters or stand behind them, and what is invisible says nothing."""
    whole = re.sub(f"[{INVISIBLE}]", "", review)
    written = re.sub(rf"(?<=[{INVISIBLE}])[{INVISIBLE}]|(?<![^\W\d_])[{INVISIBLE}]", "", review)
    words = default_words(whole)
    assert default_words(written) == words
    assert default_words(normalize("NFD", written)) == words
    assert read_pieces(split_pieces(written, "default"), "default")[0] == words


@pytest.mark.parametrize(
    ("review", "words", "sent"),
    [
        ("A naïve *cliché*, it’s", ["a", "naïve", "cliché", ",", "it's"], None),
        ("won\u00adder\u00adful.", ["wonderful", "."], ["won\u00adder\u00adful", "."]),
        ("not go\u200bod\u2060", ["not", "good"], ["not", "go\u200bod\u2060"]),
        ("\u200bfilm \u00ad \u0301", ["film"], ["film"]),
    ],
)
def test_accents_and_invisible_characters_split_no_word(
    review: str, words: list[str], sent: list[str] | None
) -> None:
    """A word's text has its letters alone, its place all that was sent of it."""
    for written in {review, normalize("NFD", review)}:
        found = find_words(written)
        assert [word.text for word in found] == words
        if sent is not None:
            assert [written[word.start : word.end] for word in found] == sent
    assert find_words(normalize("NFD", "Amélie!"))[0] == ("amélie", 0, 7)


@given(ANY_TEXT)
def test_default_words_stand_where_they_are_said_to(review: str) -> None:
    """Each word's place holds that word as it was sent, places are in order and do not overlap."""
    end = 0
    for word in find_words(review):
        assert end <= word.start < word.end <= len(review)
        said = re.sub(f"[{INVISIBLE}]", "", review[word.start : word.end].lower())
        assert read_as(normalize("NFC", re.sub(f"[{APOSTROPHES}]", "'", said))) == word.text
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


@pytest.mark.parametrize(
    ("review", "words"),
    [
        ("Loved it <- awful plot -> never", ["loved", "it", "-", "awful", "plot", "-", "never"]),
        ("I <3 Jaws. It > all.", ["i", "love", "jaws", ".", "it", "all", "."]),
        ("a <b>b</b><!-- c --><?d?><e f='g'/> <br>h", ["a", "b", "h"]),
    ],
)
def test_markup_begins_as_the_parser_has_it(review: str, words: list[str]) -> None:
    """Behind '<' comes a letter, or what begins an end, a comment or an instruction."""
    assert default_words(review) == words


def test_words_shortened_by_a_digit_are_whole() -> None:
    """A few that people write; in others a digit is a number, as in ratings without a space."""
    assert default_words("H8 it, gr8!") == ["hate", "it", ",", "great", "!"]
    assert default_words("T2 gr88 fun9/10") == ["t", "2", "gr", "88", "fun", "9/10"]


def test_markup_separates_words_in_the_default_recipe_only() -> None:
    """The classic recipe glues words around <br /> as the report did; ours does not."""
    assert classic_words("great<br />film") == ["greatfilm"]
    assert default_words("great<br />film") == ["great", "film"]
