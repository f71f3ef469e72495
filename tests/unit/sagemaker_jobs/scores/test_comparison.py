"""Two models on the same reviews: by how much one is better, and whether that is chance."""

from dataclasses import replace

import pytest

from sagemaker_jobs.errors import InvalidData
from sagemaker_jobs.scores.comparison import Comparison, compare
from tests.support.reports.made_scores import made_rows

ROWS = made_rows(100)
RIGHT = [replace(row, score=float(row.label), sentiment="positive") for row in ROWS]


def test_models_that_judge_alike_do_not_differ() -> None:
    """The difference is 0, and so is the evidence."""
    found = compare(ROWS, ROWS)
    assert (found.difference, found.interval, found.p_value) == (0, (0, 0), 1)


def test_the_difference_counts_each_review_once() -> None:
    """Reviews are matched by their ids, in whatever order."""
    wrong = {row.id for row in RIGHT[:12]}
    others = [replace(row, score=1.0 - row.label) if row.id in wrong else row for row in RIGHT]
    found = compare(RIGHT, others[::-1])
    assert (found.only_this_right, found.only_other_right) == (12, 0)
    assert found.difference == 0.12
    low, high = found.interval
    assert 0.05 < low < 0.12 < high < 0.19
    assert found.p_value == pytest.approx(2 / 2**12, abs=1e-6)
    assert "+0.1200" in found.text()
    assert "more than chance" in found.text()


def test_large_counts_have_a_p_value() -> None:
    """As of 25,000 reviews: nothing overflows."""
    assert Comparison("x", 25_000, 900, 600).p_value < 0.0001
    assert Comparison("x", 25_000, 750, 750).p_value == 1


def test_other_reviews_are_refused() -> None:
    """A difference on other reviews says nothing."""
    with pytest.raises(InvalidData, match="no score of 1 of the 100 reviews"):
        compare(ROWS, ROWS[1:])
