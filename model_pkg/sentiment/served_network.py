"""The network as it is served: ONNX Runtime over the artifact's weights, without PyTorch.

On a CPU its LSTM takes two thirds of the time of PyTorch's, and it loads in a tenth
(docs/performance.md). The graph is written from the weights at every start, so an artifact holds
them once and what was trained is what is served; a test holds both to the same logits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.gradient import WordEffects
from sentiment.padding import pad_ids
from sentiment.recipe import ENDING
from sentiment.tensors import Float

_OPSET = 17
_IR_VERSION = 8
_GATES = (
    0,
    3,
    1,
    2,
)  # PyTorch stacks input, forget, cell, output; ONNX input, output, forget, cell
_BELOW_ANY_STATE = -2.0  # states lie in (-1, 1)


class ServedNetwork:
    """One logit a review; its sigmoid is the probability of 'positive'.

    It comes in parts: what the greatest states bring and what their mean brings, of all words and
    of the ending together; of a network that reads the last state alone there is one.

    A review alone is computed by all cores. Several are computed by one: another thread may compute
    others meanwhile, and neither waits for the other at every word.
    """

    def __init__(
        self,
        weights: Mapping[str, Float],
        architecture: Mapping[str, Any],
        n_threads: int | None = None,
    ) -> None:
        graph = write_graph(weights, architecture)
        self._weights = weights
        self._vectors = weights["embedding.weight"]  # looked up here: ONNX would hold a second copy
        self._pooling = architecture["pooling"]
        self._n_directions = 2 if architecture["bidirectional"] else 1
        self.n_parts = 1 if self._pooling == "last" else 2
        self._on_one_core = _load(graph, 1)
        self._on_all_cores = _load(graph, n_threads or usable_cores())

    def logits(self, reviews: Sequence[Sequence[int]]) -> Float:
        """ids of each review -> (batch,), none of which depends on the others."""
        logits: Float = self.parts(reviews).sum(1)
        return logits

    def parts(self, reviews: Sequence[Sequence[int]]) -> Float:
        """(batch, parts) that add up to the logits."""
        ids, lengths = pad_ids(reviews)  # (batch, time), (batch,)
        session = self._on_all_cores if len(reviews) == 1 else self._on_one_core
        return self._run(session, ["parts"], self._vectors[ids.T], lengths)[0]

    def read_closely(
        self,
        review: Sequence[int],
        baseline: int,
        share: float,
        weights: Sequence[float] | NDArray[np.float64] = (1.0,),
    ) -> tuple[Float, Float]:
        """A review's parts (1, parts), and for each word what it moved the sum of them, weighed.

        It is moved from where a word of id `baseline` would be. One weight is of all parts.

        Of a bidirectional network that pools by maximum and mean. Effects (time,) are to the first
        order, see `WordEffects`, where each word has gone that share of the way from the baseline.
        The network reads both, the review and the words there, in one pass.
        """
        vectors = self._vectors[np.asarray(review)]  # (time, vector)
        unread = self._vectors[baseline]
        steps = vectors - unread
        words = np.stack([vectors, unread + np.float32(share) * steps], axis=1)
        lengths = np.array([len(review)] * 2)
        parts, states = self._run(self._on_all_cores, ["parts", "states"], words, lengths)
        effects = self._word_effects(steps, states[:, :, 1], unread, share, weights)
        return parts[:1], effects

    @cached_property
    def _word_effects(self) -> WordEffects:
        return WordEffects.of(self._weights)

    def _run(
        self, session: Any, outputs: Sequence[str], words: Float, lengths: NDArray[np.int64]
    ) -> list[Float]:
        """words (time, batch, vector), lengths (batch,) -> the graph's outputs of these names."""
        inputs = {"words": words, "lengths": lengths.astype(np.int32)}
        if self._pooling != "last":
            padding = np.arange(len(words))[:, None] >= lengths  # (time, batch)
            below = np.where(padding, np.float32(_BELOW_ANY_STATE), np.float32(0))
            inputs["below"] = below[:, None, :, None]
        if self._pooling == "max_mean_ending":
            inputs |= _find_endings(lengths, self._n_directions)
        found: list[Float] = session.run(outputs, inputs)
        return found


