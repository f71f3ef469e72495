"""What makes scores mean what they say, and when to be unsure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.calibrated import Calibration

_LOWEST, _HIGHEST = 0.1, 10.0
_FURTHEST = 50.0  # that the middle of an endless text is moved, in calibrated logits
_PRECISION = 1e-5  # of what is searched for; far below what a score shows
_UNSURE_SHARE = 0.1
# Words of a text that leans half as far as an endless one: of ten values the one with the lowest
# loss on the validation reviews and five excerpts of each together (pretrained/MODEL_CARD.md).
HALF_AT = 75.0
_STEPS = 1000  # a published threshold has three decimals, so that it can be shown as it is


def fit_calibration(
    logits: Tensor, n_words: NDArray[np.int64], labels: Tensor, half_at: float = HALF_AT
) -> Calibration:
    """The temperature in [0.1, 10] and the shift that minimise the cross-entropy of the labels.

    logits (reviews,), n_words (reviews,) that the network read, labels (reviews,) of 0 and 1; all
    held out of training. This is Platt's scaling (Platt, "Probabilistic outputs for support vector
    machines", 1999) with the length beside it, the classes weighing the same: which reviews are
    held out is chance, and need not make either side likelier. The loss is convex in both numbers,
    so a search for the one inside a search for the other cannot miss.

    >>> logits, labels = torch.tensor([9.0, 7.0, -5.0, 9.0]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    >>> found = fit_calibration(logits, np.full(4, 200), labels)
    >>> found.temperature > 2, found.shift < 0
    (True, True)
    """
    logits, labels = logits.double(), labels.double()
    growth = torch.from_numpy(Calibration(1.0, 1.0, half_at).shifts(n_words))  # (reviews,)
    n_positive = labels.sum().clamp(min=1)
    n_negative = (1 - labels).sum().clamp(min=1)
    weights = torch.where(labels > 0, 1 / n_positive, 1 / n_negative)

    def loss(sharpness: float, middle: float) -> float:
        calibrated = logits * sharpness + growth * middle
        return float(binary_cross_entropy_with_logits(calibrated, labels, weights, reduction="sum"))

    def best_middle(sharpness: float) -> float:
        return _lowest(lambda middle: loss(sharpness, middle), -_FURTHEST, _FURTHEST)

    sharpness = _lowest(lambda value: loss(value, best_middle(value)), 1 / _HIGHEST, 1 / _LOWEST)
    return Calibration(1 / sharpness, best_middle(sharpness) / sharpness, half_at)


def _lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a convex function is lowest in [low, high]: a ternary search."""
    while high - low > _PRECISION:
        third = (high - low) / 3
        if function(low + third) < function(high - third):
            high -= third
        else:
            low += third
    return (low + high) / 2


def fit_unsure_below(
    logits: Tensor, temperature: float, unsure_share: float = _UNSURE_SHARE
) -> float:
    """The confidence in [0.5, 1) below which at most `unsure_share` of the reviews lie.

    logits (reviews,), held out of training and not empty. A review's confidence is the calibrated
    probability of its likelier class, sigmoid(|logit| / T). The threshold is rounded down to three
    decimals; ties with it count as sure. Withholding a verdict below a threshold chosen for its
    coverage: El-Yaniv and Wiener, 2010, "selective classification".

    >>> fit_unsure_below(torch.tensor([0.1, -1.0, 2.0, -3.0, 4.0]), 1.0, unsure_share=0.2)
    0.731
    >>> fit_unsure_below(torch.tensor([0.0, 2.0]), 1.0)
    0.5
    """
    confidence = torch.sigmoid(logits.double().abs() / temperature).sort().values
    n_unsure = math.floor(unsure_share * len(confidence))
    return min(math.floor(float(confidence[n_unsure]) * _STEPS), _STEPS - 1) / _STEPS


def expected_calibration_error(scores: Tensor, labels: Tensor, n_bins: int = 15) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their reviews.

    scores (reviews,) probabilities of 'positive', labels (reviews,) of 0, 1 (Naeini et al., 2015).

    >>> expected_calibration_error(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 0.0]))
    0.0
    """
    confidence = torch.maximum(scores, 1 - scores).double()
    right = ((scores >= 0.5) == (labels >= 0.5)).double()  # noqa: PLR2004 - the even chance
    bins = (confidence * n_bins).long().clamp(max=n_bins - 1)
    gap = torch.zeros(n_bins, dtype=torch.float64).index_add_(0, bins, confidence - right)
    return float(gap.abs().sum() / len(scores))
