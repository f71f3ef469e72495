"""Weights as 8-bit integers with one scale a row: a quarter of the memory, half of the time.

A row's greatest weight is `LEVELS` steps of its scale. Seven bits suffice: on processors without
8-bit dot products (AVX2), sums of products of eight bits would overflow in ONNX Runtime.

ONNX Runtime also rounds the LSTM's inputs to eight bits, in steps that depend on the greatest and
the least value of a batch. Then a review's score would depend on its batch mates. `fix_ranges` adds
constant values that no other exceeds, so it does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.tensors import Float

LEVELS = 63
N_BOUNDS = 2  # inputs, and states, that bound all others: one from above, one from below
_LEAST_SCALE = 1e-30  # of a row of zeros; far from where float32 loses digits
_OPEN = 20.0  # bias of a gate that stays open
SCALE = ".scale"  # follows the name of an array that is quantized
_QUANTIZED = ("embedding.weight", "lstm.weight_ih_l0", "lstm.weight_hh_l0")  # ends of names


def is_quantizable(name: str) -> bool:
    """Return whether an array of this name is large enough to matter: vectors and LSTM weights."""
    return name.endswith(_QUANTIZED)


def quantize(weights: Float) -> tuple[NDArray[np.int8], Float]:
    """Return weights (rows, columns) in steps of their row's scale, and the scales (rows, 1).

    Quantizing what `dequantize` returns gives the same integers again.

    >>> steps, scales = quantize(np.array([[0.75, -1.0], [0.0, 0.0]], np.float32))
    >>> steps.tolist()
    [[47, -63], [0, 0]]
    """
    scales = np.abs(weights).max(axis=1, keepdims=True) / np.float32(LEVELS)
    scales = np.where(scales < _LEAST_SCALE, np.float32(_LEAST_SCALE), scales).astype(np.float32)
    return np.rint(weights / scales).astype(np.int8), scales


def dequantize(steps: NDArray[np.int8], scales: Float) -> Float:
    """Return the weights (rows, columns) float32 that `quantize` rounded to."""
    return steps * scales


def read_weights(stored: Mapping[str, NDArray[Any]]) -> dict[str, Float]:
    """Return an artifact's arrays as float32, whether they are quantized or float16."""
    return {
        name: dequantize(array, stored[name + SCALE])
        if name + SCALE in stored
        else array.astype(np.float32)
        for name, array in stored.items()
        if not name.endswith(SCALE)
    }


def fix_ranges(
    weights: Mapping[str, Float], architecture: Mapping[str, Any]
) -> tuple[dict[str, Float], dict[str, Any]]:
    """Return a network with the same logits, whose inputs and states have constant ranges.

    Each word vector gets the greatest absolute value of all and its opposite, which no weight
    reads. Each LSTM gets two units that read nothing. Their gates are open and their cells grow by
    1 and -1 a step, as fast as any cell can, so their states bound all others.
    """
    vectors = weights["embedding.weight"]
    greatest = np.abs(vectors).max()
    bounds = np.tile(np.array([greatest, -greatest], np.float32), (len(vectors), 1))
    fixed = {**weights, "embedding.weight": np.concatenate([vectors, bounds], axis=1)}
    hidden = architecture["hidden_dim"]
    for name, array in weights.items():
        if "lstm.weight" in name:
            widened = np.pad(array, ((0, 0), (0, N_BOUNDS)))
            fixed[name] = _add_units(widened, np.zeros((4, N_BOUNDS, widened.shape[1])))
        elif "lstm.bias" in name:
            gates = np.zeros((4, N_BOUNDS))
            if "_ih_" in name:
                gates += _OPEN
                gates[2] = (_OPEN, -_OPEN)  # the cell's input: 1 and -1
            fixed[name] = _add_units(array, gates)
    pooled = weights["output.weight"].reshape(-1, hidden)
    fixed["output.weight"] = np.pad(pooled, ((0, 0), (0, N_BOUNDS))).reshape(1, -1)
    return fixed, {
        **architecture,
        "embedding_dim": architecture["embedding_dim"] + N_BOUNDS,
        "hidden_dim": hidden + N_BOUNDS,
    }


def _add_units(gates: Float, added: NDArray[np.float64]) -> Float:
    """Return gates (4 hidden, ...) with more units (4, units, ...) after those of each gate."""
    both = [*zip(np.split(gates, 4), added, strict=True)]
    return np.concatenate([part for gate in both for part in gate]).astype(np.float32)
