"""What each word that the LSTMs read did to the logit: gradients by hand, without PyTorch.

The states are ONNX Runtime's. From them every gate follows at once, in one product of matrices;
what is left to do word by word is to go back through time (Hochreiter & Schmidhuber, "Long
Short-Term Memory", 1997), elementwise but for the way over the recurrent weights. That way is a
small part of a gradient and most of its time: it is taken over the 64 strongest of those weights'
256 singular directions. In the deletion test (benchmarks/deletion.py) the words so found move the
score as far as those of the exact gradient (docs/performance.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sentiment.tensors import Float

_RANK = 112  # of the way back over the recurrent weights: see docs/performance.md
_DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class WordEffects:
    """What a review's words do to its logit, beside a baseline in their place, to the first order.

    A word's effect is the logit's gradient by the word's vector, times the step from the baseline
    to it. Both pass the input weights, the one backwards and the other forwards; so the product is
    taken behind them, at the gates, where the forward pass has left the steps.
    """

    directions: tuple[_Direction, ...]

    @classmethod
    def of(cls, weights: Mapping[str, Float]) -> WordEffects:
        """Of a bidirectional network that pools by maximum and mean."""
        greatest, mean = weights["output.weight"].reshape(2, len(_DIRECTIONS), -1)
        return cls(
            tuple(
                _Direction.of(
                    {part: weights[f"{name}_lstm.{part}_l0"] for part in _Direction.PARTS},
                    greatest[i],
                    mean[i],
                )
                for i, name in enumerate(_DIRECTIONS)
            )
        )

    def __call__(self, vectors: Float, states: Float, baseline: Float) -> Float:
        """(time,) effects.

        Args:
            vectors: (time, vector) of the review's words.
            states: (time, directions, hidden) of the LSTMs behind each word.
            baseline: (vector,)
        """
        forward, backward = self.directions
        to_the_right = forward.effects(vectors, states[:, 0], baseline)
        to_the_left = backward.effects(vectors[::-1], states[::-1, 1], baseline)
        return to_the_right + to_the_left[::-1]


@dataclass(frozen=True)
class _Direction:
    """One LSTM and its part of the output's weights; gates as PyTorch stacks them."""

    PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

    from_input: Float  # (vector, 4 hidden)
    from_state: Float  # (hidden, 4 hidden)
    bias: Float  # (4 hidden,)
    back_1: Float  # (4 hidden, rank) and
    back_2: Float  # (rank, hidden), whose product is all but the way back to the state
    of_greatest: Float  # (hidden,) output weights of the maximum over time
    of_mean: Float  # (hidden,)

    @classmethod
    def of(cls, weights: Mapping[str, Float], of_greatest: Float, of_mean: Float) -> _Direction:
        left, strengths, right = np.linalg.svd(weights["weight_hh"], full_matrices=False)
        return cls(
            np.ascontiguousarray(weights["weight_ih"].T),
            np.ascontiguousarray(weights["weight_hh"].T),
            weights["bias_ih"] + weights["bias_hh"],
            left[:, :_RANK] * strengths[:_RANK],
            right[:_RANK].copy(),
            of_greatest,
            of_mean,
        )

    def effects(self, vectors: Float, states: Float, baseline: Float) -> Float:
        """(time,) of vectors (time, vector), states (time, hidden) in the order of reading."""
        by_input = vectors @ self.from_input  # (time, 4 hidden)
        gates = by_input + self.bias
        gates[1:] += states[:-1] @ self.from_state
        slopes = self._back(_Cells.of(gates), self._by_pooling(states))
        by_input -= baseline @ self.from_input  # now what the steps bring to the gates
        effects: Float = np.einsum("tg,tg->t", slopes, by_input)
        return effects

    def _by_pooling(self, states: Float) -> Float:
        """(time, hidden): the logit's gradient by each state through the pooling."""
        gradient = np.tile(self.of_mean / np.float32(len(states)), (len(states), 1))
        gradient[states.argmax(0), np.arange(states.shape[1])] += self.of_greatest
        return gradient

    def _back(self, cells: _Cells, by_pooling: Float) -> Float:
        """(time, 4 hidden): the logit's gradient by each gate's input."""
        n_words, hidden = by_pooling.shape
        slopes = np.empty((n_words, 4 * hidden), np.float32)
        by_state = np.zeros(hidden, np.float32)  # by way of the words behind
        by_cell = np.zeros(hidden, np.float32)
        narrow = np.zeros(self.back_1.shape[1], np.float32)
        on_the_way = np.empty(hidden, np.float32)
        along = (
            *(by_pooling, cells.to_cell, cells.to_gates, cells.to_output, cells.kept),
            *(slopes, slopes[:, : 3 * hidden].reshape(n_words, 3, hidden), slopes[:, 3 * hidden :]),
        )
        backwards = zip(*(values[::-1] for values in along), strict=True)
        for pooled, to_cell, to_gates, to_output, kept, slope, of_gates, of_output in backwards:
            by_state += pooled
            np.multiply(by_state, to_cell, out=on_the_way)
            by_cell += on_the_way
            np.multiply(by_cell, to_gates, out=of_gates)
            np.multiply(by_state, to_output, out=of_output)
            by_cell *= kept
            np.dot(slope, self.back_1, out=narrow)
            np.dot(narrow, self.back_2, out=by_state)
        return slopes


@dataclass(frozen=True)
class _Cells:
    """The derivatives within an LSTM's cells, (time, hidden) but for the gates'."""

    to_cell: Float  # state -> cell
    to_output: Float  # state -> output gate's input
    to_gates: Float  # cell -> inputs of input, forget, cell gate (time, 3, hidden)
    kept: Float  # cell -> the cell before

    @classmethod
    def of(cls, gates: Float) -> _Cells:
        """gates (time, 4 hidden) before their sigmoids and tangents."""
        n_words = len(gates)
        gates = gates.reshape(n_words, 4, -1)
        new = np.tanh(gates[:, 2])
        let_in, kept, put_out = (_sigmoid(gates[:, gate]) for gate in (0, 1, 3))
        cells = let_in * new
        for time in range(1, n_words):
            cells[time] += kept[time] * cells[time - 1]
        shown = np.tanh(cells)
        to_gates = np.empty((n_words, 3, new.shape[1]), np.float32)
        np.multiply(new * let_in, 1 - let_in, out=to_gates[:, 0])
        to_gates[0, 1] = 0
        np.multiply(cells[:-1] * kept[1:], 1 - kept[1:], out=to_gates[1:, 1])
        np.multiply(let_in, 1 - new * new, out=to_gates[:, 2])
        return cls(put_out * (1 - shown * shown), shown * put_out * (1 - put_out), to_gates, kept)


def _sigmoid(values: Float) -> Float:
    shares = np.exp(-values)
    shares += 1
    return np.reciprocal(shares, out=shares)
