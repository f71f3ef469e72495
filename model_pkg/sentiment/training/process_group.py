"""Several processes that train one model: each takes its share of every batch.

Under torchrun every process runs the same program. They draw the same batches, since batches follow
from the seed alone, and each computes the gradients of its share; DistributedDataParallel adds them
up. So two processes take the very steps that one would, but for the noise of dropout, which each
draws for itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from sentiment.errors import InvalidHyperparameter

S = TypeVar("S", list[list[int]], list[int], list[NDArray[np.integer]], Tensor, NDArray[np.int64])
T = TypeVar("T")


@dataclass(frozen=True)
class Group:
    """The processes that train together, and which of them this one is."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process logs and keeps the checkpoints."""
        return self.rank == 0

    def share(self, batch: S) -> S:
        """The part of a batch that this process takes; all parts together are the batch.

        >>> Group(rank=1, size=2).share([10, 11, 12])
        [11]
        """
        return batch[self.rank :: self.size]

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network, its gradients averaged over the processes after each `backward`."""
        return DistributedDataParallel(network) if self.size > 1 else network

    def apart(self, network: nn.Module) -> AbstractContextManager[None]:
        """Where gradients of a wrapped network stay with their process, until others are added."""
        if isinstance(network, DistributedDataParallel):
            return cast("AbstractContextManager[None]", network.no_sync())
        return nullcontext()

    def total(self, tensor: Tensor) -> Tensor:
        """The sum of the processes' tensors, on every one of them."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def object_from_first(self, content: T) -> T:
        """The first process's object, on every one of them."""
        if self.size == 1:
            return content
        box = [content]
        distributed.broadcast_object_list(box)
        return box[0]


@contextmanager
def joined_group(environ: Mapping[str, str] = os.environ) -> Iterator[Group]:
    """The group that torchrun has set up, or a group of one."""
    size = int(environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group()
        return
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    yield Group(distributed.get_rank(), size)
    # not where this process failed: the others would fail of that, before it has told its reason
    distributed.destroy_process_group()


def local_device(environ: Mapping[str, str] = os.environ) -> torch.device:
    """The GPU of this process, where there are any, each process its own; else the CPU.

    Raises:
        InvalidHyperparameter: there are more processes on this machine than GPUs.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    rank, n_gpus = int(environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if rank >= n_gpus:
        raise InvalidHyperparameter(
            f"each process takes a GPU of its own, and this machine has {n_gpus}: start no more"
        )
    torch.cuda.set_device(rank)
    return torch.device("cuda", rank)
