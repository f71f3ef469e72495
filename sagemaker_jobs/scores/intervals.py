"""95 % intervals of what was measured on a sample of reviews."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

Z_95 = 1.959963984540054  # the normal distribution's 97.5 % quantile


def wilson_interval(n_right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of the rate n_right / n, n > 0 (Wilson, 1927; Brown et al., 2001).

    >>> [round(bound, 3) for bound in wilson_interval(90, 100)]
    [0.826, 0.945]
    """
    rate, z2 = n_right / n, Z_95**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def stratified_bootstrap(
    statistic: Callable[[Any, Any], float],
    labels: Sequence[int],
    scores: Sequence[float],
    n_samples: int = 200,
) -> tuple[float, float]:
    """Return the interval of a statistic in [0, 1], of labels and scores.

    It is normal, with the standard error of samples drawn with replacement from each label (Efron
    and Tibshirani, 1993). Both labels must occur.
    """
    import numpy as np

    draw = np.random.default_rng(1)
    of_label, values = np.asarray(labels), np.asarray(scores)
    places = [np.flatnonzero(of_label == label) for label in (0, 1)]
    found = []
    for _ in range(n_samples):
        chosen = np.concatenate([draw.choice(one, len(one)) for one in places])
        found.append(float(statistic(of_label[chosen], values[chosen])))
    measured, half = float(statistic(of_label, values)), Z_95 * float(np.std(found))
    return max(0.0, measured - half), min(1.0, measured + half)
