"""What a logit is worth: the rule by which an artifact's scores are calibrated. No PyTorch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """The probability of 'positive' is sigmoid((weighed logit + the length's shift) / temperature).

    A network's lean to one side grows with the words it reads, and a few words show none of it. So
    a text of n words is shifted by `shift` * n / (n + `half_at`).

    A logit is a sum of parts, what the greatest states bring and what their mean does. The more
    words, the less a mean says: part i is weighed by 1 + `gains`[i] * n / (n + `half_at`).

    >>> Calibration(1.0, -0.6, 50.0).shifts([0, 50, 450]).tolist()
    [-0.0, -0.3, -0.54]
    >>> Calibration(2.0, 0.0, 50.0, (1.0, -0.5)).logits(np.array([[4.0, 2.0]]), [50]).tolist()
    [3.75]
    """

    temperature: float
    shift: float = 0.0  # of an endless text
    half_at: float = 1.0  # words of a text that is shifted by half of it
    gains: tuple[float, ...] = ()  # of an endless text's parts; none where all weigh the same

    def shifts(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """(texts,) of texts that have so many words."""
        return self.shift * self.growth(n_words)

    def weights(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """(texts, parts) of the logit's parts, (texts, 1) where all weigh the same."""
        return 1 + np.array(self.gains or [0.0]) * self.growth(n_words)[:, None]

    def logits(
        self, parts: NDArray[np.floating], n_words: Sequence[int] | NDArray[np.int64]
    ) -> Numbers:
        """(texts,) calibrated, of parts (texts, parts)."""
        weighed: Numbers = (parts * self.weights(n_words)).sum(1) + self.shifts(n_words)
        return weighed / self.temperature

    def scores(
        self, parts: NDArray[np.floating], n_words: Sequence[int] | NDArray[np.int64]
    ) -> Numbers:
        """(texts,) probabilities of 'positive', of parts (texts, parts)."""
        scores: Numbers = 0.5 + 0.5 * np.tanh(0.5 * self.logits(parts, n_words))
        return scores  # the sigmoid; never overflows

    def growth(self, n_words: Sequence[int] | NDArray[np.int64]) -> Numbers:
        """(texts,) of shift and gains, from 0 to 1: what texts of so many words have of them."""
        n = np.asarray(n_words, np.float64)
        growth: Numbers = n / (n + self.half_at)
        return growth
