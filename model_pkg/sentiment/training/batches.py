"""Batches of reviews of like length, padded to the longest among them.

Padding costs work and teaches nothing, so a batch holds reviews of like length. Sequences are not
packed: on a CPU, packed sequences leave the fast path.
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

_POOL_BATCHES = 32  # reviews of this many batches are sorted by length, then cut into batches


@dataclass(frozen=True)
class Batch:
    """Padded reviews: ids (batch, time) int64, lengths (batch,) int64, targets (batch,) float32."""

    ids: Tensor
    lengths: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> Batch:
        """Return the batch on the device, as `send` does."""
        return Batch(*send((self.ids, self.lengths, self.targets), device))


def send(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    """Return the tensors on the device; copies to a GPU may still be under way."""
    if device.type == "cuda":
        tensors = [tensor.pin_memory() for tensor in tensors]
    return [tensor.to(device, non_blocking=True) for tensor in tensors]


def pad(reviews: Sequence[Sequence[int] | NDArray[np.integer]]) -> tuple[Tensor, Tensor]:
    """Return ids (batch, time) int64, right-padded with 0, and lengths (batch,) in [1, time].

    A review without words counts as one word 'infrequent'.

    >>> pad([[5, 6], []])
    (tensor([[5, 6],
            [1, 0]]), tensor([2, 1]))
    """
    ids, lengths = pad_ids(reviews)
    return torch.from_numpy(ids), torch.from_numpy(lengths)


def pad_reviews(split: EncodedSplit, indices: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return the reviews at `indices` as `pad` does."""
    lengths = np.diff(split.offsets)[indices]
    if not lengths.all():
        return pad([split.review(index) for index in indices])
    places = zip(split.offsets[indices].tolist(), split.offsets[indices + 1].tolist(), strict=True)
    words = np.concatenate([split.ids[start:end] for start, end in places])
    return torch.from_numpy(lay_out(words, lengths)), torch.from_numpy(lengths)


def shuffled_batches(
    split: EncodedSplit, indices: NDArray[np.int64], batch_size: int, generator: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Return the indices of an epoch's batches: random reviews of like lengths, in random order.

    Batch sizes differ by at most one. A small last batch would move the weights as far as others
    do, and might have too few reviews for several processes.
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
