"""How sure a measured accuracy is."""

from __future__ import annotations

import math

_Z_95 = 1.959963984540054  # the normal distribution's 97.5 % quantile


def wilson_interval(n_right: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a rate of `n_right` in `n` > 0 (Wilson, 1927; Brown et al., 2001).

    >>> [round(bound, 3) for bound in wilson_interval(90, 100)]
    [0.826, 0.945]
    """
    rate, z2 = n_right / n, _Z_95**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)
