"""Tensors on disk: safetensors files that appear complete or not at all.

They are read as arrays, so that serving needs no PyTorch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

if TYPE_CHECKING:
    from torch import Tensor

Float = NDArray[np.float32]


def write_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write atomically, readable by every user (a container may not run as the writer)."""
    from safetensors.torch import save

    content = save({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)
    write_bytes(content, path)


def write_bytes(content: bytes, path: Path) -> None:
    """Write atomically: after a crash the old file or the new one is there, never half of one."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


def read_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """The tensors of a safetensors file, as arrays.

    Raises:
        ValueError: the bytes are no complete safetensors file.
    """
    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
