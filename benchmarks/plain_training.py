"""One epoch of the classic recipe written plainly.

Unoptimised but not sabotaged: every review is padded to 500 steps, and the dense layer and the
sigmoid run on every step, though only the last real word's output counts. Batches come from
torch's DataLoader, and torch chooses its number of threads.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from sentiment.models.lstm_classifier import LSTMClassifier


class PlainClassifier(nn.Module):
    """Embedding, LSTM, and a dense layer on every step."""

    def __init__(self, embedding_dim: int, hidden_dim: int, vocab_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim, padding_idx=0)
        self.lstm = nn.LSTM(embedding_dim, hidden_dim)
        self.dense = nn.Linear(hidden_dim, 1)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Return for ids (batch, 500) and lengths (batch,) probabilities of 'positive' (batch,)."""
        states, _ = self.lstm(self.embedding(ids.t()))  # (500, batch, hidden)
        scores = torch.sigmoid(self.dense(states))  # (500, batch, 1)
        return scores[lengths - 1, torch.arange(len(lengths)), 0]

    def copy_weights_of(self, model: LSTMClassifier) -> None:
        """Copy the weights of our model."""
        self.embedding.load_state_dict(model.embedding.state_dict())
        self.lstm.load_state_dict(model.forward_lstm.state_dict())
        self.dense.load_state_dict(model.output.state_dict())


def train_epoch(
    model: PlainClassifier, ids: Tensor, lengths: Tensor, labels: Tensor, batch_size: int
) -> float:
    """Train for one epoch with Adam and return its mean loss; ids (reviews, 500)."""
    loader = DataLoader(TensorDataset(ids, lengths, labels.float()), batch_size, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.BCELoss()
    model.train()
    total = 0.0
    for batch_ids, batch_lengths, batch_targets in loader:
        optimizer.zero_grad()
        loss = criterion(model(batch_ids, batch_lengths), batch_targets)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch_targets)
    return total / len(labels)
