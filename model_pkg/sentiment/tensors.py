"""Write tensors to safetensors files, and read them as arrays: serving needs no PyTorch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from sentiment.safe_files import write_atomically

if TYPE_CHECKING:
    from torch import Tensor

Float = NDArray[np.float32]


def write_tensors(tensors: Mapping[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    """Write a safetensors file, see `write_atomically`."""
    from safetensors.torch import save as save_torch

    content = save_torch({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata)
    write_atomically(content, path)


def write_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write a safetensors file, see `write_atomically`.

    safetensors' own writing reports a full disk by an error that is not an OSError.
    """
    write_atomically(save(dict(arrays)), path)


def read_arrays(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the tensors of a safetensors file's content, by name.

    Raises:
        ValueError: the bytes are not a complete safetensors file.
    """
    try:
        return load(content)
    except SafetensorError as error:
        raise ValueError(str(error)) from error
