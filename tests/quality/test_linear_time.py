"""Everything that reads a review takes time in proportion to its length, whatever it is made of.

FUNCTIONS lists the text functions of the endpoint and the web app, PARTS what a hostile text
repeats. Each function reads each repeated part at two lengths. The second is twice the first, and
so may take little more than twice the processor time.
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
SHORT, LONG = 1_500, 48_000  # characters of the shorter text
ABOVE_NOISE_S = 0.000_3
ROUNDS, SIZES = 12, 3  # at most, on a busy machine

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
    "accents": ["\u0301\u0316", "e\u0301\u0316", "\u034f\u0316\u0301", "\u3099\u0316", "é\u0316 "],
    "letters": ["a", "aA", "y", "alli", "ab ", "İ", "漢"],
    "white space": [" ", "\n", " \n", "\n>", "\u2028", "a\n"],
    "quotes": ["'", "’", "a'", '."', '": ', "'a' "],
    "digits": ["1", "1.", "1/", "2020-01-01 00:00 "],
    "marks": [".", ". ", "A.", ", ", "-", "*a*", ").", "[b]", "; "],
    "smileys": [":)", ".:)", "^_^", ":*<"],
    "emoji": ["😀", ".😀", "👩\u200d🚀", "\u200d"],
    "tags": [
        *("<", "<a", "<a ", "</", "<!", "<?", "<!-- >", "<![CDATA[>", "<![x["),
        *("<a>", "<br", '<a b="', "<a b='>'", "<a =' ", "<script>"),
    ],
    "references": ["&", "&#x", "&amp", "&lt;a "],
    "links": ["@", "a@", "a@b.", "Zz9", "a-b-", "https://a.b/"],
    "code": ["{[", "a(", "a.b(", "=", "b_", '"a": ', "a;"],
}
WRITE: list[Callable[[str], str]] = [
    lambda repeated: f"good{repeated} film",
    lambda repeated: f"<a e{repeated}>",
    lambda repeated: f"{' ' * len(repeated)}a{repeated}",
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
    while (shorter := cpu_s(function, write(size))) < ABOVE_NOISE_S and size < LONG:
        size *= 2
    times = float("inf")
    for _ in range(SIZES):
        once, twice = write(size), write(2 * size)
        longer = cpu_s(function, twice)
        for _ in range(ROUNDS):
            times = longer / shorter
            if times <= MOST:
                return times
            shorter = min(shorter, cpu_s(function, once))
            longer = min(longer, cpu_s(function, twice))
        size *= 2
        shorter = cpu_s(function, write(size))
    return times


@pytest.mark.parametrize("kind", PARTS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_twice_the_text_takes_twice_the_time(name: str, kind: str) -> None:
    """A text of each part alone; of some also between words, in a tag and after white space."""
    for position, part in enumerate(PARTS[kind]):

        def repeat(size: int, part: str = part) -> str:
            return part * (size // len(part))

        assert growth(FUNCTIONS[name], repeat) <= MOST, f"{part!r} * n"
        if position < len(WRITE):
            around = WRITE[position]
            times = growth(FUNCTIONS[name], lambda size: around(repeat(size)))  # noqa: B023
            assert times <= MOST, around(part)


def test_a_quadratic_function_is_found() -> None:
    """The measurement itself: it tells what sorts all marks from what sorts thirty."""
    flood = "\u0301\u0316"

    def write(size: int) -> str:
        return "e" + flood * (size // len(flood))

    assert growth(partial(normalize, "NFC"), write) > MOST
    assert growth(compose, write) <= MOST
