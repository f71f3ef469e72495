"""Several processes that train one model: each takes its share of every batch.

Under torchrun every process runs the same program. All draw the same batches, since batches depend
only on the seed. Each computes the gradients of its share, and DistributedDataParallel adds them
up. So two processes take the same steps as one, except for dropout, which each process draws for
itself.
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
    """The processes that train together, and this process's rank among them."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Return whether this process writes the log and the checkpoints."""
        return self.rank == 0

    def share(self, batch: S) -> S:
        """Return this process's part of a batch; all parts together are the batch.

        >>> Group(rank=1, size=2).share([10, 11, 12])
        [11]
        """
        return batch[self.rank :: self.size]

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network; each `backward` averages its gradients over the processes."""
        return DistributedDataParallel(network) if self.size > 1 else network

    def apart(self, network: nn.Module) -> AbstractContextManager[None]:
        """Return a context in which a wrapped network's gradients are not yet averaged."""
        if isinstance(network, DistributedDataParallel):
            return cast("AbstractContextManager[None]", network.no_sync())
        return nullcontext()

    def total(self, tensor: Tensor) -> Tensor:
        """Return the sum of the processes' tensors, in every process."""
        if self.size > 1:
            distributed.all_reduce(tensor)
        return tensor

    def object_from_first(self, content: T) -> T:
        """Return the first process's object, in every process."""
        if self.size == 1:
            return content
        box = [content]
        distributed.broadcast_object_list(box)
        return box[0]


@contextmanager
def joined_group(environ: Mapping[str, str] = os.environ) -> Iterator[Group]:
    """Yield the group that torchrun has set up, or a group of one."""
    size = int(environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Group()
        return
    distributed.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    yield Group(distributed.get_rank(), size)
    # not if this process failed: the others would then fail before it has reported its reason
    distributed.destroy_process_group()


def local_device(environ: Mapping[str, str] = os.environ) -> torch.device:
    """Return this process's own GPU, or the CPU if the machine has no GPU.

    Raises:
        InvalidHyperparameter: there are more processes on this machine than GPUs.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    rank, n_gpus = int(environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if rank >= n_gpus:
        raise InvalidHyperparameter(
            f"each process needs its own GPU, and this machine has {n_gpus}; start at most "
            f"{n_gpus} {'process' if n_gpus == 1 else 'processes'}"
        )
    torch.cuda.set_device(rank)
    return torch.device("cuda", rank)
