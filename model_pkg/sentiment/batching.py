"""Batches of reviews of like length, padded to the longest among them.

Padding is work that says nothing, so reviews of like length travel together. Nothing is packed: on
a CPU, packed sequences leave the fast path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.dataset import EncodedSplit
from sentiment.padding import lay_out, pad_ids
from sentiment.vocabulary import INFREQUENT_ID

_POOL_BATCHES = 32  # a pool of so many batches is sorted by length, then cut into batches


@dataclass(frozen=True)
class Batch:
    """Padded reviews: ids (batch, time) int64, lengths (batch,) int64, targets (batch,) float32."""

    ids: Tensor
    lengths: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(self.ids.to(device), self.lengths.to(device), self.targets.to(device))


def pad(
    reviews: Sequence[Sequence[int] | NDArray[np.integer]], vocabulary_size: int | None = None
) -> tuple[Tensor, Tensor]:
    """ids (batch, time) int64 padded with 0 on the right, lengths (batch,) int64 in [1, time].

    A review without words counts as one word 'infrequent', as does an id past the vocabulary.

    >>> pad([[5, 6], []])
    (tensor([[5, 6],
            [1, 0]]), tensor([2, 1]))
    """
    ids, lengths = pad_ids(reviews)
    if vocabulary_size is not None:
        ids[ids >= vocabulary_size] = INFREQUENT_ID
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def pad_reviews(
    split: EncodedSplit, indices: NDArray[np.int64], vocabulary_size: int
) -> tuple[Tensor, Tensor]:
    """`pad` of the reviews at `indices`; ids past the vocabulary become 'infrequent'."""
    lengths = np.diff(split.offsets)[indices]
    if not lengths.all():
        return pad([split.review(index) for index in indices], vocabulary_size)
    places = zip(split.offsets[indices].tolist(), split.offsets[indices + 1].tolist(), strict=True)
    words = np.concatenate([split.ids[start:end] for start, end in places])
    if words.max() >= vocabulary_size:
        words = np.where(words < vocabulary_size, words, INFREQUENT_ID)
    return torch.from_numpy(lay_out(words, lengths)), torch.from_numpy(lengths)


def shuffled_batches(
    split: EncodedSplit, indices: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Indices of one epoch's batches: random reviews, like lengths together, random batch order."""
    lengths = np.diff(split.offsets)
    shuffled = generator.permutation(indices)
    pools = [
        shuffled[start : start + batch_size * _POOL_BATCHES]
        for start in range(0, len(shuffled), batch_size * _POOL_BATCHES)
    ]
    batches = []
    for pool in pools:
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += [
            by_length[start : start + batch_size] for start in range(0, len(pool), batch_size)
        ]
    return [batches[i] for i in generator.permutation(len(batches))]
