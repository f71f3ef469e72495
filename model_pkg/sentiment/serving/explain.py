"""Which words and sentences moved the score, from the model itself.

A word's contribution estimates how far the logit moves when the word becomes an unknown one: the
step from the unknown word's embedding to its own, times the logit's gradient (gradient x input of
Shrikumar et al., 2017, with a baseline the model has learnt in place of zero). It is in units of
the calibrated logit; positive pushes towards 'positive'. A sentence's contribution is the sum over
its words.

Where a network is sure, its logit no longer moves, and a gradient at the review itself says little
and often the opposite (saturation, as in Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep
Networks", 2017). Their integrated gradients take the mean of those on the way to the review; the
one from 55 % of the way has most of what that mean says, for one pass back (docs/lab-notes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.artifact.artifact import Artifact
from sentiment.text.sentences import find_sentences
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.text.words import Word

_SHARE = 0.55  # of the way from unknown words to the review, where the gradient is taken
_N_WORDS = 40  # the strongest are named, in a long review a tenth; the rest says little


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


def explain(
    artifact: Artifact, review: str, ids: Sequence[int], places: Sequence[Word]
) -> tuple[float, Explanation]:
    """Return the review's score and the contributions to its calibrated logit.

    Args:
        artifact: of the default recipe.
        review: as it was sent.
        ids: of its words, as the artifact's encoder reads them; at least one.
        places: of the same words in the review.
    """
    calibration = artifact.calibration
    weights = calibration.weights([len(ids)])[0]
    parts, effects = artifact.network.read_closely(ids, INFREQUENT_ID, _SHARE, weights)
    score = float(calibration.scores(parts, [len(ids)])[0])
    effects = effects / calibration.temperature  # (time,)
    contributions = effects.tolist()
    n_named = max(_N_WORDS, len(ids) // 10)
    strongest = np.sort(np.argsort(-np.abs(effects), kind="stable")[:n_named]).tolist()
    return score, Explanation(
        _sum_by_sentence(review, places, contributions),
        [Contribution(places[i].start, places[i].end, contributions[i]) for i in strongest],
    )


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
