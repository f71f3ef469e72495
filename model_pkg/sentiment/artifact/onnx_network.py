"""The network as it is served: ONNX Runtime over the artifact's weights, without PyTorch.

On a CPU its LSTM takes two thirds of the time of PyTorch's, and it loads in a tenth
(docs/lab-notes). The graph is written from the weights at every start, so an artifact holds the
weights once. A test checks that the served and the trained network give the same logits.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sentiment.artifact.int8 import fix_ranges
from sentiment.artifact.onnx_graph import write_graph
from sentiment.artifact.word_effects import WordEffects
from sentiment.recipe import ENDING, N_PARTS
from sentiment.tensors import Float
from sentiment.text.padding import pad_ids

_RANK, _FINER_RANK = 32, 128  # of the recurrent weights in gradients, for each direction
_BELOW_ANY_STATE = -2.0  # states lie in (-1, 1)


class ServedNetwork:
    """A network that computes one logit a review; its sigmoid is the probability of 'positive'.

    The logit is the sum of its parts: that of max pooling and that of mean pooling, each over all
    words and over the ending. A network that reads only the last state has one part.

    One core computes a batch. Two would wait for each other at every word, and take longer for a
    single review of int8 weights too (docs/lab-notes). Other threads may compute meanwhile.
    """

    def __init__(
        self,
        weights: Mapping[str, Float],
        architecture: Mapping[str, Any],
        *,
        is_int8: bool = False,
    ) -> None:
        self.is_int8 = is_int8
        self._weights = weights
        self._sizes = architecture["embedding_dim"], architecture["hidden_dim"]
        if is_int8:
            weights, architecture = fix_ranges(weights, architecture)
        graph = write_graph(weights, architecture, is_int8=is_int8)
        self._vectors = weights["embedding.weight"]  # looked up here: ONNX would hold a second copy
        self._pooling = architecture["pooling"]
        self._n_directions = 2 if architecture["bidirectional"] else 1
        self.n_parts = N_PARTS[architecture["pooling"]]
        self._session = _load(graph)

    def parts(self, reviews: Sequence[Sequence[int]]) -> Float:
        """Return parts (batch, parts) that add up to each review's logit, from its ids."""
        ids, lengths = pad_ids(reviews)  # (batch, time), (batch,)
        return self._run(["parts"], self._vectors[ids.T], lengths)[0]

    def read_closely(
        self,
        review: Sequence[int],
        baseline: int,
        shares: Sequence[float],
        weights: Sequence[float] | NDArray[np.float64] = (1.0,),
    ) -> tuple[Float, Float]:
        """Return a review's parts (1, parts) and each word's effect (time,) on their weighted sum.

        The network must be bidirectional with max and mean pooling. Effects are relative to the
        word of id `baseline` and of first order, see `WordEffects`. The gradient is the mean of
        those at `shares` of the way from the baseline to each word. One pass computes all. With
        several shares, more of the recurrent weights takes part in the gradients.

        Args:
            review: ids of the words.
            baseline: id of the baseline word.
            shares: in (0, 1] each.
            weights: of the parts; a single one applies to all of them.
        """
        vectors = self._vectors[np.asarray(review)]  # (time, vector)
        unread = self._vectors[baseline]
        steps = vectors - unread
        on_the_way = [unread + np.float32(share) * steps for share in shares]
        words = np.stack([vectors, *on_the_way], axis=1)
        lengths = np.array([len(review)] * words.shape[1])
        parts, states = self._run(["parts", "states"], words, lengths)
        n_numbers, n_states = self._sizes
        effects_at = self._word_effects if len(shares) == 1 else self._finer_word_effects
        effects = [
            effects_at(
                steps[:, :n_numbers], states[:, :, i, :n_states], unread[:n_numbers], share, weights
            )
            for i, share in enumerate(shares, start=1)
        ]
        return parts[:1], np.mean(effects, axis=0)

    @cached_property
    def _word_effects(self) -> WordEffects:
        return WordEffects.of(self._weights, _RANK)

    @cached_property
    def _finer_word_effects(self) -> WordEffects:
        return WordEffects.of(self._weights, _FINER_RANK)

    def _run(self, outputs: Sequence[str], words: Float, lengths: NDArray[np.int64]) -> list[Float]:
        """Return the graph's outputs of these names for words (time, batch, vector)."""
        inputs = {"words": words, "lengths": lengths.astype(np.int32)}
        if self._pooling != "last":
            padding = np.arange(len(words))[:, None] >= lengths  # (time, batch)
            below = np.where(padding, np.float32(_BELOW_ANY_STATE), np.float32(0))
            inputs["below"] = below[:, None, :, None]
        if self._pooling == "max_mean_ending":
            inputs |= _find_endings(lengths, self._n_directions)
        found: list[Float] = self._session.run(outputs, inputs)
        return found


def _load(graph: bytes) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when the library loads
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it would keep a plan for every shape it has seen
    options.log_severity_level = 3
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def usable_cores() -> int:
    """Return how many cores this process may use, at most OMP_NUM_THREADS and at least 1."""
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    most = int(allowed) if allowed.isdecimal() else n_cores or 1
    return max(1, min(n_cores or 1, most))


def _find_endings(lengths: NDArray[np.int64], n_directions: int) -> dict[str, NDArray[Any]]:
    """Return each review's last words as positions of their states, and their weights in the mean.

    A review of fewer words than ENDING repeats its last word, with weight 0.

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
