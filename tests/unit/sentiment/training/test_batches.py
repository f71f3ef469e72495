"""Batches of reviews of like length."""

import numpy as np
import pytest
from numpy.typing import NDArray

from sentiment.data.dataset import EncodedSplit
from sentiment.training.batches import shuffled_batches
from tests.support.trained import split_of


@pytest.mark.parametrize("n_reviews", [1, 64, 65, 2_049, 72_513])
def test_batches_are_of_equal_size(n_reviews: int) -> None:
    """Each review once; no small batch at the end, which several processes could not share."""
    lengths = np.random.default_rng(1).integers(1, 9, n_reviews)
    batches = shuffled_batches(
        reviews_of(lengths), np.arange(n_reviews), 64, np.random.default_rng(2)
    )
    assert sorted(np.concatenate(batches).tolist()) == list(range(n_reviews))
    sizes = {len(batch) for batch in batches}
    assert max(sizes) <= 64
    assert max(sizes) - min(sizes) <= 1


def test_batches_hold_reviews_of_like_length() -> None:
    """Padding to the longest of a batch costs little."""
    lengths = np.random.default_rng(1).integers(1, 1_000, 2_048)
    batches = shuffled_batches(reviews_of(lengths), np.arange(2_048), 64, np.random.default_rng(2))
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.05 * lengths.sum()


def reviews_of(lengths: NDArray[np.int64]) -> EncodedSplit:
    return split_of([[2] * length for length in lengths.tolist()], [1] * len(lengths))
