"""Prepare the next training steps in other processes while the current step trains."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch.utils.data import DataLoader, Dataset

_PROCESSES = 2  # Python prepares a step of self-training in 20 ms, a GPU learns it in some 30 ms

Prepared = TypeVar("Prepared")


class _Steps(Dataset[Prepared]):
    def __init__(self, prepare: Callable[[int], Prepared]) -> None:
        self._prepare = prepare

    def __getitem__(self, step: int) -> Prepared:
        return self._prepare(step)


def n_processes_for(device: torch.device) -> int:
    """Return the number of processes that prepare steps: some for a GPU, none for a CPU."""
    return _PROCESSES if device.type == "cuda" else 0


def prepared(
    prepare: Callable[[int], Prepared], steps: range, n_processes: int
) -> Iterator[Prepared]:
    """Yield `prepare(step)` for each step in order, computed by `n_processes` others, or here if 0.

    The processes are forks of this one and return bytes, since sharing small tensors is slower.
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
        yield pickle.loads(content)  # noqa: S301 - our own bytes
