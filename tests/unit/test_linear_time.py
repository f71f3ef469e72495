"""Everything that reads a review takes time in proportion to its length, whatever it is made of.

A table of the endpoint's and the web app's text functions, and a table of parts to repeat. Each
function reads each repeated part at two lengths; processor time may grow by little more than the
length does.
"""

import gc
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from unicodedata import normalize
from urllib.parse import quote_plus

import pytest

from chalicelib import reviews
from chalicelib.errors import RequestError
from chalicelib.exchange import Request
from sentiment.recipe import CLASSIC, DEFAULT, Recipe, Tokenizer
from sentiment.serving.http_format import read_request
from sentiment.serving.not_a_review import ReviewCheck
from sentiment.text.accents import compose, limit_marks
from sentiment.text.encoder import Encoder
from sentiment.text.html import strip_html
from sentiment.text.line_wraps import find_wraps
from sentiment.text.sentences import find_sentences
from sentiment.text.vocabulary import Vocabulary
from sentiment.text.words import classic_words, default_words, find_words, read_pieces, split_pieces

MOST = 2.5  # times the processor time for twice the text; linear is 2, quadratic 4
SHORT, LONG = 3_000, 48_000  # characters of the shorter text
ABOVE_NOISE_S = 0.000_5
ROUNDS, SIZES = 5, 3

WORDS = ["good", "film", "a", "bad", "the", "movie", *(f"w{number:x}x" for number in range(12_000))]
VOCABULARY = Vocabulary(WORDS)
ENCODERS = {recipe: Encoder(recipe, VOCABULARY) for recipe in (CLASSIC, DEFAULT)}
CHECKS = {recipe: ReviewCheck(encoder) for recipe, encoder in ENCODERS.items()}


def read_in_pieces(text: str, tokenizer: Tokenizer) -> None:
    read_pieces(split_pieces(text, tokenizer), tokenizer)


def check(text: str, recipe: Recipe) -> None:
    CHECKS[recipe].reason(text, [1])


def read_text(text: str) -> None:
    read_request(text.encode(), "text/plain")


def read_json(text: str) -> None:
    read_request(json.dumps({"review": text}), "application/json")
    read_request(json.dumps({"reviews": [text, text]}), "application/json")


def read_json_lines(text: str) -> None:
    read_request(json.dumps({"review": text}) + "\n" + json.dumps(text), "application/jsonlines")
    read_request(text, "application/jsonlines")


def post(text: str, content_type: str) -> None:
    sent = Request("POST", "/review", headers={"content-type": content_type}, body=text)
    review = reviews.read_review(sent)
    with suppress(RequestError):  # empty, or too long
        reviews.check_review(review.text)


def post_json(text: str) -> None:
    post(json.dumps({"review": text}), "application/json")
    sent = Request("POST", "/reviews", body=json.dumps([text, text]))
    reviews.read_reviews(sent)


def post_form(text: str) -> None:
    post("review=" + quote_plus(text), "application/x-www-form-urlencoded")


