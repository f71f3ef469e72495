"""The ONNX graph of a trained network, written from its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.artifact.int8 import quantize
from sentiment.recipe import ENDING
from sentiment.tensors import Float

_OPSET = 17
_IR_VERSION = 8
_EXTENSIONS = "com.microsoft"  # ONNX Runtime's own operators
# PyTorch stacks input, forget, cell, output; ONNX input, output, forget, cell
_GATES = (0, 3, 1, 2)


def write_graph(
    weights: Mapping[str, Float], architecture: Mapping[str, Any], *, is_int8: bool = False
) -> bytes:
    """Return the ONNX model: words (time, batch, vector), lengths (batch,) -> parts (batch, parts).

    Its second output is states (time, directions, batch, hidden). With max and mean pooling, the
    input `below` (time, 1, batch, 1) is added to the states to keep padding out of the maximum. For
    the inputs of pooling over endings, see `onnx_network`. With `is_int8`, the LSTM multiplies
    integers, and rounds words and states to eight bits at each step.

    Raises:
        ValueError: no recipe has this pooling.
    """
    hidden = architecture["hidden_dim"]
    directions = ["forward", "backward"] if architecture["bidirectional"] else ["forward"]
    n_directions = len(directions)
    graph = _Graph()
    biases = [_stack(weights, directions, f"bias_{kind}_l0", hidden) for kind in ("ih", "hh")]
    words = graph.takes("words", "FLOAT", ["time", "batch", architecture["embedding_dim"]])
    lengths = graph.takes("lengths", "INT32", ["batch"])
    bias = graph.constant(np.concatenate(biases, 1))  # (directions, 8 hidden)
    kinds = ("weight_ih_l0", "weight_hh_l0")
    of_lstm = [_stack(weights, directions, kind, hidden) for kind in kinds]
    graph.node(
        *_lstm_inputs(graph, of_lstm, words, bias, lengths, is_int8=is_int8),
        names=["states", "last"],  # the states are zero after a review's end
        hidden_size=hidden,
        direction="bidirectional" if n_directions > 1 else "forward",
        domain=_EXTENSIONS if is_int8 else "",
    )
    output = weights["output.weight"].reshape(-1, n_directions, hidden, 1)
    match architecture["pooling"]:
        case "max_mean":
            parts = _pool_all(graph, output)
        case "max_mean_ending":
            ending = _pool_ending(graph, output[2:])
            both = zip(_pool_all(graph, output[:2]), ending, strict=True)
            parts = [graph.node("Add", *part) for part in both]
        case "last" if n_directions == 1:
            parts = [graph.node("MatMul", "last", graph.constant(output[0]))]
        case other:
            raise ValueError(f"no recipe pools {n_directions} directions by {other}")
    of_directions = graph.constant(np.array([0]))
    sums = [graph.node("ReduceSum", part, of_directions, keepdims=0) for part in parts]
    share = graph.constant(weights["output.bias"] / np.float32(len(parts)))
    graph.node("Add", graph.node("Concat", *sums, axis=1), share, names=["parts"])
    return graph.write(
        parts=("FLOAT", ["batch", len(parts)]),
        states=("FLOAT", ["time", n_directions, "batch", hidden]),
    )


def _lstm_inputs(
    graph: _Graph, weights: Sequence[Float], words: str, bias: str, lengths: str, *, is_int8: bool
) -> list[str]:
    """Return the LSTM's operator and its inputs.

    Weights are of the words and of the states, (directions, 4 hidden, inputs) each.
    """
    if not is_int8:
        return ["LSTM", words, *map(graph.constant, weights), bias, lengths]
    integers, scales = [], []
    for of_directions in weights:
        quantized = [quantize(of_one) for of_one in of_directions]
        steps = np.stack([steps.T for steps, _ in quantized])  # (directions, inputs, 4 hidden)
        scale = np.stack([scale[:, 0] for _, scale in quantized])  # (directions, 4 hidden)
        integers.append(graph.constant(steps))
        scales += [graph.constant(scale), graph.constant(np.zeros(scale.shape, np.int8))]
    none = ["", "", ""]  # no initial states, no peepholes
    return ["DynamicQuantizeLSTM", words, *integers, bias, lengths, *none, *scales]


def _pool_all(graph: _Graph, output: Float) -> list[str]:
    """Add max and mean pooling of all states; return their logits (directions, batch, 1) each.

    output (2, directions, hidden, 1) are their weights.
    """
    from onnx import TensorProto

    below = graph.takes("below", "FLOAT", ["time", 1, "batch", 1])
    greatest = graph.node("ReduceMax", graph.node("Add", "states", below), axes=[0], keepdims=0)
    total = graph.node("ReduceSum", "states", graph.constant(np.array([0])), keepdims=0)
    n_words = graph.node("Cast", "lengths", to=TensorProto.FLOAT)
    n_words = graph.node("Unsqueeze", n_words, graph.constant(np.array([0, 2])))  # (1, batch, 1)
    mean = graph.node("Div", total, n_words)  # (directions, batch, hidden)
    return _weigh(graph, greatest, mean, output)


def _pool_ending(graph: _Graph, output: Float) -> list[str]:
    """Add max and mean pooling of the last words' states, as `_pool_all` does of all."""
    _, n_directions, hidden, _ = output.shape
    ending = graph.takes("ending", "INT64", [ENDING, n_directions, "batch"])
    shares = graph.takes("shares", "FLOAT", [ENDING, 1, "batch", 1])
    one_by_one = graph.node("Reshape", "states", graph.constant(np.array([-1, hidden])))
    states = graph.node("Gather", one_by_one, ending)  # (ENDING, directions, batch, hidden)
    greatest = graph.node("ReduceMax", states, axes=[0], keepdims=0)
    weighed = graph.node("Mul", states, shares)
    mean = graph.node("ReduceSum", weighed, graph.constant(np.array([0])), keepdims=0)
    return _weigh(graph, greatest, mean, output)


