"""Intervals of rates, and of what has no formula."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.scores.intervals import stratified_bootstrap, wilson_interval


@pytest.mark.parametrize(
    ("n_right", "n", "low", "high"),
    # Brown, Cai and DasGupta (2001) and R's binom.confint(method = "wilson")
    [(0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (8, 10, 0.490162, 0.943318)],
)
def test_wilsons_interval_is_the_published_one(
    n_right: int, n: int, low: float, high: float
) -> None:
    """The bounds agree with another implementation's to six digits."""
    assert wilson_interval(n_right, n) == pytest.approx((low, high), abs=1e-6)


@given(st.integers(1, 10_000), st.data())
def test_an_interval_holds_its_rate(n: int, data: st.DataObject) -> None:
    """Never outside [0, 1], never beside the rate; more reviews make it narrower."""
    n_right = data.draw(st.integers(0, n))
    low, high = wilson_interval(n_right, n)
    assert 0 <= low <= n_right / n + 1e-12
    assert n_right / n - 1e-12 <= high <= 1
    narrow_low, narrow_high = wilson_interval(n_right * 10, n * 10)
    assert narrow_high - narrow_low < high - low


def test_the_bootstrap_finds_the_interval_of_a_rate() -> None:
    """Where a formula is known, both agree: here the share of scores above a half."""
    scores = [0.9] * 300 + [0.1] * 100

    def share(_labels: object, values: object) -> float:
        return float((np.asarray(values) > 0.5).mean())

    low, high = stratified_bootstrap(share, [0, 1] * 200, scores)
    assert (low, high) == pytest.approx(wilson_interval(300, 400), abs=0.01)


def test_a_perfect_statistic_has_no_interval() -> None:
    """Bounds stay in [0, 1], and samples keep both labels."""

    def both(labels: object, _values: object) -> float:
        return float(set(np.asarray(labels).tolist()) == {0, 1})

    assert stratified_bootstrap(both, [0, 0, 0, 1], [0.5] * 4) == (1.0, 1.0)
