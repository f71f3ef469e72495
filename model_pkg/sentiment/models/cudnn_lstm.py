"""Running an LSTM of PyTorch's over a batch, in the way that the device is fastest at."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

State = tuple[Tensor, Tensor]

_REVIEWS, _NUMBERS = 8, 128  # of which a batch's reviews and a word's numbers are multiples
MOST_REVIEWS = 128  # of a batch, for cuDNN to read it in one go


def run_lstm(lstm: nn.LSTM, vectors: Tensor, state: State | None = None) -> tuple[Tensor, State]:
    """Return states (batch, time, hidden) of vectors (batch, time, numbers), and the last state.

    Without cuDNN's persistent kernel, a GPU waits for a call for each word. The kernel needs
    float16, multiples of 128 numbers in states and words, and at most 128 reviews, a multiple of 8
    (PyTorch's `use_persist_common_heuristics` and `use_persist_device_heuristics`). So words and
    reviews are padded with zeros.
    """
    if (
        vectors.is_cuda
        and torch.is_autocast_enabled("cuda")
        and torch.get_autocast_dtype("cuda") == torch.float16
        and lstm.hidden_size % _NUMBERS == 0
        and len(vectors) <= MOST_REVIEWS
    ):
        return run_widened(lstm, vectors, state)
    return cast("tuple[Tensor, State]", lstm(vectors, state))


def run_widened(lstm: nn.LSTM, vectors: Tensor, state: State | None = None) -> tuple[Tensor, State]:
    """Return what `run_lstm` does, computed with zeros added on all sides."""
    n_reviews = len(vectors)
    reviews, numbers = -n_reviews % _REVIEWS, -vectors.shape[2] % _NUMBERS
    if state is None:
        zeros = vectors.new_zeros(1, n_reviews, lstm.hidden_size)
        state = zeros, zeros
    states, hidden, cell = torch.lstm(
        pad(vectors, (0, numbers, 0, 0, 0, reviews)),
        [pad(tensor, (0, 0, 0, reviews)) for tensor in state],
        [
            pad(cast("Tensor", lstm.weight_ih_l0), (0, numbers)),
            cast("Tensor", lstm.weight_hh_l0),
            cast("Tensor", lstm.bias_ih_l0),
            cast("Tensor", lstm.bias_hh_l0),
        ],
        has_biases=True,
        num_layers=1,
        dropout=0.0,
        train=lstm.training,
        bidirectional=False,
        batch_first=True,
    )
    return states[:n_reviews], (hidden[:, :n_reviews], cell[:, :n_reviews])