def _weigh(graph: _Graph, greatest: str, mean: str, output: Float) -> list[str]:
    """Multiply two pooled states (directions, batch, hidden) by their weights: (..., 1) each."""
    pooled = zip((greatest, mean), output, strict=True)
    return [graph.node("MatMul", states, graph.constant(weight)) for states, weight in pooled]


class _Graph:
    """An ONNX graph under construction; results of its nodes are referred to by name."""

    def __init__(self) -> None:
        self._inputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def takes(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        """Add an input to the graph."""
        self._inputs.append(self._describe(name, kind, shape))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, *given: str, names: Sequence[str] = (), **settings: Any) -> str:
        """Add an operation and return the name of its first result, a new name by default."""
        from onnx import helper

        results = list(names) or [f"result_{len(self._nodes)}"]
        self._nodes.append(helper.make_node(operator, given, results, **settings))
        return results[0]

    def write(self, **outputs: tuple[str, Sequence[int | str]]) -> bytes:
        """Return the model, with these outputs' types and shapes."""
        from onnx import helper

        described = [self._describe(name, *output) for name, output in outputs.items()]
        graph = helper.make_graph(
            self._nodes, "sentiment", self._inputs, described, self._constants
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_EXTENSIONS, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        content: bytes = model.SerializeToString()
        return content

    @staticmethod
    def _describe(name: str, kind: str, shape: Sequence[int | str]) -> Any:
        from onnx import TensorProto, helper

        return helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)


def _stack(
    weights: Mapping[str, Float], directions: Sequence[str], name: str, hidden: int
) -> Float:
    """Return the directions' weights, stacked, with their gates in ONNX's order."""
    stacked = [
        np.concatenate(
            [
                weights[f"{direction}_lstm.{name}"][gate * hidden : (gate + 1) * hidden]
                for gate in _GATES
            ]
        )
        for direction in directions
    ]
    return np.stack(stacked)
