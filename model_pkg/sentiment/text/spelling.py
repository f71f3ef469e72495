"""Misspelt words -> known ones: drawn out ('sooooo'), slips ('moive'), hashtags ('#wasteoftime').

Only the vocabulary's most common words are offered, so that rare names stay what they are. Slips
are corrected only in words outside the vocabulary. The index is that of SymSpell (Garbe, 2012): two
words are one slip apart when deleting at most one letter of each leaves the same.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_N_OFFERED = 5_000  # most common words of the vocabulary
_MIN_SLIP = 5  # letters, for one more or less; in shorter words it is as likely another word
_MIN_OTHER = 8  # letters, for one in place of another: 'capes' is not 'cares'
_MIN_SWAP = 3  # letters; of two that changed places: 'teh'
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_LINE_DRAWN_OUT = re.compile(rf"^.*{_DRAWN_OUT.pattern}.*$", re.MULTILINE)
_NUMERAL = re.compile(r"[ivxlcm]+")  # VIII is not a drawn-out VI
_COST_OF_A_WORD = 5.0  # so that few words are better than many
_LONGEST_PART = 20  # letters of a word in a hashtag


class Speller:
    """Finds the common word that a misspelt one stands for.

    >>> speller = Speller(["the", "movie", "so", "boring", "brilliant"])
    >>> [speller.correct(word) for word in ("moive", "teh", "booooring", "briliant", "kane")]
    ['movie', 'the', 'boring', 'brilliant', None]
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Index the vocabulary's words, which come with the most common first."""
        self._rank_of = {word: rank for rank, word in enumerate(words)}
        self._offered: dict[str, list[str]] = {}
        self._longest = 0  # letters of a word that is offered
        for word in words[:_N_OFFERED]:
            if word.isalpha() and len(word) >= _MIN_SWAP:
                self._longest = max(self._longest, len(word))
                for rest in _with_one_less(word):
                    self._offered.setdefault(rest, []).append(word)

    def correct(self, word: str) -> str | None:
        """Return the most common word that `word` may stand for; None if there is none."""
        if not word.isalpha():
            return None
        if (shortened := self.shorten(word)) is not None:
            return shortened
        if len(word) > self._longest + 1:  # more than a slip away, and costly by the square
            return None
        best, lowest = None, len(self._rank_of)
        for i in range(len(word) + 1):  # at last the whole word
            for candidate in self._offered.get(word[:i] + word[i + 1 :], ()):
                rank = self._rank_of[candidate]
                if rank < lowest and _is_slip(word, candidate):
                    best, lowest = candidate, rank
        return best

    def shorten(self, word: str) -> str | None:
        """Return the common word that a drawn-out one stands for; None if there is none.

        >>> speller = Speller(["so", "good", "god"])
        >>> speller.shorten("sooooo"), speller.shorten("goooood"), speller.shorten("viii")
        ('so', 'good', None)
        """
        if not _DRAWN_OUT.search(word) or _NUMERAL.fullmatch(word):
            return None
        shorter = (_DRAWN_OUT.sub(kept, word) for kept in (r"\1\1", r"\1"))
        known = [w for w in shorter if len(w) > 1 and self._rank_of.get(w, _N_OFFERED) < _N_OFFERED]
        return min(known, key=self._rank_of.__getitem__, default=None)

    def split(self, joined: str) -> list[str]:
        """Return the common words that were written together, or what was given.

        Of all divisions the one with the most common words is taken. By Zipf's law the probability
        of a word is about the inverse of its rank.

        >>> Speller(["of", "time", "waste", "was"]).split("wasteoftime")
        ['waste', 'of', 'time']
        """
        if joined in self._rank_of:
            return [joined]
        best: list[tuple[float, int]] = [
            (0.0, 0)
        ]  # of each beginning: cost, start of its last word
        for end in range(1, len(joined) + 1):
            starts = range(max(0, end - _LONGEST_PART), end)
            best.append(min((best[s][0] + self._cost(joined[s:end]), s) for s in starts))
        if math.isinf(best[-1][0]):
            return [joined]
        parts: list[str] = []
        end = len(joined)
        while end:
            start = best[end][1]
            parts.insert(0, joined[start:end])
            end = start
        return parts

    def _cost(self, part: str) -> float:
        is_word = len(part) > 1 or part in ("a", "i")
        rank = self._rank_of.get(part, _N_OFFERED) if is_word else _N_OFFERED
        return _COST_OF_A_WORD + math.log(rank + 1) if rank < _N_OFFERED else math.inf


def find_drawn_out(words: Sequence[str]) -> list[str]:
    """Return the words with a letter three times in a row.

    >>> find_drawn_out(["so", "sooo", "www"])
    ['sooo', 'www']
    """
    return [match.group() for match in _LINE_DRAWN_OUT.finditer("\n".join(words))]


def _with_one_less(word: str) -> set[str]:
    """Return the word, and the word without each one of its letters."""
    return {word, *[word[:i] + word[i + 1 :] for i in range(len(word))]}


def _is_slip(word: str, meant: str) -> bool:
    """Return whether two neighbours are swapped or, in longer words, one letter differs.

    That letter may be another one, one too many or one too few.

    >>> _is_slip("teh", "the"), _is_slip("ten", "the"), _is_slip("actr", "actor")
    (True, False, False)
    """
    start = 0
    for ours, theirs in zip(word, meant, strict=False):
        if ours != theirs:
            break
        start += 1
    rest, rest_meant = word[start:], meant[start:]
    if len(word) == len(meant) >= _MIN_SWAP and rest[:2] == rest_meant[1::-1]:
        return rest[2:] == rest_meant[2:]
    if min(len(word), len(meant)) < _MIN_SLIP or not start:  # hardly anybody slips at first
        return False
    if len(word) == len(meant):
        return len(word) >= _MIN_OTHER and rest[1:] == rest_meant[1:]
    return rest[1:] == rest_meant or rest == rest_meant[1:]
