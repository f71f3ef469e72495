"""What a logit is worth: the rule by which an artifact's scores are calibrated. No PyTorch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Calibration:
    """The probability of 'positive' is sigmoid((logit + shift of the length) / temperature).

    A network's lean to one side grows with the words it reads, and a few words show none of it. So
    a text of n words is shifted by `shift` * n / (n + `half_at`).

    >>> Calibration(1.0, -0.6, 50.0).shifts([0, 50, 450]).tolist()
    [-0.0, -0.3, -0.54]
    """

    temperature: float
    shift: float = 0.0  # of an endless text
    half_at: float = 1.0  # words of a text that is shifted by half of it

    def shifts(self, n_words: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
        """(texts,) of texts that have so many words."""
        n = np.asarray(n_words, np.float64)
        shifts: NDArray[np.float64] = self.shift * n / (n + self.half_at)
        return shifts
