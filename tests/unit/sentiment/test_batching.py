"""Batches of reviews of like length."""

import numpy as np
import pytest

from sentiment.batching import shuffled_batches
from sentiment.dataset import EncodedSplit


@pytest.mark.parametrize("n_reviews", [1, 64, 65, 2_049, 72_513])
def test_batches_are_of_equal_size(n_reviews: int) -> None:
    """Each review once; no small batch at the end, which several processes could not share."""
    lengths = np.random.default_rng(1).integers(1, 9, n_reviews)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    split = EncodedSplit(np.ones(offsets[-1], np.int32), offsets, np.ones(n_reviews, np.int8))
    batches = shuffled_batches(split, np.arange(n_reviews), 64, np.random.default_rng(2))
    assert sorted(np.concatenate(batches).tolist()) == list(range(n_reviews))
    sizes = {len(batch) for batch in batches}
    assert max(sizes) <= 64
    assert max(sizes) - min(sizes) <= 1


def test_batches_hold_reviews_of_like_length() -> None:
    """Padding to the longest of a batch costs little."""
    lengths = np.random.default_rng(1).integers(1, 1_000, 2_048)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    split = EncodedSplit(np.ones(offsets[-1], np.int32), offsets, np.ones(2_048, np.int8))
    batches = shuffled_batches(split, np.arange(2_048), 64, np.random.default_rng(2))
    padded = sum(len(batch) * lengths[batch].max() for batch in batches)
    assert padded < 1.05 * lengths.sum()
