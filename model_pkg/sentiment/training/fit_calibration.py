"""Platt scaling of the logits, and the confidence below which a verdict is unsure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.artifact.calibration import Calibration
from sentiment.errors import TrainingDiverged
from sentiment.training.logistic_regression import fit_logistic

_LOWEST, _HIGHEST = 0.1, 10.0
_MAX_BIAS = 50.0  # of a very long text, in calibrated logits
_PENALTY = 2e-4  # of the squared weights of the regression for the length weights
_MAX_LENGTH_WEIGHT = 10.0  # of either sign
_PRECISION = 1e-5  # of the temperature and the bias; far below what a score shows
_GOLDEN = (math.sqrt(5) - 1) / 2
_RIGHT = 0.97  # share of the verdicts on held-out reviews that must be right
# Words of a text that gets half the bias of a very long one: of ten values the one with the lowest
# loss on the validation reviews and five excerpts of each together (docs/lab-notes).
HALF_AT = 75.0
_STEPS = 1000  # a published threshold has three decimals, so that it can be shown as it is


def fit_calibration(parts: Tensor, n_words: NDArray[np.int64], labels: Tensor) -> Calibration:
    """Return the temperature in [0.1, 10], the bias and the length weights that fit the labels.

    parts (reviews, parts) of the logits, n_words (reviews,) that the network read, labels
    (reviews,) of 0 and 1; all held out of training. The cross-entropy is Platt's (Platt,
    "Probabilistic outputs for support vector machines", 1999), with the bias growing with a text's
    length. Both classes have the same weight: their share among the held-out reviews is chance.
    Length weights are fitted if there are several parts, with a small penalty.

    Raises:
        TrainingDiverged: a logit is not finite.

    >>> logits, labels = torch.tensor([9.0, 7.0, -5.0, 9.0]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    >>> found = fit_calibration(logits[:, None], np.full(4, 200), labels)
    >>> found.temperature > 2, found.bias < 0, found.length_weights
    (True, True, ())
    """
    if not parts.isfinite().all():
        raise TrainingDiverged(
            "training diverged: a validation review's logit is not finite; try a lower "
            "learning-rate"
        )
    fit = _Fit(parts.double(), labels.double(), Calibration(1.0, half_at=HALF_AT).growth(n_words))
    length_weights = fit.length_weights() if parts.shape[1] > 1 else ()
    weights = torch.from_numpy(Calibration(1.0, 0.0, HALF_AT, length_weights).weights(n_words))
    temperature, bias = fit.temperature_and_bias((fit.parts * weights).sum(1))
    return Calibration(temperature, bias, HALF_AT, length_weights)


class _Fit:
    """Fits parts (reviews, parts) and growth (reviews,), in [0, 1), to labels (reviews,)."""

    def __init__(self, parts: Tensor, labels: Tensor, growth: NDArray[np.float64]) -> None:
        self.parts, self._labels = parts, labels
        self._growth = torch.from_numpy(growth)
        n_positive = labels.sum().clamp(min=1)
        n_negative = (1 - labels).sum().clamp(min=1)
        self._weights = torch.where(labels > 0, 1 / n_positive, 1 / n_negative)  # sum: 2, or 1

    def length_weights(self) -> tuple[float, ...]:
        """Return them, fitted with a temperature and a bias; the loss is convex in all of them."""
        growth = self._growth[:, None]
        logits = self.parts.sum(1, keepdim=True)
        columns = torch.cat([logits, growth, self.parts * growth], 1)  # (reviews, 2 + parts)
        start = torch.zeros(columns.shape[1], dtype=torch.float64)
        start[0] = 1.0
        weights = fit_logistic(columns, self._labels, _PENALTY, start, self._weights)
        scale, _, *of_parts = weights.tolist()
        values = [value / max(scale, 1 / _HIGHEST) for value in of_parts]
        return tuple(min(max(v, -_MAX_LENGTH_WEIGHT), _MAX_LENGTH_WEIGHT) for v in values)

    def temperature_and_bias(self, logits: Tensor) -> tuple[float, float]:
        """Return both by nested searches, which find the minimum since the loss is convex."""

        def loss(scale: float, bias: float) -> float:
            return float(self._loss(logits * scale + self._growth * bias))

        def best_bias(scale: float) -> float:
            return _lowest(lambda bias: loss(scale, bias), -_MAX_BIAS, _MAX_BIAS)

        scale = _lowest(lambda value: loss(value, best_bias(value)), 1 / _HIGHEST, 1 / _LOWEST)
        return 1 / scale, best_bias(scale) / scale

    def _loss(self, logits: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(
            logits, self._labels, self._weights, reduction="sum"
        )


def _lowest(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a convex function is lowest in [low, high].

    Golden-section search (Kiefer, "Sequential minimax search for a maximum", 1953): of the two
    points evaluated in an interval, one serves the next, smaller interval.
    """
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > _PRECISION:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - _GOLDEN * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + _GOLDEN * (high - low)
            at_right = function(right)
    return (low + high) / 2


def fit_unsure_below(logits: Tensor, labels: Tensor, right: float = _RIGHT) -> float:
    """Return the lowest confidence in [0.5, 1) from which a share `right` of verdicts is right.

    logits (reviews,), calibrated, with labels (reviews,) of 0 and 1; held out of training and not
    empty. A review's confidence is the probability of its likelier class, sigmoid(|logit|). The
    threshold has three decimals; confidences equal to it count as sure. Withholding verdicts
    under a threshold: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective
    Classification", 2010.

    >>> fit_unsure_below(torch.tensor([3.0, 2.0, 1.0, 0.5]), torch.tensor([1.0, 1.0, 0.0, 0.0]))
    0.88
    """
    confidence = torch.sigmoid(logits.double().abs()).numpy()
    # in steps, rounded down: all that share a step are sure, or none
    steps = np.floor(confidence * _STEPS).astype(int)
    steps += confidence >= (steps + 1) / _STEPS
    order = np.argsort(-confidence, kind="stable")
    is_right = ((logits > 0) == (labels > 0)).numpy()[order]
    shares = np.cumsum(is_right) / np.arange(1, len(order) + 1)
    ranked = steps[order]
    is_last = np.append(ranked[1:] < ranked[:-1], [True])
    enough = np.flatnonzero((shares >= right) & is_last)
    if not len(enough):
        return (_STEPS - 1) / _STEPS
    lowest = _STEPS // 2 if enough[-1] == len(order) - 1 else int(ranked[enough[-1]])
    return min(lowest, _STEPS - 1) / _STEPS
