"""The effect of each word on the logit: backpropagation through the LSTMs in NumPy, no PyTorch.

ONNX Runtime returns the states. From them, one matrix product gives every gate. Only the pass back
through time (Hochreiter & Schmidhuber, "Long Short-Term Memory", 1997) goes word by word, and it is
elementwise except for the recurrent weights. Their product is a small part of a gradient and most
of its time, so it is a low-rank approximation by the largest singular values (docs/lab-notes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.recipe import ENDING
from sentiment.tensors import Float

_DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class WordEffects:
    """First-order effects of a review's words on its logit, relative to a baseline word.

    A word's effect is the logit's gradient by the word's vector, times the step from the baseline's
    vector to it. The step passes forward through the input weights, and the gradient backward. So
    both are multiplied at the gates instead, where the forward pass has already brought the step.

    The two LSTMs are computed side by side, each in its own reading order.
    """

    from_input: tuple[Float, ...]  # input weights of each direction, (vector, 4 hidden)
    from_state: tuple[Float, ...]  # recurrent weights, (hidden, 4 hidden)
    back_1: tuple[Float, ...]  # (4 hidden, rank) and
    back_2: tuple[Float, ...]  # (rank, hidden): their product approximates the recurrent weights
    bias: Float  # (directions, 4 hidden)
    of_pooled: Float  # (parts, directions, hidden) output weights of the maximum, of the mean ...

    @classmethod
    def of(cls, weights: Mapping[str, Float], rank: int) -> WordEffects:
        """Return the effects of a bidirectional network with max and mean pooling.

        `rank` is that of the recurrent weights' approximation in each direction.
        """

        def each(part: str) -> list[Float]:
            return [_in_our_order(weights[f"{name}_lstm.{part}_l0"]) for name in _DIRECTIONS]

        recurrent = [_low_rank(weight, rank) for weight in each("weight_hh")]
        hidden = weights["forward_lstm.weight_hh_l0"].shape[1]
        return cls(
            tuple(np.ascontiguousarray(weight.T) for weight in each("weight_ih")),
            tuple(np.ascontiguousarray(weight.T) for weight in each("weight_hh")),
            tuple(first for first, _ in recurrent),
            tuple(second for _, second in recurrent),
            np.stack(each("bias_ih")) + np.stack(each("bias_hh")),
            weights["output.weight"].reshape(-1, len(_DIRECTIONS), hidden),
        )

    def __call__(
        self,
        steps: Float,
        states: Float,
        baseline: Float,
        share: float,
        weights: Sequence[float] | NDArray[np.float64] = (1.0,),
    ) -> Float:
        """Return effects (time,), by the gradient at a point between the baseline and the words.

        Args:
            steps: (time, vector) from the baseline to each word's vector.
            states: (time, directions, hidden) of the LSTMs at that point.
            baseline: (vector,)
            share: in (0, 1], of the step that leads to the point; 1 is the words themselves.
            weights: of the logit's max-pooled and mean-pooled part, or one weight of both.
        """
        in_order = steps, steps[::-1]  # as each direction reads
        by_pooling = _as_read(self._by_pooling(states, weights))[:, :, None]
        states = _as_read(states)
        n_words, n_directions, hidden = states.shape
        by_steps = np.empty((n_words, n_directions, 4 * hidden), np.float32)
        gates = np.empty_like(by_steps)
        gates[0] = 0
        for direction, from_input in enumerate(self.from_input):
            from_state = self.from_state[direction]
            np.matmul(in_order[direction], from_input, out=by_steps[:, direction])
            np.matmul(states[:-1, direction], from_state, out=gates[1:, direction])
        gates += [baseline @ from_input for from_input in self.from_input] + self.bias
        gates += np.float32(share) * by_steps
        slopes = self._back(_slopes_of_cells(gates), by_pooling)
        effects: Float = np.einsum("tdg,tdg->td", slopes, by_steps)
        return effects[:, 0] + effects[::-1, 1]

    def _by_pooling(self, states: Float, weights: Sequence[float] | NDArray[np.float64]) -> Float:
        """Return the logit's gradient by each state through the pooling, shaped as the states."""
        gradient = np.zeros_like(states)
        of_pooled = self.of_pooled.reshape(-1, 2, *states.shape[1:])
        of_pooled = of_pooled * np.asarray(weights, np.float32)[:, None, None]
        for (of_greatest, of_mean), beginning in zip(of_pooled, (0, -ENDING), strict=False):
            part = gradient[beginning:]  # a view
            part += of_mean / np.float32(len(part))
            places = states[beginning:].argmax(0)[None]
            greatest = np.take_along_axis(part, places, 0) + of_greatest
            np.put_along_axis(part, places, greatest, 0)
        return gradient

    def _back(self, cells: Float, by_pooling: Float) -> Float:
        """Return the logit's gradient by each gate's input, (time, directions, 4 hidden).

        Each step of the loop passes gradients from a word to the one before it in reading order:
        by the state through the recurrent weights, and by the cell through the forget gate. The
        derivatives in `cells` are multiplied in place.
        """
        n_words, n_directions, n_slopes, hidden = cells.shape
        by_state = np.zeros((n_directions, 1, hidden), np.float32)
        carried = np.zeros_like(by_state)
        back = [
            (first, np.empty(first.shape[1], np.float32), second, by_state[direction, 0])
            for direction, (first, second) in enumerate(zip(self.back_1, self.back_2, strict=True))
        ]
        slopes = cells.reshape(n_words, n_directions, n_slopes * hidden)[:, :, hidden : 5 * hidden]
        to_cell, to_gates, kept = cells[:, :, :1], cells[:, :, 2:], cells[:, :, 5:]
        along = by_pooling, cells[:, :, :2], to_cell, to_gates, kept, slopes
        backwards = zip(*(values[::-1] for values in along), strict=True)
        for pooled, of_state, by_cell, of_cell, of_cell_before, slope in backwards:
            by_state += pooled
            np.multiply(of_state, by_state, out=of_state)
            np.add(by_cell, carried, out=by_cell)
            np.multiply(of_cell, by_cell, out=of_cell)
            carried = of_cell_before
            for of_gates, (first, narrow, second, state) in zip(slope, back, strict=True):
                np.dot(of_gates, first, out=narrow)
                np.dot(narrow, second, out=state)
        return slopes


