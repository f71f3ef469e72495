"""Which words and sentences moved the score, from the model itself.

**Sentences.** Their contributions add up to the verdict: to the calibrated logit of the review,
counted from that of `START_SCORE`, an empty review's score. A sentence's contribution estimates its
Shapley value (Shapley, "A value for n-person games", 1953) in the game of which sentences are read:
the mean of what it adds to nothing (its logit when read alone) and of what it adds to all others.
Two sentences have exactly that value, and one has the whole logit. In a longer review only the
first term is computed. The difference that is left is shared out by the terms' sizes.

**Words.** A word's contribution estimates how far the logit moves when the word becomes an unknown
one: the step from the unknown word's embedding to its own, times the logit's gradient (gradient x
input of Shrikumar et al., 2017, with a baseline the model has learnt in place of zero). These rank
the words; they do not add up.

Where a network is sure, its logit no longer moves, and a gradient at the review itself says little
and often the opposite (saturation, as in Sundararajan, Taly & Yan, "Axiomatic Attribution for Deep
Networks", 2017). Their integrated gradients take the mean of those on the way to the review; the
mean of seven has nearly all of what theirs says. In a long review, one from 55 % of the way has
most of it, for one pass back (docs/lab-notes).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.calibration import Numbers
from sentiment.serving.pieces import Piece, logits_alone, split_sentences
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.text.words import Word

START_SCORE = 0.5  # where contributions start: an empty review's score, on neither side

# Of the way from unknown words to the review, where gradients are taken
_ONE_SHARE = (0.55,)
_MANY_SHARES = (1 / 14, 3 / 14, 5 / 14, 7 / 14, 9 / 14, 11 / 14, 13 / 14)
_SHORT = 64  # words; a text of no more gets many shares, in milliseconds
_N_WORDS = 40  # the strongest are named, in a long review a tenth; the rest says little
_MOST_WORDS = 256  # that are read again to leave each sentence out once
_CLEAR = 0.5  # a logit that says something


@dataclass(frozen=True)
class Contribution:
    """A part [start, end) of the review, in code points, and how far it moved the logit."""

    start: int
    end: int
    contribution: float

    def as_json(self) -> dict[str, int | float]:
        """Return the part as the endpoint sends it, rounded."""
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
    turned: bool = False  # sentences read alone point the other way than in the whole review


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
    points = _MANY_SHARES if len(ids) <= _SHORT else _ONE_SHARE
    parts, effects = artifact.network.read_closely(ids, INFREQUENT_ID, points, weights)
    score = float(calibration.scores(parts, [len(ids)])[0])
    logit = float(calibration.logits(parts, [len(ids)])[0])
    effects = effects / calibration.temperature  # (time,)
    n_named = max(_N_WORDS, len(ids) // 10)
    strongest = np.sort(np.argsort(-np.abs(effects), kind="stable")[:n_named]).tolist()
    words = [Contribution(places[i].start, places[i].end, float(effects[i])) for i in strongest]
    sentences = split_sentences(review, places)
    shares, turned = _share_out(artifact, ids, sentences, logit)
    contributions = [
        Contribution(sentence.start, sentence.end, float(share))
        for sentence, share in zip(sentences, shares, strict=True)
    ]
    return score, Explanation(contributions, words, turned)


def _share_out(
    artifact: Artifact, ids: Sequence[int], sentences: Sequence[Piece], logit: float
) -> tuple[Numbers, bool]:
    """Return the contributions (sentences,), whose sum is `logit`, and `Explanation.turned`."""
    n = len(sentences)
    if n == 1:
        return np.array([logit]), False
    pieces = [list(ids[sentence.first : sentence.last]) for sentence in sentences]
    if (n - 1) * len(ids) <= _MOST_WORDS:
        others = [[*ids[: part.first], *ids[part.last :]] for part in sentences]
        logits = logits_alone(artifact, [*pieces, *others])
        alone = logits[:n]
        shares = complete((alone + logit - logits[n:]) / 2, logit)
    else:
        alone = logits_alone(artifact, pieces)
        shares = complete(alone, logit)
    turns = (shares * alone < 0) & (np.abs(alone) > _CLEAR)
    return shares, bool(turns.any() or (alone.sum() * logit < 0 and abs(alone.sum()) > _CLEAR))


def complete(estimates: Numbers, total: float) -> Numbers:
    """Return the estimates, changed in proportion to their sizes so that their sum is `total`.

    >>> complete(np.array([3.0, -1.0]), 1.0).tolist()
    [2.25, -1.25]
    """
    sizes = np.abs(estimates)
    n = len(estimates)
    portions = sizes / sizes.sum() if sizes.any() else np.full(n, 1 / n)
    changed: Numbers = estimates + (total - estimates.sum()) * portions
    return changed
