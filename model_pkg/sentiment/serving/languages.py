"""Name the language of a text that is not English, for the answer that refuses it.

Letters name a language where few others use them. Among languages in Latin letters, words decide:
the most frequent ones, and those that praise, blame and greet (languages.txt). A library that
identifies languages would weigh more than the rest of the endpoint's code.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_CYRILLIC, _ARABIC, _HAN = "\u0400-\u04ff", "\u0600-\u06ff", "\u3400-\u4dbf\u4e00-\u9fff"
_SCRIPTS = (  # language, letters that only it has here, letters that it is written in
    ("Japanese", "\u3040-\u30ff", f"\u3040-\u30ff{_HAN}"),
    ("Chinese", _HAN, _HAN),
    ("Korean", "\u1100-\u11ff\uac00-\ud7af", "\u1100-\u11ff\uac00-\ud7af"),
    ("Thai", "\u0e00-\u0e7f", "\u0e00-\u0e7f"),
    ("Hindi", "\u0900-\u097f", "\u0900-\u097f"),
    ("Bengali", "\u0980-\u09ff", "\u0980-\u09ff"),
    ("Tamil", "\u0b80-\u0bff", "\u0b80-\u0bff"),
    ("Hebrew", "\u0590-\u05ff", "\u0590-\u05ff"),
    ("Persian", "\u067e\u0686\u0698\u06a9\u06af\u06cc", _ARABIC),
    ("Arabic", _ARABIC, _ARABIC),
    ("Greek", "\u0370-\u03ff\u1f00-\u1fff", "\u0370-\u03ff\u1f00-\u1fff"),
    ("Ukrainian", "\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491", _CYRILLIC),
    ("Russian", _CYRILLIC, _CYRILLIC),
)
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{2,}")  # single letters are also initials
_MIN_SHARE = 0.3  # of the letters; an English text may quote a word
_FEW_WORDS = 3  # of which one frequent word names the language; else it takes two
_MOST_CHARACTERS = 2_000  # that are looked at
_PLAIN = str.maketrans("\u0131\u0142\u0111\u00f8\u00e6\u00df", "ildoas")  # have no accent to drop


def find_language(text: str) -> str | None:
    """Return the English name of the text's likeliest language other than English, if one is clear.

    >>> find_language("Der Film ist nicht gut."), find_language("Фильм"), find_language("Zxqvy")
    ('German', 'Russian', None)
    """
    text = text[:_MOST_CHARACTERS]
    n_letters = len(_LETTER.findall(text))
    for language, only_here, written_in in _SCRIPTS:
        n_written = len(re.findall(f"[{written_in}]", text))
        if n_written > _MIN_SHARE * n_letters and re.search(f"[{only_here}]", text):
            return language
    words = _WORD.findall(_without_accents(text))
    known = [word for word in words if word in _by_word()]
    if len(known) < (1 if len(words) <= _FEW_WORDS else 2):
        return None
    found: defaultdict[str, float] = defaultdict(float)
    for word in known:
        languages = _by_word()[word]
        for language in languages:  # a word of many languages says little
            found[language] += 1 / len(languages)
    most = max(found.values())
    best = [language for language, weight in found.items() if weight == most]
    return best[0] if len(best) == 1 else None


def languages_of(word: str) -> list[str]:
    """Return the languages other than English that a word is frequent in.

    >>> languages_of("c'est"), languages_of("encantó"), languages_of("lamp")
    (['French', 'Latin'], ['Spanish'], [])
    """
    parts = _WORD.findall(_without_accents(word))
    found = [_by_word().get(part, []) for part in parts] or [[]]
    return [language for language in found[0] if all(language in other for other in found)]


def _without_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.lower())
    return "".join(part for part in parts if not unicodedata.combining(part)).translate(_PLAIN)


@cache
def _by_word() -> Mapping[str, list[str]]:
    """Return frequent words without accents, each with the languages that have it."""
    languages: dict[str, list[str]] = {}
    lines = (files("sentiment.serving") / "languages.txt").read_text("utf-8").splitlines()
    for line in lines:
        if not line.startswith("#"):
            language, _, words = line.partition(": ")
            for word in words.split():
                if language not in languages.setdefault(word, []):
                    languages[word].append(language)
    return languages
