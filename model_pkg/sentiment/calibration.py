"""One temperature that makes scores mean what they say (Guo et al., 2017)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

_LOWEST, _HIGHEST = 0.1, 10.0


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
