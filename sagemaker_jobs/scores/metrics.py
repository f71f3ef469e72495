"""How well scores fit labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from sagemaker_jobs.scores.intervals import Z_95, wilson_interval

COVERAGE = 0.9  # the share whose accuracy is reported besides that of all reviews
DECISION_THRESHOLD = 0.5  # a score from here on is a positive verdict
_LEAST_CONFIDENCE = 0.5  # of the likelier of two classes
_BINS = 15  # Guo et al., "On Calibration of Modern Neural Networks", 2017


@dataclass(frozen=True)
class Confusion:
    """Counts of label and verdict."""

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


def confusion(labels: Sequence[int], scores: Sequence[float | None]) -> Confusion:
    """Count verdicts against labels; scores are in [0, 1], and None counts as wrong.

    >>> confusion([1, 1, 0, 0], [0.9, 0.2, 0.1, None])
    Confusion(true_positive=1, false_negative=1, false_positive=1, true_negative=1)
    """
    pairs = [
        (label, (score >= DECISION_THRESHOLD) if score is not None else not label)
        for label, score in zip(labels, scores, strict=True)
    ]
    return Confusion(
        sum(label == 1 and verdict for label, verdict in pairs),
        sum(label == 1 and not verdict for label, verdict in pairs),
        sum(label == 0 and verdict for label, verdict in pairs),
        sum(label == 0 and not verdict for label, verdict in pairs),
    )


def calibration_error(labels: Sequence[int], scores: Sequence[float | None]) -> float:
    """Return the expected calibration error, in [0, 1]: the mean gap of confidence and accuracy.

    >>> calibration_error([1, 0], [1.0, 0.0])
    0.0
    >>> calibration_error([0, 0], [1.0, 1.0])
    1.0
    """
    bins = reliability_bins(labels, scores)
    n_scored = sum(members.n for members in bins)
    if not n_scored:
        return 0.0
    return (
        sum(members.n * abs(members.confidence - members.accuracy) for members in bins) / n_scored
    )


def ece_bootstrap(
    labels: Sequence[int], scores: Sequence[float], n_samples: int = 500
) -> tuple[float, float]:
    """Return the calibration error's 95 % interval, from samples drawn with replacement.

    It is normal, with the bootstrap's standard error (Efron and Tibshirani, 1993).
    """
    import numpy as np

    draw = np.random.default_rng(1)
    values = np.asarray(scores)
    confidence = np.maximum(values, 1 - values)
    right = (values >= DECISION_THRESHOLD) == (np.asarray(labels) == 1)
    places = np.minimum((confidence - _LEAST_CONFIDENCE) * 2 * _BINS, _BINS - 1).astype(int)
    gaps = confidence - right
    errors = []
    for _ in range(n_samples):
        chosen = draw.integers(0, len(values), len(values))
        sums = np.bincount(places[chosen], gaps[chosen], _BINS)
        errors.append(np.abs(sums).sum() / len(values))
    half = Z_95 * float(np.std(errors))
    measured = calibration_error(labels, scores)
    return max(0.0, measured - half), min(1.0, measured + half)


@dataclass(frozen=True)
class ReliabilityBin:
    """Reviews with similar confidence, and the accuracy of their verdicts."""

    lowest: float  # confidence from here on ...
    highest: float  # ... to here
    n: int
    confidence: float  # mean
    accuracy: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the accuracy."""
        return wilson_interval(round(self.accuracy * self.n), self.n)


def reliability_bins(labels: Sequence[int], scores: Sequence[float | None]) -> list[ReliabilityBin]:
    """Return the non-empty ones of 15 bins of equal width over confidence 0.5 to 1.

    >>> reliability_bins([1, 0], [0.99, 0.99])[0].accuracy
    0.5
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for label, score in zip(labels, scores, strict=True):
        if score is None:
            continue
        confidence = max(score, 1 - score)
        right = (score >= DECISION_THRESHOLD) == (label == 1)
        place = int((confidence - _LEAST_CONFIDENCE) * 2 * _BINS)
        bins[min(place, _BINS - 1)].append((confidence, right))
    width = (1 - _LEAST_CONFIDENCE) / _BINS
    return [
        ReliabilityBin(
            _LEAST_CONFIDENCE + place * width,
            _LEAST_CONFIDENCE + (place + 1) * width,
            len(members),
            sum(confidence for confidence, _ in members) / len(members),
            sum(right for _, right in members) / len(members),
        )
        for place, members in enumerate(bins)
        if members
    ]


def coverage_curve(labels: Sequence[int], scores: Sequence[float | None]) -> list[float]:
    """Return the accuracy on the 1, 2, ... n reviews with the highest confidence.

    A review without a score comes last and counts as wrong (El-Yaniv and Wiener, JMLR 2010).

    >>> coverage_curve([1, 0, 1, 1], [0.9, 0.2, 0.4, None])
    [1.0, 1.0, 0.6666666666666666, 0.5]
    """
    ranked = sorted(
        (-max(score, 1 - score), (score >= DECISION_THRESHOLD) == (label == 1))
        if score is not None
        else (0, False)
        for label, score in zip(labels, scores, strict=True)
    )
    n_right = accumulate(right for _, right in ranked)
    return [right / n for n, right in enumerate(n_right, start=1)]


def accuracy_at_coverage(
    labels: Sequence[int], scores: Sequence[float | None], coverage: float = COVERAGE
) -> float:
    """Return the accuracy at a coverage in (0, 1]: on the most confident share of reviews.

    >>> accuracy_at_coverage([1, 0, 1, 0], [0.9, 0.2, 0.4, 0.1], 0.75)
    1.0
    """
    curve = coverage_curve(labels, scores)
    return curve[max(round(coverage * len(curve)), 1) - 1]
