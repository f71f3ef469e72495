"""The fixed subset that --limit takes."""

from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.evaluate import balanced_subset
from sentiment.archive import ReviewFile

FILES = [ReviewFile(f"{label}/{n}_1.txt", label) for label in (0, 1) for n in range(50)]


@given(st.integers(1, 120))
def test_a_subset_is_balanced_and_always_the_same(limit: int) -> None:
    """Half of it is positive, none comes twice, and the same limit means the same reviews."""
    chosen = balanced_subset(FILES, limit)
    assert len(chosen) == len(set(chosen)) == min(limit, 100)
    n_positive = sum(file.label for file in chosen)
    assert 0 <= n_positive - (len(chosen) - n_positive) <= 1
    assert chosen == balanced_subset(FILES, limit)
