"""The network: embedding -> LSTM -> pooling -> one logit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from sentiment.models.cudnn_lstm import run_lstm
from sentiment.recipe import ENDING, N_PARTS, N_POOLED, Pooling
from sentiment.text.vocabulary import PADDING_ID


class LSTMClassifier(nn.Module):
    """One logit a review; its sigmoid is the probability of 'positive'.

    A review's logit does not depend on the padding after it or on its batch mates: the forward
    direction is read at real words only, and the backward direction runs over each review reversed
    within its own length. Nothing is packed, which on a CPU is many times faster.

    >>> model = LSTMClassifier(embedding_dim=4, hidden_dim=3, vocab_size=10).eval()
    >>> ids = torch.tensor([[2, 3, 4], [5, 0, 0]])
    >>> model(ids, torch.tensor([3, 1])).shape
    torch.Size([2])
    """

    def __init__(
        self,
        embedding_dim: int,
        hidden_dim: int,
        vocab_size: int,
        *,
        bidirectional: bool = False,
        pooling: Pooling = "last",
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.pooling = pooling
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=PADDING_ID)
        self.forward_lstm = nn.LSTM(embedding_dim, hidden_dim, batch_first=True)
        self.backward_lstm = (
            nn.LSTM(embedding_dim, hidden_dim, batch_first=True) if bidirectional else None
        )
        self.dropout = nn.Dropout(dropout)
        self.n_parts = N_PARTS[pooling]
        n_states = hidden_dim * (2 if bidirectional else 1)
        self.output = nn.Linear(n_states * N_POOLED[pooling], 1)

    def architecture(self) -> dict[str, Any]:
        """Return the sizes and kinds that rebuild this network, as model.json keeps them."""
        return {
            "embedding_dim": self.embedding.embedding_dim,
            "hidden_dim": self.forward_lstm.hidden_size,
            "vocab_size": self.embedding.num_embeddings,
            "bidirectional": self.backward_lstm is not None,
            "pooling": self.pooling,
        }

    def forward(self, ids: Tensor, lengths: Tensor, noise: Tensor | None = None) -> Tensor:
        """Return logits (batch,) float32 of ids (batch, time) int64, lengths (batch,) in [1, time].

        noise (batch, time, embedding) is added to the word vectors.
        """
        embedded = self.embedding(ids)  # (batch, time, embedding)
        if noise is not None:
            embedded = embedded + noise
        return self.classify(self.dropout(embedded), lengths)

    def classify(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return logits (batch,) float32 of embedded (batch, time, embedding), lengths (batch,)."""
        pooled = self._pool(self.states(embedded, lengths), lengths)  # (batch, pooled)
        return cast("Tensor", self.output(self.dropout(pooled))).squeeze(1).float()

    @torch.no_grad()
    def parts(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return parts (batch, parts) float32 that add up to the logit.

        One part comes from max pooling and one from mean pooling, each over all words and over the
        last 32. A network that reads only the last state has one part.
        """
        states = self.states(self.embedding(ids), lengths)
        weighed = (self._pool(states, lengths) * self.output.weight).float()
        parts: Tensor = weighed.reshape(len(ids), -1, self.n_parts, states.shape[2]).sum((1, 3))
        return parts + self.output.bias / self.n_parts

    def states(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Return states (batch, time, directions * hidden); those of padding are arbitrary."""
        states, _ = run_lstm(self.forward_lstm, embedded)  # (batch, time, hidden)
        if self.backward_lstm is not None:
            order = reversed_within_length(lengths, embedded.shape[1])  # (batch, time)
            backward, _ = run_lstm(self.backward_lstm, _reorder(embedded, order))
            states = torch.cat(
                [states, _reorder(backward, order)], dim=2
            )  # (batch, time, 2 hidden)
        return states

    def _pool(self, states: Tensor, lengths: Tensor) -> Tensor:
        """states (batch, time, states) -> (batch, pooled), real words only."""
        if self.pooling == "last":
            return states[torch.arange(len(lengths), device=lengths.device), lengths - 1]
        pooled = _greatest_and_mean(states, lengths)
        if self.pooling == "max_mean":
            return pooled
        last = torch.arange(min(ENDING, states.shape[1]), device=lengths.device)
        beginning = (lengths - ENDING).clamp(min=0)
        ending = _reorder(states, beginning[:, None] + last)  # (batch, ENDING or time, states)
        return torch.cat([pooled, _greatest_and_mean(ending, lengths.clamp(max=ENDING))], dim=1)


def _greatest_and_mean(states: Tensor, lengths: Tensor) -> Tensor:
    """states (batch, time, states) -> (batch, 2 states), of the first `lengths` of them."""
    time = torch.arange(states.shape[1], device=lengths.device)
    padding = (time >= lengths[:, None])[:, :, None]  # (batch, time, 1)
    greatest = states.masked_fill(padding, float("-inf")).amax(1)
    mean = states.masked_fill(padding, 0.0).sum(1) / lengths[:, None]
    return torch.cat([greatest, mean.to(greatest.dtype)], dim=1)


def rebuild(
    weights: Mapping[str, NDArray[np.float32]], architecture: Mapping[str, Any]
) -> LSTMClassifier:
    """Return the network of an artifact's weights and architecture, in eval mode."""
    model = LSTMClassifier(**architecture)
    model.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
    return model.eval()


def reversed_within_length(lengths: Tensor, n_steps: int) -> Tensor:
    """Return positions (batch, time): length-1 .. 0, then the padding. It is its own inverse."""
    time = torch.arange(n_steps, device=lengths.device).expand(len(lengths), n_steps)
    last = lengths[:, None] - 1
    return torch.where(time <= last, last - time, time)


def _reorder(states: Tensor, order: Tensor) -> Tensor:
    """states (batch, time, size) at the time steps given, (batch, of any number)."""
    return states.gather(1, order[:, :, None].expand(-1, -1, states.shape[2]))
