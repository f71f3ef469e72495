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

from sentiment.data.dataset import EncodedSplit
from sentiment.text.padding import lay_out, pad_ids

_POOL_BATCHES = 32  # a pool of so many batches is sorted by length, then cut into batches again


@dataclass(frozen=True)
class Batch:
    """Padded reviews: ids (batch, time) int64, lengths (batch,) int64, targets (batch,) float32."""

    ids: Tensor
    lengths: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> Batch:
        return Batch(*send((self.ids, self.lengths, self.targets), device))


def send(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """The tensors on the device, which need not have them yet: nobody waits for a copy to a GPU."""
    if device.type == "cuda":
        tensors = [tensor.pin_memory() for tensor in tensors]
    return [tensor.to(device, non_blocking=True) for tensor in tensors]


def pad(reviews: Sequence[Sequence[int] | NDArray[np.integer]]) -> tuple[Tensor, Tensor]:
    """ids (batch, time) int64 padded with 0 on the right, lengths (batch,) int64 in [1, time].

    A review without words counts as one word 'infrequent'.

    >>> pad([[5, 6], []])
    (tensor([[5, 6],
            [1, 0]]), tensor([2, 1]))
    """
    ids, lengths = pad_ids(reviews)
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def pad_reviews(split: EncodedSplit, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """`pad` of the reviews at `indices`."""
    lengths = np.diff(split.offsets)[indices]
    if not lengths.all():
        return pad([split.review(index) for index in indices])
    places = zip(split.offsets[indices].tolist(), split.offsets[indices + 1].tolist(), strict=True)
    words = np.concatenate([split.ids[start:end] for start, end in places])
    return torch.from_numpy(lay_out(words, lengths)), torch.from_numpy(lengths)


def shuffled_batches(
    split: EncodedSplit, indices: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Indices of one epoch's batches: random reviews, like lengths together, random batch order.

    They are of equal size, give or take one: a small one at the end would move the weights as far
    as others do, and might have no review for each of several processes.
    """
    lengths = np.diff(split.offsets)
    n_batches = -(-len(indices) // batch_size)
    shuffled = np.array_split(generator.permutation(indices), n_batches)
    batches = []
    for first in range(0, n_batches, _POOL_BATCHES):
        parts = shuffled[first : first + _POOL_BATCHES]
        pool = np.concatenate(parts)
        by_length = pool[np.argsort(lengths[pool], kind="stable")]
        batches += np.array_split(by_length, len(parts))
    return [batches[i] for i in generator.permutation(len(batches))]
