"""Accuracy's arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.scores.metrics import (
    accuracy_at_coverage,
    calibration_error,
    confusion,
    coverage_curve,
    ece_bootstrap,
    reliability_bins,
)
from tests.support.reports.made_scores import made_rows

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.none() | st.floats(0, 1)), min_size=1)


@given(PAIRS)
def test_every_review_is_counted_once(pairs: list[tuple[int, float | None]]) -> None:
    """The four cells make the number of reviews, by class too; the error is a probability."""
    labels, scores = zip(*pairs, strict=True)
    table = confusion(labels, scores)
    assert table.true_positive + table.false_negative == labels.count(1)
    assert table.true_negative + table.false_positive == labels.count(0)
    assert 0 <= calibration_error(labels, scores) <= 1


def test_a_review_without_an_answer_counts_as_wrong() -> None:
    """An endpoint cannot improve its figure by refusing what is hard."""
    table = confusion([1, 0], [None, None])
    assert (table.false_negative, table.false_positive) == (1, 1)


def test_one_half_is_positive() -> None:
    """The report rounds, and so do we."""
    assert confusion([1], [0.5]).true_positive == 1


def test_calibration_error_is_the_mean_gap() -> None:
    """Ten verdicts at 0.8, six of them right: confidence is 0.2 above accuracy."""
    labels = [1] * 6 + [0] * 4
    assert calibration_error(labels, [0.8] * 10) == pytest.approx(0.2)


@given(PAIRS)
def test_full_coverage_is_plain_accuracy(pairs: list[tuple[int, float | None]]) -> None:
    """The curve has a point a review, and its last one is the accuracy of all."""
    labels, scores = zip(*pairs, strict=True)
    table = confusion(labels, scores)
    curve = coverage_curve(labels, scores)
    assert len(curve) == len(pairs)
    assert curve[-1] == (table.true_positive + table.true_negative) / len(pairs)
    assert accuracy_at_coverage(labels, scores, 1.0) == curve[-1]


def test_the_most_confident_come_first() -> None:
    """Nine tenths leave out the tenth that is least sure, here the only mistake."""
    labels, scores = [1] * 9 + [0], [0.9] * 5 + [0.8] * 4 + [0.6]
    assert accuracy_at_coverage(labels, scores, 0.9) == 1.0
    assert accuracy_at_coverage(labels, scores, 1.0) == 0.9


@given(PAIRS)
def test_every_scored_review_is_in_one_bin(pairs: list[tuple[int, float | None]]) -> None:
    """Each bin's mean confidence lies in it; together they hold what was scored."""
    labels, scores = zip(*pairs, strict=True)
    bins = reliability_bins(labels, scores)
    assert sum(members.n for members in bins) == len(scores) - scores.count(None)
    for members in bins:
        assert members.lowest - 1e-9 <= members.confidence <= members.highest + 1e-9


def test_the_interval_of_the_calibration_error_holds_it() -> None:
    """It is the same each time, and narrower with more reviews."""
    rows = made_rows(2000)
    labels, scores = [row.label for row in rows], [row.score or 0.0 for row in rows]
    low, high = ece_bootstrap(labels, scores)
    assert 0 <= low <= calibration_error(labels, scores) <= high <= 1
    assert (low, high) == ece_bootstrap(labels, scores)
    fewer = ece_bootstrap(labels[:200], scores[:200])
    assert high - low < fewer[1] - fewer[0]
