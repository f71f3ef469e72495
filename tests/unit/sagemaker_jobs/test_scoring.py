"""Accuracy's arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.scoring import calibration_error, confusion

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
