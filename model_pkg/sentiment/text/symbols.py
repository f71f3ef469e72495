"""What people type besides words: ratings, emoji, emoticons, words with letters left out.

Each is read as a word that is common in reviews, so a network knows it: '😍' as 'love', '★★☆☆☆' as
'4/10', 'wouldnt' as "wouldn't". `meanings.txt` lists all that have a fixed meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files

_TEN = 10
_FEW_STARS = 5  # so many or fewer are out of five, more are out of ten
_FEW_ASTERISKS = 4
_FULL, _EMPTY = "★⭐🌟✭✮✯⚝", "☆✩"
_LONGEST = 64  # characters of a sign or a rating
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75"}
_QUARTERS = ("1/4", "3/4")
_SCALES = ("4", "5", "10", "20", "100")
_HALF = re.compile(rf"(?<=[*{_FULL}]) ?1/2")
_OUT_OF = re.compile(r" ?/ ?|(?: stars?)? out of ")
_DECIMAL = re.compile(r"-?\d+(?:\.\d+)?")


def _read_meanings() -> Iterator[tuple[str, str]]:
    lines = (files("sentiment.text") / "meanings.txt").read_text("utf-8").splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            word, _, signs = line.partition(" = ")
            yield from ((sign, word) for sign in signs.split())


MEANINGS = dict(_read_meanings())  # sign or word, in lower case -> the word to read instead


_EMOJI = "".join(sign for sign in MEANINGS if not sign.isascii())
_NUMBER = r"\d{1,3}(?:[.,]\d{1,2}|[½¼¾])?"
_STAR_RUN = rf"[{_FULL}{_EMPTY}](?:\ufe0f?[{_FULL}{_EMPTY}½]){{0,20}}\ufe0f?"


def _sign(sign: str) -> str:
    """Return a pattern of an emoticon, ':)))' included, or of a word with letters masked."""
    if sign[0].isalpha():
        return rf"(?<!\w){re.escape(sign)}(?![\w*])"
    before = r"(?<![\d:;=])" if sign[-1] in ")]" else r"(?<![\w:;=])"
    return rf"{before}{re.escape(sign)}{re.escape(sign[-1])}{{0,9}}(?![\w/])"


# Patterns for verbose mode; their groups capture nothing
_SIGNS = sorted((sign for sign in MEANINGS if sign.isascii() and not sign.isalnum()), key=len)
_FIRST = re.escape("".join(sorted({sign[0] for sign in _SIGNS})))
SIGN = rf"(?=(?i:[{_FIRST}]))(?i:{'|'.join(_sign(sign) for sign in reversed(_SIGNS))})"
EMOJI = rf"[{_EMOJI}][\ufe0f\U0001f3fb-\U0001f3ff]{{0,2}}(?:\u200d[^\w\s]\ufe0f?){{0,4}}"
RATING = rf"""(?=[\d*{_FULL}{_EMPTY}-])(?:
    (?<![\w.,/]) {_NUMBER} (?:\ ?/\ ?|\ (?:stars?\ )?out\ of\ ) (?:4|5|10|20|100)
        (?![\w/%]|[.,]\d)                                 # 7/10, 3,5 / 5, 12 out of 100
  | (?:(?<![\s\S])|(?<=\ba\ )|(?<=\bit\ )|(?<=say\ )|(?<=:\ )|(?<=[(:])) -{_NUMBER}/10\b  # -10/10
  | (?<![\w.,]) \d{{1,2}}(?:[.,]\d)?\ ?% (?!\s*[a-z0-9])    # 80%, but not 80% of it
  | (?<![\w.,/]) {_NUMBER}\ ?[{_FULL}] (?![{_FULL}{_EMPTY}])  # 4★
  | {_STAR_RUN} (?:\ ?1/2)? (?:\ ?/\ ?(?:5|10)\b)?        # ★★★☆☆, ⭐⭐½, ★★★/5
  | (?<![\w*]) \*{{1,5}} (?:½|\ ?1/2) (?![\w/])           # **½
  | (?<![\w*]) \*{{1,10}} (?:/|\ out\ of\ ) (?:\*{{4,10}}|4|5|10) (?![\w*]))  # *** out of *****
"""
# What may be a rating with white space within, or one that depends on what stands around it
SPANS_SPACE = re.compile(
    rf"[%*½{_FULL}{_EMPTY}\d-]"
    rf"(?:(?<=%)|(?<=-)\d+/10|(?<![%-])(?: ?/ \d| /\d| out of| star| [½1{_FULL}]))"
)


def read_as(word: str) -> str:
    """Return the word to read for what was typed, in lower case; the same if there is no other.

    >>> [read_as(word) for word in ("😍", "wouldnt", "3,5/5", "★☆☆☆☆", "12 out of 100", "film")]
    ['love', "wouldn't", '7/10', '2/10', '1/10', 'film']
    """
    known = MEANINGS.get(word)
    if known is not None or word.isalpha() or word.isdecimal() or not 1 < len(word) <= _LONGEST:
        return known or word
    if word[0] in _EMOJI:
        return MEANINGS[word[0]]
    shortest = word
    while len(shortest) > 1 and shortest[-1] == shortest[-2]:  # ':)))'
        shortest = shortest[:-1]
        if shortest in MEANINGS and not shortest.isalnum():
            return MEANINGS[shortest]
    tenths = _tenths(word)
    if tenths is not None:
        return f"{round(min(max(tenths, 0), _TEN))}/{_TEN}"
    return "".join(_FRACTIONS.get(sign, sign) for sign in word)


def _tenths(rating: str) -> float | None:
    """Return how much of ten a rating gives; None if it is not a rating.

    >>> [_tenths(word) for word in ("7/20", "80%", "★★☆☆", "** 1/2", "4½★", "1984", "9/11")]
    [3.5, 8.0, 5.0, 6.25, 9.0, None, None]
    """
    if rating in _QUARTERS or rating.startswith("20/20"):  # '3/4 of the film', '20/20 vision'
        return None
    rating = _HALF.sub("½", rating.replace(",", "."))
    given, _, scale = _OUT_OF.sub("/", rating).partition("/")
    value, most = _read_given(given)
    if scale:
        most = scale.count("*") or (int(scale) if scale in _SCALES else 0)
    return _TEN * value / most if most else None


def _read_given(given: str) -> tuple[float, float]:
    """Return what a rating gives, and the most it might have given; 0 if it does not show that."""
    n_full, n_empty, n_asterisks = (sum(map(given.count, signs)) for signs in (_FULL, _EMPTY, "*"))
    number = _DECIMAL.match(given)
    fraction = sum(float(_FRACTIONS.get(sign, 0)) for sign in given)
    value = (float(number[0]) if number else n_full + n_asterisks) + fraction
    if given.endswith("%"):
        most = 100
    elif n_empty and not number:
        most = n_full + n_empty + bool(fraction)
    elif n_full:
        most = _FEW_STARS if value <= _FEW_STARS else _TEN
    elif n_asterisks and fraction:  # American critics give four at most
        most = max(n_asterisks + 1, _FEW_ASTERISKS)
    else:
        most = 0
    return value, most
