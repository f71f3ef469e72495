"""Which words and sentences moved the score, from the model itself.

A word's contribution estimates how far the logit moves when the word becomes an unknown one: the
step from the unknown word's embedding to its own, times the logit's gradient (the first term of
Taylor's series; gradient x input of Shrikumar et al., 2017, with a baseline the model has learnt in
place of zero). It is in units of the calibrated logit; positive pushes towards 'positive'. A
sentence's contribution is the sum over its words.

One pass forward and one back give the verdict and all contributions. Integrated gradients in four
steps move the score a tenth further in the deletion test (benchmarks/deletion.py), for twice the
time and more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sentiment.artifact import Artifact
from sentiment.text import Word
from sentiment.vocabulary import INFREQUENT_ID

_N_WORDS = 40  # the strongest are named, in a long review a tenth; the rest says little
_SENTENCE = re.compile(r"(?:<[^<>]{0,500}>|[^.!?\n<]|<)+[.!?\n]*|[.!?\n]+")


@dataclass(frozen=True)
class Contribution:
    """A part [start, end) of the review, in code points, and how far it moved the logit."""

    start: int
    end: int
    contribution: float

    def as_json(self) -> dict[str, int | float]:
        return {
            "start": self.start,
            "end": self.end,
            "contribution": round(self.contribution, 4),
        }


@dataclass(frozen=True)
class Explanation:
    """The sentences in order, and the strongest words in order."""

    sentences: list[Contribution]
    words: list[Contribution]


def explain(artifact: Artifact, review: str) -> tuple[float, Explanation]:
    """The review's calibrated logit and what it is made of. The review must hold a word."""
    ids = artifact.encoder.encode(review).ids
    logit, effects = artifact.network.read_closely(ids, INFREQUENT_ID)
    calibration = artifact.calibration
    logit = (logit + float(calibration.shifts([len(ids)])[0])) / calibration.temperature
    contributions = (effects / calibration.temperature).tolist()  # (time,)
    places = artifact.encoder.places(review)
    words = [
        Contribution(place.start, place.end, value)
        for place, value in zip(places, contributions, strict=True)
    ]
    n_named = max(_N_WORDS, len(words) // 10)
    strongest = sorted(words, key=lambda word: -abs(word.contribution))[:n_named]
    return logit, Explanation(
        _sum_by_sentence(review, places, contributions),
        sorted(strongest, key=lambda word: word.start),
    )


def find_sentences(review: str) -> list[tuple[int, int]]:
    """Places [start, end) of the review's sentences: up to . ! ? or a line's end, markup included.

    >>> find_sentences("Good. Bad?! So-so")
    [(0, 5), (6, 11), (12, 17)]
    """
    places = []
    for match in _SENTENCE.finditer(review):
        text = match.group()
        start = match.start() + len(text) - len(text.lstrip())
        end = match.end() - len(text) + len(text.rstrip())
        if start < end:
            places.append((start, end))
    return places


def _sum_by_sentence(
    review: str, places: Sequence[Word], contributions: Sequence[float]
) -> list[Contribution]:
    """Each sentence that holds a word which the model read."""
    found = []
    position = 0
    for start, end in find_sentences(review):
        total, n_words = 0.0, 0
        while position < len(places) and places[position].start < end:
            total += contributions[position]
            n_words += 1
            position += 1
        if n_words:
            found.append(Contribution(start, end, total))
    return found