def _low_rank(weight: Float, rank: int) -> tuple[Float, Float]:
    """Return factors (4 hidden, rank) and (rank, hidden), whose product is nearest to `weight`.

    The right singular vectors are the eigenvectors of weight' weight, a matrix so small that this
    takes milliseconds, where a singular value decomposition takes up to a second.
    """
    _, vectors = np.linalg.eigh(weight.T.astype(np.float64) @ weight)  # strongest last
    right = vectors[:, ::-1][:, :rank].astype(np.float32)
    return weight @ right, np.ascontiguousarray(right.T)


def _as_read(values: Float) -> Float:
    """Return values (time, directions, hidden) with time as each direction reads."""
    return np.stack([values[:, 0], values[::-1, 1]], axis=1)


def _in_our_order(gates: Float) -> Float:
    """Reorder gates along the first axis: input, forget, cell, output -> output, input, ...

    Only the output gate's gradient comes from the state. Those of the other gates come from the
    cell, so they are neighbours.
    """
    before, output = np.split(gates, [3 * len(gates) // 4])
    return np.concatenate([output, before])


def _slopes_of_cells(gates: Float) -> Float:
    """Return the cells' derivatives (time, directions, 6, hidden).

    gates (time, directions, 4 hidden) are the values before sigmoid and tanh. The first two
    derivatives are of the state: by the cell and by the output gate's input. The other four are of
    the cell: by the inputs of the input, forget and cell gate, and by the previous cell.
    """
    n_words, n_directions, _ = gates.shape
    gates = gates.reshape(n_words, n_directions, 4, -1)
    put_out, let_in, kept = (_sigmoid(gates[:, :, gate]) for gate in range(3))
    new = np.tanh(gates[:, :, 3])
    cells = let_in * new
    carried = np.empty_like(cells[0])
    for before, cell, share in zip(cells, cells[1:], kept[1:], strict=False):
        np.multiply(share, before, out=carried)
        np.add(cell, carried, out=cell)
    shown = np.tanh(cells)
    slopes = np.empty((n_words, n_directions, 6, new.shape[2]), np.float32)
    np.multiply(put_out, 1 - shown * shown, out=slopes[:, :, 0])
    np.multiply(shown * put_out, 1 - put_out, out=slopes[:, :, 1])
    np.multiply(new * let_in, 1 - let_in, out=slopes[:, :, 2])
    slopes[0, :, 3] = 0
    np.multiply(cells[:-1] * kept[1:], 1 - kept[1:], out=slopes[1:, :, 3])
    np.multiply(let_in, 1 - new * new, out=slopes[:, :, 4])
    slopes[:, :, 5] = kept
    return slopes


def _sigmoid(values: Float) -> Float:
    shares = np.exp(-values)
    shares += 1
    return np.reciprocal(shares, out=shares)
