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
        self._on_one_core = _load(graph, 1)
        self._on_all_cores = _load(graph, n_threads or usable_cores())

    def logits(self, reviews: Sequence[Sequence[int]]) -> Float:
        """ids of each review -> (batch,), none of which depends on the others."""
        ids, lengths = pad_ids(reviews)  # (batch, time), (batch,)
        session = self._on_all_cores if len(reviews) == 1 else self._on_one_core
        return self._run(session, ["logits"], self._vectors[ids.T], lengths)[0]

    def read_closely(
        self, review: Sequence[int], baseline: int, share: float
    ) -> tuple[float, Float]:
        """A review's logit, and for each word what it moved, beside a word of id `baseline`.

        Of a bidirectional network that pools by maximum and mean. Effects (time,) are to the first
        order, see `WordEffects`, where each word has gone that share of the way from the baseline.
        The network reads both, the review and the words there, in one pass.
        """
        vectors = self._vectors[np.asarray(review)]  # (time, vector)
        unread = self._vectors[baseline]
        steps = vectors - unread
        words = np.stack([vectors, unread + np.float32(share) * steps], axis=1)
        lengths = np.array([len(review)] * 2)
        logits, states = self._run(self._on_all_cores, ["logits", "states"], words, lengths)
        return float(logits[0]), self._word_effects(steps, states[:, :, 1], unread, share)

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
    """The ONNX model: words (time, batch, vector), lengths (batch,) -> logits (batch,).

    Its second output is states (time, directions, batch, hidden). With max and mean pooling, below
    (time, 1, batch, 1) is what padding weighs in the maximum; for those of endings, see
    `_find_endings`.
    """
    from onnx import TensorProto, helper, numpy_helper

    hidden = architecture["hidden_dim"]
    pooled_by = architecture["pooling"]
    directions = ["forward", "backward"] if architecture["bidirectional"] else ["forward"]
    n_directions = len(directions)
    constants = {
        "W": _stack(weights, directions, "weight_ih_l0", hidden),  # (directions, 4 hidden, vector)
        "R": _stack(weights, directions, "weight_hh_l0", hidden),  # (directions, 4 hidden, hidden)
        "B": np.concatenate(
            [_stack(weights, directions, f"bias_{kind}_l0", hidden) for kind in ("ih", "hh")], 1
        ),  # (directions, 8 hidden)
        "bias": weights["output.bias"],
        "time": np.array([0]),
        "directions": np.array([0, 2]),
    }
    vector = architecture["embedding_dim"]
    inputs = [
        helper.make_tensor_value_info("words", TensorProto.FLOAT, ["time", "batch", vector]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["batch"]),
    ]
    nodes = [
        helper.make_node(
            "LSTM",
            ["words", "W", "R", "B", "lengths"],
            ["states", "last"],  # (time, directions, batch, hidden), zero behind a review's end
            hidden_size=hidden,
            direction="bidirectional" if n_directions > 1 else "forward",
        ),
    ]
    output = weights["output.weight"].reshape(-1, n_directions, hidden, 1)
    if pooled_by in ("max_mean", "max_mean_ending"):
        inputs.append(
            helper.make_tensor_value_info("below", TensorProto.FLOAT, ["time", 1, "batch", 1])
        )
        constants |= {"of_greatest": output[0], "of_mean": output[1]}
        nodes += [
            helper.make_node("Add", ["states", "below"], ["real"]),
            helper.make_node("ReduceMax", ["real"], ["greatest"], axes=[0], keepdims=0),
            helper.make_node("ReduceSum", ["states", "time"], ["sum"], keepdims=0),
            helper.make_node("Cast", ["lengths"], ["n"], to=TensorProto.FLOAT),
            helper.make_node("Unsqueeze", ["n", "directions"], ["n_by_review"]),  # (1, batch, 1)
            helper.make_node(
                "Div", ["sum", "n_by_review"], ["mean"]
            ),  # (directions, batch, hidden)
            helper.make_node("MatMul", ["greatest", "of_greatest"], ["by_greatest"]),
            helper.make_node("MatMul", ["mean", "of_mean"], ["by_mean"]),
            helper.make_node("Add", ["by_greatest", "by_mean"], ["by_all"]),
        ]
    if pooled_by == "max_mean":
        nodes.append(helper.make_node("Identity", ["by_all"], ["parts"]))
    elif pooled_by == "max_mean_ending":
        inputs += [
            helper.make_tensor_value_info(
                "ending", TensorProto.INT64, [ENDING, n_directions, "batch"]
            ),
            helper.make_tensor_value_info("shares", TensorProto.FLOAT, [ENDING, 1, "batch", 1]),
        ]
        constants |= {"of_last_greatest": output[2], "of_last_mean": output[3]}
        constants["state_by_state"] = np.array([-1, hidden])
        nodes += [
            helper.make_node("Reshape", ["states", "state_by_state"], ["each_state"]),
            helper.make_node("Gather", ["each_state", "ending"], ["last_states"]),
            helper.make_node("ReduceMax", ["last_states"], ["last_greatest"], axes=[0], keepdims=0),
            helper.make_node("Mul", ["last_states", "shares"], ["last_shared"]),
            helper.make_node("ReduceSum", ["last_shared", "time"], ["last_mean"], keepdims=0),
            helper.make_node("MatMul", ["last_greatest", "of_last_greatest"], ["by_last_greatest"]),
            helper.make_node("MatMul", ["last_mean", "of_last_mean"], ["by_last_mean"]),
            helper.make_node("Sum", ["by_all", "by_last_greatest", "by_last_mean"], ["parts"]),
        ]
    elif pooled_by == "last" and n_directions == 1:
        constants["of_last"] = output[0]
        nodes.append(helper.make_node("MatMul", ["last", "of_last"], ["parts"]))
    else:
        raise ValueError(f"no recipe pools {n_directions} directions by {pooled_by}")
    nodes += [
        helper.make_node("ReduceSum", ["parts", "directions"], ["sums"], keepdims=0),  # (batch,)
        helper.make_node("Add", ["sums", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "sentiment",
        inputs,
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch"]),
            helper.make_tensor_value_info(
                "states", TensorProto.FLOAT, ["time", n_directions, "batch", hidden]
            ),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
    )
    content: bytes = model.SerializeToString()
    return content


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
