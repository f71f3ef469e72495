"""How an artifact's logits become probabilities. Needs no PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Platt scaling of a logit, with a bias and weights that depend on the text's length.

    The probability of 'positive' is sigmoid((weighted logit + bias) / temperature). A network's
    tendency towards one class grows with the number of words it reads. So a text of n words gets
    `bias` * g, where g = n / (n + `half_at`) grows from 0 to 1.

    A logit is a sum of parts: one from max pooling and one from mean pooling. The more words, the
    less the mean says. So part i is multiplied by 1 + `length_weights`[i] * g.

    >>> Calibration(1.0, -0.6, 50.0).biases([0, 50, 450]).tolist()
    [-0.0, -0.3, -0.54]
    >>> Calibration(2.0, 0.0, 50.0, (1.0, -0.5)).logits(np.array([[4.0, 2.0]]), [50]).tolist()
    [3.75]
    """

    temperature: float
    bias: float = 0.0  # the limit for very long texts
    half_at: float = 1.0  # words at which g is one half
    length_weights: tuple[float, ...] = ()  # one for each part; empty if all parts weigh the same

    def biases(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """Return the bias (texts,) of texts with these numbers of words."""
        return self.bias * self.growth(n_words)

    def weights(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """Return the weights (texts, parts) of the logit's parts; (texts, 1) if all are equal."""
        return 1 + np.array(self.length_weights or [0.0]) * self.growth(n_words)[:, None]

    def logits(
        self, parts: NDArray[np.floating], n_words: Sequence[int] | NDArray[np.int64]
    ) -> Numbers:
        """Return calibrated logits (texts,) from parts (texts, parts)."""
        weighted: Numbers = (parts * self.weights(n_words)).sum(1) + self.biases(n_words)
        return weighted / self.temperature

    def scores(
        self, parts: NDArray[np.floating], n_words: Sequence[int] | NDArray[np.int64]
    ) -> Numbers:
        """Return probabilities of 'positive' (texts,) from parts (texts, parts)."""
        scores: Numbers = 0.5 + 0.5 * np.tanh(0.5 * self.logits(parts, n_words))
        return scores  # the sigmoid; never overflows

    def growth(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """Return g (texts,) in [0, 1): the share of bias and length weights that applies."""
        n = np.asarray(n_words, np.float64)
        growth: Numbers = n / (n + self.half_at)
        return growth
