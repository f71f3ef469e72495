"""Word -> stem, letter for letter as NLTK's PorterStemmer, many times faster.

Porter, "An algorithm for suffix stripping", Program 14.3 (1980), with the changes of NLTK's default
mode. NLTK tries every rule of every step on every word; here one look at a word's end says of most
steps that they have nothing to do. A test holds both against each other.

A word's shape says of each letter whether it is a consonant (c) or a vowel (v); its measure is how
often a vowel is followed by a consonant.
"""

from __future__ import annotations

import string

_VOWELS = "aeiou"
_ALPHABET = string.ascii_lowercase + string.digits
_SHAPES = str.maketrans(
    _ALPHABET, "".join("v" if c in _VOWELS else "y" if c == "y" else "c" for c in _ALPHABET)
)
_IRREGULAR = {
    "sky": "sky",
    "skies": "sky",
    "dying": "die",
    "lying": "lie",
    "tying": "tie",
    "news": "news",
    "innings": "inning",
    "inning": "inning",
    "outings": "outing",
    "outing": "outing",
    "cannings": "canning",
    "canning": "canning",
    "howe": "howe",
    "proceed": "proceed",
    "exceed": "exceed",
    "succeed": "succeed",
}
_SHORT = 2  # letters of words that are their own stems
_TIE = 4  # letters of 'ties' and 'tied'


class _Step:
    """Rules ending>replacement, of which the first that fits counts, if enough is left."""

    def __init__(self, rules: str, *, least: int) -> None:
        """`least` is the measure that what is left must have."""
        self._replacement_of = dict(rule.split(">") for rule in rules.split())
        self._endings = tuple(self._replacement_of)
        self._least = least

    def __call__(self, word: str) -> str:
        if not word.endswith(self._endings):
            return word
        ending = next(ending for ending in self._endings if word.endswith(ending))
        left = word[: -len(ending)]
        return left + self._replacement_of[ending] if _measure(left) >= self._least else word


_STEP_2 = _Step(
    "ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble entli>ent eli>e ousli>ous "
    "ization>ize ation>ate ator>ate alism>al iveness>ive fulness>ful ousness>ous aliti>al "
    "iviti>ive biliti>ble fulli>ful",
    least=1,
)
_STEP_3 = _Step("icate>ic ative> alize>al iciti>ic ical>ic ful> ness>", least=1)
_STEP_4 = _Step(
    "al> ance> ence> er> ic> able> ible> ant> ement> ment> ent> ou> ism> ate> iti> ous> ive> ize>",
    least=2,
)


def stem(word: str) -> str:
    """Return the stem of a word in lower-case letters and digits.

    >>> [stem(word) for word in ("movies", "relational", "happy", "hopping", "agreed")]
    ['movi', 'relat', 'happi', 'hop', 'agre']
    """
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= _SHORT:
        return word
    if word[-1] == "s":
        word = _step_1a(word)
    if word.endswith(("ed", "ing")):
        word = _step_1b(word)
    if word[-1] == "y" and len(word) > _SHORT and _shape(word[:-1])[-1] == "c":  # step 1c
        word = word[:-1] + "i"
    return _step_5(_step_4(_STEP_3(_step_2(word))))


def _shape(word: str) -> str:
    """c and v; a y is a vowel after a consonant. Linear, whatever strangers send.

    >>> _shape("toy"), _shape("syzygy")
    ('cvc', 'cvcvcv')
    """
    shape = word.translate(_SHAPES)
    if "y" not in shape:
        return shape
    before = "v"
    kinds = []
    for kind in shape:
        before = ("c" if before == "v" else "v") if kind == "y" else kind
        kinds.append(before)
    return "".join(kinds)


def _measure(word: str) -> int:
    return _shape(word).count("vc")


def _ends_like_hop(word: str) -> bool:
    """Consonant, vowel, consonant other than w, x, y; or vowel and consonant alone."""
    shape = _shape(word)
    return (shape.endswith("cvc") and word[-1] not in "wxy") or shape == "vc"


def _step_1a(word: str) -> str:  # plurals
    if word.endswith("ies"):
        return word[:-1] if len(word) == _TIE else word[:-2]
    if word.endswith("sses"):
        return word[:-2]
    return word if word.endswith("ss") else word[:-1]


def _step_1b(word: str) -> str:  # tenses
    if word.endswith("ied"):
        return word[:-1] if len(word) == _TIE else word[:-2]
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    left = word[:-2] if word.endswith("ed") else word[:-3]
    if "v" not in _shape(left):
        return word
    if left.endswith(("at", "bl", "iz")):
        return left + "e"
    if left[-2:-1] == left[-1] and _shape(left)[-1] == "c":
        return left if left[-1] in "lsz" else left[:-1]
    return left + "e" if _measure(left) == 1 and _ends_like_hop(left) else left


def _step_2(word: str) -> str:
    while word.endswith("alli"):
        if not _measure(word[:-4]):
            return word
        word = word[:-2]
    if word.endswith("logi"):
        return word[:-1] if _measure(word[:-3]) else word
    return _STEP_2(word)


def _step_4(word: str) -> str:
    if word.endswith("ion"):
        left = word[:-3]
        return left if left.endswith(("s", "t")) and _measure(left) > 1 else word
    return _STEP_4(word)


def _step_5(word: str) -> str:
    if word[-1] == "e":
        left = word[:-1]
        measure = _measure(left)
        if measure > 1 or (measure == 1 and not _ends_like_hop(left)):
            word = left
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word
