"""The population stability index, with numbers computed by hand."""

from math import log
from pathlib import Path

import pytest

from sagemaker_jobs.errors import InvalidSetting, NotThere
from sagemaker_jobs.operations.drift import LEAST_REVIEWS, Feature, profile_of, psi
from tests.support.paths import ROOT


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


def test_a_model_without_a_profile_says_what_to_do(tmp_path: Path) -> None:
    """Models of earlier versions have none; a file that holds another thing is told apart."""
    with pytest.raises(NotThere, match="the model mine has no profile") as caught:
        profile_of(ROOT / "tests/golden/artifact-v5", "mine")
    assert "tools.model_profile" in caught.value.hint
    assert profile_of(ROOT / "pretrained", "ours").keys() == {"score", "words", "unknown_share"}
    (tmp_path / "model.tar.gz").write_bytes(b"no archive")
    with pytest.raises(InvalidSetting):
        profile_of(tmp_path / "model.tar.gz", "broken")
