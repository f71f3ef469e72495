"""Review -> words, for both recipes.

The classic recipe throws much away (markup, case, punctuation, stop words, word endings). The
default recipe keeps everything that carries sentiment, such as 'not', '7/10' and '!'. It also keeps
each word's place in the review, so that an explanation can point at it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from string import ascii_lowercase, digits
from typing import NamedTuple

from sentiment.recipe import Tokenizer
from sentiment.text import porter
from sentiment.text.accents import INVISIBLE, compose
from sentiment.text.html import BREAK, strip_html
from sentiment.text.symbols import EMOJI, MEANINGS, RATING, SIGN, SPANS_SPACE, read_as


class Word(NamedTuple):
    """A word as the model knows it, and its place [start, end) in the review in code points."""

    text: str
    start: int
    end: int


_LETTERS = bytes(byte if chr(byte) in ascii_lowercase + digits else ord(" ") for byte in range(256))
_LONG = 40  # letters; such words come once, and are not worth remembering
_APOSTROPHES = "\u2018\u2019\u02bc\u2032\uff07\u00b4`"  # that stand for the one of ASCII
_LETTER = r"[^\W\d_\u02bc½¼¾]"  # U+02BC is of the letters, and an apostrophe
_MARK = rf"[\u0300-\u036f{INVISIBLE}]"  # an accent of its own, or what nobody sees

_LINK = r"""
    (?:https?://|www\.) [^\s<>]*[^\s<>.,;:!?)"'\]]
  | [\w.+-]{1,64}@[\w-]{1,63}(?:\.\w{2,63}){1,4}                # an address
  | (?<![\w@])@\w{1,50}                                 # a handle
  | (?<![\w.-])(?:[\w-]{1,63}\.){1,4}(?i:com|org|net|info|io|tv|be|co\.uk)\b(?:/[^\s<>]*[\w/])?
"""

_EMPHASIS = rf"(?<![\w*])\*{{1,2}}(?={_LETTER}) | (?<={_LETTER})\*{{1,2}}(?![\w*])"  # *** rates
_PLAIN = rf"""
    {_LETTER}++(?:'{_LETTER}++)*+(?=[\s,!?;)"]|[.](?!\w)|\Z) | [,.!?"](?=\s|\Z)"""

# One pass over the review as it was sent. Markup, character references and links are dropped, so
# that they cannot be mistaken for words. Plain words come first, since nearly all words are plain.
_ASCII_TOKEN = re.compile(
    rf"""
    (?P<word>{_PLAIN} | (?!\s)(?!{_LINK} | {_EMPHASIS})(?:
        {SIGN} | {RATING}
      | (?i:gr8|h8[ds]?|b4)(?![^\W_])                     # T2 is two words
      | \d+(?:[.,]\d+|[½¼¾])?(?:/\d++(?!/\d))?            # 7/10, 3.5/5, 1984; no date
      | \#{_LETTER}{{2,40}}                                # a hashtag
      | {_LETTER}+(?:['{_APOSTROPHES}]{_LETTER}+)*        # don't, it’s
      | \*{{1,10}}                                        # ***
      | [!?.,;:()"-]                                      # punctuation that says something
    ))
  | (?!\s)(?:
        </?[a-zA-Z!?][^<>]{{0,500}}>                      # markup
      | &\#?\w{{1,10}};                                   # character reference
      | {_LINK} | {_EMPHASIS}
    )
    """,
    re.VERBOSE,
)
# The same with emoji, and where marks may follow letters. It takes longer, and nearly all text is
# ASCII.
_TOKEN = re.compile(
    _ASCII_TOKEN.pattern.replace(f"{_LETTER}+(", f"{_LETTER}++(?:{_MARK}++{_LETTER}*+)*+(")
    .replace(f"{_LETTER}+)", f"{_LETTER}++(?:{_MARK}++{_LETTER}*+)*+)")
    .replace(f"(?<={_LETTER})", f"(?:(?<={_LETTER})|(?<={_MARK}))")
    .replace(r"(?<![\w*])", rf"(?<![\w*])(?<!{_MARK})")
    .replace("(?P<word>", f"(?P<word> {EMOJI} |"),
    re.VERBOSE,
)
_TOKEN_OR_LINE_END = re.compile(
    _ASCII_TOKEN.pattern.replace("(?P<word>", r"(?P<word>\n |"), re.VERBOSE
)
_TO_ASCII = str.maketrans(dict.fromkeys(_APOSTROPHES, "'"))


@cache
def stop_words() -> frozenset[str]:
    """Return NLTK's 198 English stop words; NLTK itself offers them only as a download."""
    return frozenset(
        (files("sentiment.text") / "english_stop_words.txt").read_text("ascii").split()
    )


def classic_words(review: str) -> list[str]:
    """Return the stems of the review's words without stop words, as the source report does.

    >>> classic_words("The movies weren't <b>bad</b> at all!")
    ['movi', 'bad']
    """
    return [stem for word in _letters(review).split() if (stem := _stem(word))]


def _letters(review: str) -> str:
    """Return the review's text in lower case, with spaces for all but a-z and 0-9.

    >>> _letters("So<br />GOOD, 9/10")
    'sogood  9 10'
    """
    lowered = strip_html(review).lower()  # before, because 'K' (Kelvin) becomes a letter
    return lowered.encode("ascii", "replace").translate(_LETTERS).decode("ascii")


def _stem(word: str) -> str:
    """Return the stem of a lower-case word, '' for a stop word."""
    return _remembered_stem(word) if len(word) <= _LONG else porter.stem(word)


@lru_cache(maxsize=2**16)  # words that strangers send must not fill a server's memory
def _remembered_stem(word: str) -> str:
    return "" if word in stop_words() else porter.stem(word)


def find_words(review: str) -> list[Word]:
    """Return the default recipe's words with their places, in order.

    >>> [word.text for word in find_words("I don't like it.<br />4/10!")]
    ['i', "don't", 'like', 'it', '.', '4/10', '!']
    >>> find_words("So <i>good</i>")[1]
    Word(text='good', start=6, end=10)
    """
    return [
        Word(_as_known(match["word"]), match.start(), match.end())
        for match in _token_of(review).finditer(review)
        if match["word"] is not None
    ]


def default_words(review: str) -> list[str]:
    """Return the texts of `find_words`, without their places."""
    return [_as_known(word) for word in _token_of(review).findall(review) if word]


def _token_of(review: str) -> re.Pattern[str]:
    return _ASCII_TOKEN if review.isascii() else _TOKEN


def _as_known(word: str) -> str:
    """Return the word in lower case, as the vocabulary may have it."""
    return _remembered_word(word) if len(word) <= _LONG else _spell(word)


@lru_cache(maxsize=2**16)  # words that strangers send must not fill a server's memory
def _remembered_word(word: str) -> str:
    return _spell(word)


def _spell(word: str) -> str:
    return read_as(compose(word.lower().translate(_TO_ASCII)))


def split_pieces(review: str, tokenizer: Tokenizer) -> list[str]:
    """Return pieces of a review whose words, piece by piece, are the review's words.

    Thousands of reviews share pieces, so a reader of many reviews can read each piece once.

    >>> split_pieces("It's good.<br />Very good.", "default")
    ["It's", 'good.', 'Very', 'good.']
    """
    if tokenizer == "classic":
        return _letters(review).split()
    # Only markup and ratings hold white space, and a line break is like space
    text = review.replace(BREAK, " ")
    return [f"{review} "] if "<" in text or SPANS_SPACE.search(text) else text.split()


def read_pieces(pieces: Sequence[str], tokenizer: Tokenizer) -> tuple[list[str], list[int]]:
    """Return the words of pieces from `split_pieces`, and how many each piece has.

    >>> read_pieces(["Very", "good."], "default")
    (['very', 'good', '.'], [1, 2])
    >>> read_pieces(["the", "goods"], "classic")
    (['good'], [0, 1])
    """
    if tokenizer == "classic":
        stems = [_stem(piece) for piece in pieces]
        return [stem for stem in stems if stem], [1 if stem else 0 for stem in stems]
    # All at once, a piece a line; but one by one what is not plain text without white space
    odd = {
        number: default_words(piece)
        for number, piece in enumerate(pieces)
        if " " in piece or not piece.isascii()
    }
    lines = ["" if number in odd else piece for number, piece in enumerate(pieces)]
    words: list[str] = []
    n_words: list[int] = []
    n_before = 0
    for match in _TOKEN_OR_LINE_END.findall("\n".join([*lines, ""]).lower().replace("`", "'")):
        if match == "\n":
            words += odd.get(len(n_words), ())
            n_words.append(len(words) - n_before)
            n_before = len(words)
        elif match:
            words.append(match if match.isalpha() and match not in MEANINGS else read_as(match))
    return words, n_words


def split_words(review: str, tokenizer: Tokenizer) -> list[str]:
    """Return the review's words by the recipe's tokenizer."""
    return classic_words(review) if tokenizer == "classic" else default_words(review)
