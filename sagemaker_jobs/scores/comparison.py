"""Two models on the same reviews: the difference in accuracy, and whether it may be chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sagemaker_jobs.errors import InvalidData
from sagemaker_jobs.scores.intervals import Z_95
from sagemaker_jobs.scores.score_file import ScoredReview

_ALPHA = 0.05


@dataclass(frozen=True)
class Comparison:
    """A model against another one, by the reviews that only one of them judged correctly."""

    model_version: str  # of the other model
    n_reviews: int
    only_this_right: int
    only_other_right: int

    @property
    def difference(self) -> float:
        """Return the accuracy of this model minus that of the other."""
        return (self.only_this_right - self.only_other_right) / self.n_reviews

    @property
    def interval(self) -> tuple[float, float]:
        """Return the difference's 95 % interval, for paired samples (Wald)."""
        apart = self.only_this_right + self.only_other_right
        variance = apart / self.n_reviews - self.difference**2
        half = Z_95 * math.sqrt(max(variance, 0.0) / self.n_reviews)
        return self.difference - half, self.difference + half

    @property
    def p_value(self) -> float:
        """Return the p-value of McNemar's exact test, two-sided (McNemar, 1947).

        >>> Comparison("other", 100, 8, 2).p_value
        0.109375
        """
        n = self.only_this_right + self.only_other_right
        fewer = min(self.only_this_right, self.only_other_right)
        tail = sum(math.exp(_log_binomial(n, k)) for k in range(fewer + 1))
        return round(min(1.0, 2 * tail), 6)

    def text(self) -> str:
        """Return the comparison as a sentence."""
        low, high = self.interval
        chance = "more than chance" if self.p_value < _ALPHA else "may be chance"
        return (
            f"Against model {self.model_version}: accuracy {self.difference:+.4f} "
            f"(95 % interval {low:+.4f} to {high:+.4f}; McNemar p = {self.p_value:.4f}: {chance}; "
            f"{self.only_this_right:,} reviews right only here, {self.only_other_right:,} there)"
        )


def compare(rows: Sequence[ScoredReview], others: Sequence[ScoredReview]) -> Comparison:
    """Return the comparison on the rows' reviews.

    Raises:
        InvalidData: the other model lacks a score of one of them.
    """
    right = {row.id: row.is_right for row in others}
    missing = [row.id for row in rows if row.id not in right]
    if missing:
        raise InvalidData(
            f"the other model has no score of {len(missing):,} of the {len(rows):,} reviews",
            hint="score both models on the same reviews, with the same --limit",
        )
    return Comparison(
        ", ".join(sorted({row.model_version for row in others if row.model_version})),
        len(rows),
        sum(row.is_right and not right[row.id] for row in rows),
        sum(not row.is_right and right[row.id] for row in rows),
    )


def _log_binomial(n: int, k: int) -> float:
    """Return the logarithm of the probability of k heads in n tosses of a fair coin."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return ways - n * math.log(2)
