"""What the steps of training learn, prepared while others are being learned."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

_PROCESSES = 2  # a step of self-training takes Python 20 ms to make up, a GPU some 30 to learn

Prepared = TypeVar("Prepared")


class _Steps(Dataset[Prepared]):
    def __init__(self, prepare: Callable[[int], Prepared]) -> None:
        self._prepare = prepare

    def __getitem__(self, step: int) -> Prepared:
        return self._prepare(step)


def n_processes_for(device: torch.device) -> int:
    """How many prepare for it: a GPU is not to wait for Python, and a CPU would do it itself."""
    return _PROCESSES if device.type == "cuda" else 0


def prepared(
    prepare: Callable[[int], Prepared], steps: range, n_processes: int
) -> Iterator[Prepared]:
    """What `prepare` returns of each step, in order; by so many other processes, or by this one.

    They are copies of this one, and hand it bytes: to share each small tensor takes longer.
    """
    if not n_processes:
        yield from map(prepare, steps)
        return
    loader = DataLoader(
        _Steps(prepare),
        batch_size=None,
        sampler=steps,
        num_workers=n_processes,
        collate_fn=pickle.dumps,
        multiprocessing_context="fork",
    )
    for content in loader:
        yield pickle.loads(content)  # noqa: S301 - our own, of a moment ago
