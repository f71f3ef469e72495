"""A network of DistilBERT's size with random weights, as ONNX: it is as fast as a trained one.

Six layers of 768 units in 12 heads, as in Sanh et al., "DistilBERT, a distilled version of BERT"
(2019). No weights of it can be had without a network, and its speed does not depend on them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_N_LAYERS, _N_HEADS, _UNITS, _INNER = 6, 12, 768, 3072
_N_PIECES, _LONGEST = 30_522, 512
_OPSET = 17


def write_transformer(path: Path) -> None:
    """Write the network: ids (batch, time) int64 and mask (batch, 1, 1, time) -> logits (batch,).

    The mask is 0 at word pieces and -10,000 at padding.
    """
    from onnx import TensorProto, helper, save_model

    graph = _Graph()
    pieces = graph.weights((_N_PIECES, _UNITS))
    places = graph.weights((_LONGEST, _UNITS))
    length = graph.node("Gather", graph.node("Shape", "ids"), graph.constant(np.array([1])))
    start = graph.constant(np.array([0]))
    at_places = graph.node("Slice", places, start, length, start)
    states = graph.normalize(graph.node("Add", graph.node("Gather", pieces, "ids"), at_places))
    for _ in range(_N_LAYERS):
        states = graph.normalize(graph.node("Add", states, graph.attend(states)))
        inner = graph.gelu(graph.linear(states, _UNITS, _INNER))
        states = graph.normalize(graph.node("Add", states, graph.linear(inner, _INNER, _UNITS)))
    first = graph.node("Gather", states, graph.constant(np.array(0)), axis=1)
    graph.node(
        "Squeeze", graph.linear(first, _UNITS, 1), graph.constant(np.array([1])), name="logits"
    )
    network = helper.make_graph(
        graph.nodes,
        "transformer",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "time"]),
            helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["batch", 1, 1, "time"]),
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch"])],
        graph.constants,
    )
    opset = helper.make_opsetid("", _OPSET)
    save_model(helper.make_model(network, opset_imports=[opset], ir_version=8), str(path))


class _Graph:
    """Nodes and constants of an ONNX graph under construction."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._generator = np.random.default_rng(1)

    def node(self, operator: str, *given: str, name: str = "", **settings: Any) -> str:
        from onnx import helper

        result = name or f"result_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, given, [result], **settings))
        return result

    def constant(self, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def weights(self, shape: tuple[int, ...]) -> str:
        return self.constant(0.02 * self._generator.standard_normal(shape, np.float32))

    def linear(self, states: str, n_in: int, n_out: int) -> str:
        product = self.node("MatMul", states, self.weights((n_in, n_out)))
        return self.node("Add", product, self.weights((n_out,)))

    def normalize(self, states: str) -> str:
        scale, shift = (np.full(_UNITS, value, np.float32) for value in (1, 0))
        return self.node("LayerNormalization", states, self.constant(scale), self.constant(shift))

    def gelu(self, states: str) -> str:
        half, one, root = (self.constant(np.array(v, np.float32)) for v in (0.5, 1, np.sqrt(2)))
        erf = self.node("Erf", self.node("Div", states, root))
        return self.node("Mul", self.node("Mul", states, self.node("Add", erf, one)), half)

    def attend(self, states: str) -> str:
        size = _UNITS // _N_HEADS
        shape = self.constant(np.array([0, 0, _N_HEADS, size]))
        query, key, value = (
            self.node("Reshape", self.linear(states, _UNITS, _UNITS), shape) for _ in range(3)
        )
        query, value = (self.node("Transpose", of, perm=[0, 2, 1, 3]) for of in (query, value))
        key = self.node("Transpose", key, perm=[0, 2, 3, 1])
        root = self.constant(np.array(np.sqrt(size), np.float32))
        products = self.node("Div", self.node("MatMul", query, key), root)
        shares = self.node("Softmax", self.node("Add", products, "mask"), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        joined = self.node("Reshape", mixed, self.constant(np.array([0, 0, _UNITS])))
        return self.linear(joined, _UNITS, _UNITS)
