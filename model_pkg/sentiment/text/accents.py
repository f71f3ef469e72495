"""Accents and invisible characters in words, brought to the one spelling that a vocabulary has.

Unicode allows any number of combining marks after a letter, and normalising sorts them in time
quadratic in that number. So every text passes `limit_marks` before it is normalised.
"""

from __future__ import annotations

import re
from unicodedata import combining, normalize

INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufe0f"  # soft hyphen, zero-width, variation selector
MOST_MARKS = 30  # in a row, as in the stream-safe text format of Unicode's UAX #15
_MADE_OF_MARKS = "\u0f73\u0f75\u0f81"  # Tibetan; of no combining class, but their NFD is two marks

_ANY_INVISIBLE = re.compile(f"[{INVISIBLE}]")
# A combining mark is neither a letter nor a digit, and the first of them is U+0300.
_MANY_SIGNS = re.compile(rf"[^\w\x00-\u02ff]{{{MOST_MARKS + 1},}}")


def compose(text: str) -> str:
    r"""Return the text with each accent in its letter (NFC), without invisible characters.

    The time it takes is proportional to the length of the text. It suits a word whose place is
    known: the result may be shorter than the text.

    >>> compose("cafe\u0301, won\u00adder\u00adful")
    'café, wonderful'
    """
    if text.isascii():
        return text
    return normalize("NFC", limit_marks(_ANY_INVISIBLE.sub("", text)))


def limit_marks(text: str) -> str:
    r"""Return the text without the combining marks that follow 30 others in a row.

    No language writes as many.

    >>> len(limit_marks("e" + "\u0301\u0316" * 500)), len(limit_marks("cafe\u0301"))
    (31, 5)
    """
    return _MANY_SIGNS.sub(_keep_first_marks, text)


def _keep_first_marks(match: re.Match[str]) -> str:
    signs = match[0]
    if all(map(combining, signs)):  # a flood; the loop takes ten times as long
        return signs[:MOST_MARKS]
    kept = []
    n_marks = 0
    for sign in signs:
        n_marks = n_marks + 1 if combining(sign) or sign in _MADE_OF_MARKS else 0
        if n_marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)
