"""The population stability index, with numbers computed by hand."""

from math import log

import pytest

from sagemaker_jobs.operations.drift import LEAST_REVIEWS, Feature, psi


def test_the_index_is_the_one_computed_by_hand() -> None:
    """Half and half against three quarters and a quarter is ln(3) / 4, in both directions."""
    assert psi([49, 49], [73, 24]) == pytest.approx(log(3) / 4)
    assert psi([73, 24], [49, 49]) == pytest.approx(log(3) / 4)


def test_an_empty_bin_gives_a_finite_number() -> None:
    """It has half a review: shares 0.1 and 0.9 against their exchange are 1.6 ln(9)."""
    assert psi([0, 4], [4, 0]) == pytest.approx(1.6 * log(9))
    assert psi([0, 0, 9], [0, 0, 9]) == 0


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ((1000, 1000), "little change"),
        ((1400, 600), "some change"),
        ((1500, 500), "large change"),
        ((100, 99), f"too few to judge (fewer than {LEAST_REVIEWS})"),
        ((0, 0), f"too few to judge (fewer than {LEAST_REVIEWS})"),
    ],
)
def test_the_verdict_follows_the_rule_of_thumb(now: tuple[int, int], verdict: str) -> None:
    """Below 0.1, below 0.25, above; none with fewer than 200 reviews."""
    assert Feature("score", (0.5,), (1000, 1000), now).verdict == verdict