FUNCTIONS: dict[str, Callable[[str], object]] = {
    "classic words": classic_words,
    "classic pieces": partial(read_in_pieces, tokenizer="classic"),
    "classic ids": ENCODERS[CLASSIC].encode,
    "classic check": partial(check, recipe=CLASSIC),
    "markup": strip_html,
    "default words": default_words,
    "words with places": find_words,
    "default pieces": partial(read_in_pieces, tokenizer="default"),
    "default ids": ENCODERS[DEFAULT].encode_with_places,
    "default check": partial(check, recipe=DEFAULT),
    "accents": compose,
    "marks": limit_marks,
    "spelling": VOCABULARY.stands_for,
    "sentences": find_sentences,
    "line wraps": find_wraps,
    "text request": read_text,
    "JSON request": read_json,
    "JSON lines request": read_json_lines,
    "posted text": partial(post, content_type="text/plain"),
    "posted JSON": post_json,
    "posted form": post_form,
}
PARTS = {
    "accents": [
        *("\u0301\u0316", "e\u0301\u0316", "\u0301\u200b\u0316", "\u034f\u0316\u0301", "\u0344"),
        *("\u064b\u0650", "\u05b0\u0591", "\u3099\u0316", "\U0001d165\u0316", "é", "é\u0316 "),
    ],
    "letters": ["a", "A", "aA", "y", "ab ", "o", "İ", "ß", "Σ", "漢", "é", "a\u00ad", "alli"],
    "white space": [" ", "\t", "\n", "\r\n", "\xa0", "\u2028", "\x1c", " \n", "\n>", "\n\n", "a\n"],
    "quotes": ["'", '"', "’", "a'", "a’", "'a", "“”", "''", '."', ".'", '": ', "'a' "],
    "digits": ["1", "1.", "1,", "1/", "1 ", "1.1/", "7/10", "1:", "2020-01-01 00:00 "],
    "marks": [
        *(".", "...", "…", "!", "?!", ". ", ".a", ".A", "a.", "Mr.", ", ", ",", "-", "*", "**a"),
        *("*a*", "a*", ":", ";", "(", ")", ").", "[b]", "~", "$", "|", "^_", "\\", "#"),
    ],
    "smileys": [":)", ":-", ".:)", ":)(", ">_<", "<3", "^_^", "o_O", "=D", "xd", "(^", ":*<", ";("],
    "emoji": ["😀", "👩\u200d🚀", "👍🏽", "🇫🇷", "❤\ufe0f", ".😀", "\u200d", "\ufe0f", "😀\u0301"],
    "tags": [
        *("<", "<<", "<a", "<a ", "</", "</a", "<!", "<?", "<!--", "-->", "<![CDATA[", "<![x["),
        *("<a>", "</a>", "<b><i>", "<p>", "<br />", "<br", "<br\n", "<a b='", '<a b="', "<a b='>'"),
        *("<a =' ", "<a/", "<script>", "<textarea>", "<a b=c>", "< a", "a<b", ">", "<a\n", "<p >a"),
    ],
    "references": ["&", "& ", "&#", "&#x", "&a", "&amp", "&amp;", "&lt;a ", "&#1", "&#39;", "&;"],
    "links": ["www.", "://", "@", "a@", "a@b.", "@a.", "https://a.b/", "Zz9", "a-b-", "x.com "],
    "code": [
        *("{", "[", "[[", "{[", "}", "()", "a(", "a.b(", "a = (\n", "_", "b_", "=", "==", "+="),
        *('"a": ', "'a': ", "[{", "import a.", "from a ", "select a ", "let a,", "def a(", "@a"),
        *("File ", "at a", "aError", "print(", "if (", "class a", "static ", "{};\n", "x[0]", "a;"),
    ],
}
AROUND = [("", ""), ("good", " film"), ("<a e", ">"), ("public a(e", "e")]  # alone, and in turn
CASES = [
    pytest.param(part, around, id=f"{kind} {position}")
    for kind, parts in PARTS.items()
    for position, part in enumerate(parts)
    for around in [AROUND[0], AROUND[1 + position % 3]]
]


@pytest.fixture(autouse=True, scope="module")
def no_garbage_collection() -> Iterator[None]:
    """Keep the collector's work, which grows with the whole process, out of the measurements."""
    VOCABULARY.stands_for("goood")  # makes the index
    gc.disable()
    yield
    gc.enable()


def cpu_s(function: Callable[[str], object], text: str) -> float:
    started = time.thread_time()
    function(text)
    return time.thread_time() - started


def growth(function: Callable[[str], object], write: Callable[[int], str]) -> float:
    """Return how many times as long twice the text takes, measured until it is small enough.

    Other programs on the machine only make a measurement longer, so the least of several counts.
    Longer texts follow if that is not enough: noise matters less there, and a square more.
    """
    size = SHORT
    while size < LONG and cpu_s(function, write(size)) < ABOVE_NOISE_S:
        size *= 2
    times = float("inf")
    for _ in range(SIZES):
        once, twice = write(size), write(2 * size)
        pairs = [(cpu_s(function, once), cpu_s(function, twice))]
        for _ in range(ROUNDS):
            times = min(pair[1] for pair in pairs) / min(pair[0] for pair in pairs)
            if times <= MOST:
                return times
            pairs.append((cpu_s(function, once), cpu_s(function, twice)))
        size *= 2
    return times


@pytest.mark.parametrize(("part", "around"), CASES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_twice_the_text_takes_twice_the_time(name: str, part: str, around: tuple[str, str]) -> None:
    """A text of one part, and one where it follows a letter, in an open tag or in a bracket."""
    before, after = around

    def write(size: int) -> str:
        return before + part * (size // len(part)) + after

    times = growth(FUNCTIONS[name], write)
    assert times <= MOST, f"{before!r} + {part!r} * n + {after!r}: {times:.1f} times as long"


def test_a_quadratic_function_is_found() -> None:
    """The measurement itself: it tells what sorts all marks from what sorts thirty."""
    flood = "\u0301\u0316"

    def write(size: int) -> str:
        return "e" + flood * (size // len(flood))

    assert growth(partial(normalize, "NFC"), write) > MOST
    assert growth(compose, write) <= MOST
