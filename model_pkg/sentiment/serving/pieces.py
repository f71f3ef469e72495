"""Pieces of a review, and what the model says of each piece read alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.calibration import Numbers
from sentiment.text.encoder import PUNCTUATION
from sentiment.text.padding import by_length
from sentiment.text.sentences import find_sentences
from sentiment.text.words import Word

_BATCH = 16  # a quarter faster than 4 at the median, and than 64 for the longest reviews
_CONJUNCTIONS = frozenset(("but", "although", "though", "however", "yet", "still", "while"))


@dataclass(frozen=True)
class Piece:
    """A part [start, end) of the review in code points; words [first, last) of those read."""

    start: int
    end: int
    first: int
    last: int


def split_sentences(review: str, words: Sequence[Word]) -> list[Piece]:
    """Return each sentence that holds a word which the model read."""
    pieces = []
    first = 0
    for start, end in find_sentences(review):
        last = first
        while last < len(words) and words[last].start < end:
            last += 1
        if last > first:
            pieces.append(Piece(start, end, first, last))
        first = last
    return pieces


def split_clauses(words: Sequence[Word]) -> list[Piece]:
    """Return the parts between punctuation marks and words such as 'but'.

    >>> from sentiment.text.words import find_words
    >>> review = "Great cast, dull story but nice hats."
    >>> [review[piece.start : piece.end] for piece in split_clauses(find_words(review))]
    ['Great cast', 'dull story', 'nice hats']
    """
    pieces = []
    first = 0
    borders = [i for i, word in enumerate(words) if word.text in PUNCTUATION | _CONJUNCTIONS]
    for border in [*borders, len(words)]:
        if border > first:
            pieces.append(Piece(words[first].start, words[border - 1].end, first, border))
        first = border + 1
    return pieces


def logits_alone(artifact: Artifact, pieces: Sequence[Sequence[int]]) -> Numbers:
    """Return the calibrated logit of each piece's ids, read as a review of its own."""
    logits = np.zeros(len(pieces))
    for positions in by_length([len(piece) for piece in pieces], _BATCH):
        batch = [pieces[position] for position in positions]
        parts = artifact.network.parts(batch)
        logits[positions] = artifact.calibration.logits(parts, [*map(len, batch)])
    return logits
