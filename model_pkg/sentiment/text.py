"""Review -> words, for both recipes.

The classic recipe throws much away (markup, case, punctuation, stop words, word endings). The
default recipe keeps what carries sentiment, 'not' and '7/10' and '!' included, and knows where each
word stood in the review, so that an explanation can point at it.
"""

from __future__ import annotations

import re
import warnings
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from sentiment.recipe import Tokenizer


class Word(NamedTuple):
    """A word as the model knows it, and its place [start, end) in the review in code points."""

    text: str
    start: int
    end: int


_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]")

# One pass over the review as it was sent: what is no word (markup, character references) is matched
# first, so that it cannot be mistaken for words, and dropped.
_TOKEN = re.compile(
    r"""
    <[^<>]{0,500}>                                        # markup
  | &\#?\w{1,10};                                         # character reference
  | (?<![\w*])\*{1,2}(?=[^\W\d_]) | (?<=[^\W\d_])\*{1,2}(?![\w*])    # *emphasis*; *** is a rating
  | (?P<word>
        \d+(?:[.,]\d+)?(?:/\d+)?                          # 7/10, 3.5/5, 1984
      | [^\W\d_]+(?:['\u2019\u00b4`][^\W\d_]+)*           # don't, it’s
      | \*{1,10}                                          # ***
      | [!?.,;:()"-]                                      # punctuation that says something
    )
    """,
    re.VERBOSE,
)
_APOSTROPHES = str.maketrans("\u2019\u00b4`", "'''")


@cache
def stop_words() -> frozenset[str]:
    """NLTK's English stop words (198), kept here because NLTK ships them by download only."""
    return frozenset((files("sentiment") / "english_stop_words.txt").read_text("ascii").split())


@cache  # as many entries as there are distinct words
def _stem(word: str) -> str:
    return str(_porter().stem(word))


@cache
def _porter() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()


def strip_html(review: str) -> str:
    """The review's text without markup, as `BeautifulSoup(review, "html.parser").get_text()`.

    >>> strip_html("Great<br />film &amp; cast")
    'Greatfilm & cast'
    """
    if "<" not in review and "&" not in review:  # nothing for a parser to find
        return review
    from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        return BeautifulSoup(review, "html.parser").get_text()


def classic_words(review: str) -> list[str]:
    """Stems of the review's words, stop words dropped: the source report's cleaning.

    >>> classic_words("The movies weren't <b>bad</b> at all!")
    ['movi', 'bad']
    """
    letters = _NOT_ALPHANUMERIC.sub(" ", strip_html(review).lower())
    stops = stop_words()
    return [_stem(word) for word in letters.split() if word not in stops]


def find_words(review: str) -> list[Word]:
    """The default recipe's words with their places, in order.

    >>> [word.text for word in find_words("I don't like it.<br />4/10!")]
    ['i', "don't", 'like', 'it', '.', '4/10', '!']
    >>> find_words("So <i>good</i>")[1]
    Word(text='good', start=6, end=10)
    """
    return [
        Word(match["word"].lower().translate(_APOSTROPHES), match.start(), match.end())
        for match in _TOKEN.finditer(review)
        if match["word"] is not None
    ]


def default_words(review: str) -> list[str]:
    """The texts of `find_words`, without their places."""
    return [word.lower().translate(_APOSTROPHES) for word in _TOKEN.findall(review) if word]


def split_words(review: str, tokenizer: Tokenizer) -> list[str]:
    """The review's words by the tokenizer of its recipe."""
    return classic_words(review) if tokenizer == "classic" else default_words(review)
