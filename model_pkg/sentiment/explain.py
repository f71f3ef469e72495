"""Which words and sentences moved the score, from the model itself.

A word's contribution is its embedding times the logit's gradient there (gradient x input, Shrikumar
et al., 2017), in units of the calibrated logit; a sentence's is the sum over its words. Positive
pushes towards 'positive'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from sentiment.artifact import Artifact
from sentiment.batching import pad
from sentiment.text import Word

_N_WORDS = 40  # the strongest are named; the rest says little
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
    ids, lengths = pad([artifact.encoder.encode(review).ids])
    with torch.enable_grad():
        embedded = artifact.model.embedding(ids).detach().requires_grad_()  # (1, time, embedding)
        logit = artifact.model.classify(embedded, lengths)[0] / artifact.temperature
        (gradient,) = torch.autograd.grad(logit, embedded)
    contributions = (gradient * embedded).sum(2)[0].tolist()  # (time,)
    places = artifact.encoder.places(review)
    words = [
        Contribution(place.start, place.end, value)
        for place, value in zip(places, contributions, strict=True)
    ]
    strongest = sorted(words, key=lambda word: -abs(word.contribution))[:_N_WORDS]
    return logit.item(), Explanation(
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
