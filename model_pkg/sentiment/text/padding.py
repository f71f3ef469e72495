"""Pad reviews of different lengths to arrays, without PyTorch.

Padding is wasted work, so reviews of similar length go into one batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sentiment.text.vocabulary import INFREQUENT_ID


def pad_ids(
    reviews: Sequence[Sequence[int] | NDArray[np.integer]],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return ids (batch, time), padded with 0 on the right, and lengths (batch,) in [1, time].

    A review without words counts as one word 'infrequent'.

    >>> pad_ids([[5, 6], []])
    (array([[5, 6],
           [1, 0]]), array([2, 1]))
    """
    filled = [review if len(review) else [INFREQUENT_ID] for review in reviews]
    lengths = np.fromiter(map(len, filled), np.int64, len(filled))
    return lay_out(np.concatenate(filled), lengths), lengths


def lay_out(words: NDArray[np.integer], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ids (reviews, time) of words (words of all reviews,) and lengths (reviews,).

    >>> lay_out(np.array([5, 6, 7]), np.array([1, 2]))
    array([[5, 0],
           [6, 7]])
    """
    ids = np.zeros((len(lengths), lengths.max()), np.int64)  # of PADDING_ID
    ids[np.arange(ids.shape[1]) < lengths[:, None]] = words
    return ids


def by_length(lengths: Sequence[int], batch_size: int) -> Iterator[list[int]]:
    """Yield positions in batches of similar length, longest first.

    >>> list(by_length([3, 9, 4], batch_size=2))
    [[1, 2], [0]]
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]
