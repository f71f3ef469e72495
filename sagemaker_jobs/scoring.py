"""How well scores fit labels. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_EVEN = 0.5  # a score from here on is a positive verdict
_BINS = 15  # Guo et al., "On Calibration of Modern Neural Networks", 2017


@dataclass(frozen=True)
class Confusion:
    """Counts of label and verdict."""

    true_positive: int
    false_negative: int
    false_positive: int
    true_negative: int


def confusion(labels: Sequence[int], scores: Sequence[float | None]) -> Confusion:
    """Scores rounded at one half against the labels; a review without a score is judged wrongly.

    >>> confusion([1, 1, 0, 0], [0.9, 0.2, 0.1, None])
    Confusion(true_positive=1, false_negative=1, false_positive=1, true_negative=1)
    """
    pairs = [
        (label, (score >= _EVEN) if score is not None else not label)
        for label, score in zip(labels, scores, strict=True)
    ]
    return Confusion(
        sum(label == 1 and verdict for label, verdict in pairs),
        sum(label == 1 and not verdict for label, verdict in pairs),
        sum(label == 0 and verdict for label, verdict in pairs),
        sum(label == 0 and not verdict for label, verdict in pairs),
    )


def calibration_error(labels: Sequence[int], scores: Sequence[float | None]) -> float:
    """The expected calibration error: how far confidence is from accuracy, on average.

    >>> calibration_error([1, 0], [1.0, 0.0])
    0.0
    >>> calibration_error([0, 0], [1.0, 1.0])
    1.0
    """
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    n_scored = 0
    for label, score in zip(labels, scores, strict=True):
        if score is None:
            continue
        n_scored += 1
        confidence = max(score, 1 - score)
        right = (score >= _EVEN) == (label == 1)
        place = min(int((confidence - _EVEN) * 2 * _BINS), _BINS - 1)
        bins[place].append((confidence, right))
    if not n_scored:
        return 0.0
    gaps = (
        abs(sum(confidence for confidence, _ in members) - sum(right for _, right in members))
        for members in bins
    )
    return sum(gaps) / n_scored