def _load(graph: bytes, n_threads: int) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it keeps a plan for every shape that ever came
    options.log_severity_level = 3
    # its threads spin for work while it computes, but not once it is done: others need the cores
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def usable_cores() -> int:
    """Cores that this process may use, or as many threads as OMP_NUM_THREADS allows."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return min(n_cores or 1, int(allowed)) if allowed.isdecimal() else n_cores or 1


def write_graph(weights: Mapping[str, Float], architecture: Mapping[str, Any]) -> bytes:
    """The ONNX model: words (time, batch, vector), lengths (batch,) -> parts (batch, parts).

    Its second output is states (time, directions, batch, hidden). With max and mean pooling, below
    (time, 1, batch, 1) is what padding weighs in the maximum; for those of endings, see
    `_find_endings`.
    """
    hidden = architecture["hidden_dim"]
    directions = ["forward", "backward"] if architecture["bidirectional"] else ["forward"]
    n_directions = len(directions)
    graph = _Graph()
    biases = [_stack(weights, directions, f"bias_{kind}_l0", hidden) for kind in ("ih", "hh")]
    graph.node(
        "LSTM",
        graph.takes("words", "FLOAT", ["time", "batch", architecture["embedding_dim"]]),
        graph.constant(_stack(weights, directions, "weight_ih_l0", hidden)),
        graph.constant(_stack(weights, directions, "weight_hh_l0", hidden)),
        graph.constant(np.concatenate(biases, 1)),  # (directions, 8 hidden)
        graph.takes("lengths", "INT32", ["batch"]),
        names=["states", "last"],  # the states are zero behind a review's end
        hidden_size=hidden,
        direction="bidirectional" if n_directions > 1 else "forward",
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
    bias = graph.constant(weights["output.bias"] / np.float32(len(parts)))
    graph.node("Add", graph.node("Concat", *sums, axis=1), bias, names=["parts"])
    return graph.write(
        parts=("FLOAT", ["batch", len(parts)]),
        states=("FLOAT", ["time", n_directions, "batch", hidden]),
    )


def _pool_all(graph: _Graph, output: Float) -> list[str]:
    """What the greatest and the mean of all states bring to the logit: (directions, batch, 1) each.

    output (2, directions, hidden, 1) is what they weigh.
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
    """The same of the states behind the last words."""
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
    """Two of (directions, batch, hidden) -> two of (directions, batch, 1)."""
    pooled = zip((greatest, mean), output, strict=True)
    return [graph.node("MatMul", states, graph.constant(weight)) for states, weight in pooled]


class _Graph:
    """An ONNX graph that is being written; what its nodes give is known by name."""

    def __init__(self) -> None:
        self._inputs: list[Any] = []
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def takes(self, name: str, kind: str, shape: Sequence[int | str]) -> str:
        """An input of the graph."""
        self._inputs.append(self._describe(name, kind, shape))
        return name

    def constant(self, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def node(self, operator: str, *given: str, names: Sequence[str] = (), **settings: Any) -> str:
        """One more operation; the name of its only or first result, one of its own if not given."""
        from onnx import helper

        results = list(names) or [f"result_{len(self._nodes)}"]
        self._nodes.append(helper.make_node(operator, given, results, **settings))
        return results[0]

    def write(self, **outputs: tuple[str, Sequence[int | str]]) -> bytes:
        """The model, with these outputs' types and shapes."""
        from onnx import helper

        described = [self._describe(name, *output) for name, output in outputs.items()]
        graph = helper.make_graph(
            self._nodes, "sentiment", self._inputs, described, self._constants
        )
        opset = helper.make_opsetid("", _OPSET)
        model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
        content: bytes = model.SerializeToString()
        return content

    @staticmethod
    def _describe(name: str, kind: str, shape: Sequence[int | str]) -> Any:
        from onnx import TensorProto, helper

        return helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)


def _find_endings(lengths: NDArray[np.int64], n_directions: int) -> dict[str, NDArray[Any]]:
    """Where each review's last words are among the states, and what each weighs in their mean.

    A review of fewer words than ENDING has its last one again and again, at no weight.

    >>> found = _find_endings(np.array([ENDING + 3, 2]), n_directions=1)
    >>> found["ending"][:3, 0].tolist()  # of two reviews, word by word
    [[6, 1], [8, 3], [10, 3]]
    >>> found["shares"][:3, 0, 1, 0].tolist()
    [0.5, 0.5, 0.0]
    """
    steps = np.arange(ENDING)[:, None]
    places = np.maximum(lengths - ENDING, 0) + steps  # (ENDING, batch)
    states = np.minimum(places, lengths - 1)[:, None] * n_directions  # (ENDING, 1, batch)
    states = states + np.arange(n_directions)[:, None]
    counted = np.minimum(lengths, ENDING)
    shares = (steps < counted) / counted
    return {
        "ending": states * len(lengths) + np.arange(len(lengths)),
        "shares": shares.astype(np.float32)[:, None, :, None],
    }


def _stack(
    weights: Mapping[str, Float], directions: Sequence[str], name: str, hidden: int
) -> Float:
    """The directions' weights one above the other, their gates in ONNX's order."""
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
