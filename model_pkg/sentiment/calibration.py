"""A temperature that makes scores mean what they say (Guo et al., 2017), and when to be unsure."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

_LOWEST, _HIGHEST = 0.1, 10.0
_UNSURE_SHARE = 0.1
_STEPS = 1000  # a published threshold has three decimals, so that it can be shown as it is


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature in [0.1, 10] that minimises the cross-entropy of sigmoid(logits / T).

    logits (reviews,), labels (reviews,) of 0 and 1; both held out of training. The loss is convex
    in 1/T, so a ternary search over it cannot miss.

    >>> fit_temperature(torch.tensor([8.0, 8.0, -8.0, 8.0]), torch.tensor([1.0, 1.0, 0.0, 0.0])) > 2
    True
    """
    logits, labels = logits.double(), labels.double()

    def loss(sharpness: float) -> float:
        return float(binary_cross_entropy_with_logits(logits * sharpness, labels))

    low, high = 1 / _HIGHEST, 1 / _LOWEST
    while high - low > 1e-6:  # noqa: PLR2004 - far below what a score shows
        third = (high - low) / 3
        if loss(low + third) < loss(high - third):
            high -= third
        else:
            low += third
    return 2 / (low + high)


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
