"""Teacher predictions: an ensemble's soft labels for the unlabelled reviews.

LSTMs and the linear n-gram model err on different reviews; their mix errs less than the best of
them. The student learns the ensemble's probabilities for the unlabelled reviews together with the
true labels (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015). Later it
joins the ensemble itself.

The max-pooled and the mean-pooled part of an LSTM's logit are weighted one by one, on the held-out
reviews. The network learned a balance that has to serve excerpts too; for whole reviews the
max-pooled part is more informative.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.data.dataset import EncodedSplit
from sentiment.data.validation_split import Division
from sentiment.training.logistic_regression import fit_logistic
from sentiment.training.step_batches import Examples

_PENALTY = 1e-3  # of the squared weights of the mix

# logits (reviews,) of a split's reviews at these indices, or (reviews, parts) that add up to them
Predict = Callable[[EncodedSplit, NDArray[np.int64]], Tensor]


class Ensemble:
    """The teachers, their predictions, and their accuracy on the held-out reviews."""

    def __init__(self, train: EncodedSplit, unlabelled: EncodedSplit, division: Division) -> None:
        self._train, self._unlabelled, self._division = train, unlabelled, division
        self._labels = torch.from_numpy(train.labels[division.validation].astype(np.float32))
        self._held_out: dict[str, Tensor] = {}  # teacher -> (reviews, parts), those held out
        self._of_unlabelled: dict[str, Tensor] = {}  # teacher -> (reviews, parts)
        self.accuracies: dict[str, float] = {}  # on validation, of each teacher and of their mixes

    def update(self, name: str, predict: Predict) -> None:
        """Add a teacher's predictions, or replace them by its current ones."""
        held_out = _in_parts(predict(self._train, self._division.validation))
        self.accuracies[name] = _accuracy(held_out.sum(1), self._labels)
        self._held_out[name] = held_out
        every = np.arange(len(self._unlabelled))
        self._of_unlabelled[name] = _in_parts(predict(self._unlabelled, every))

    def remove(self, name: str) -> None:
        """Remove a teacher if it is in the ensemble."""
        self._held_out.pop(name, None)
        self._of_unlabelled.pop(name, None)

    def distillation_examples(self) -> Examples:
        """Return the train reviews with true labels and the unlabelled ones with soft labels."""
        held_out = torch.cat([*self._held_out.values()], dim=1)  # (reviews, parts of all)
        weights = fit_mix(held_out, self._labels)
        self.accuracies[" and ".join(self._held_out)] = _accuracy(
            mix(held_out, weights), self._labels
        )
        of_unlabelled = torch.cat([*self._of_unlabelled.values()], dim=1)
        soft_labels = torch.sigmoid(mix(of_unlabelled, weights)).numpy()
        every = np.arange(len(self._unlabelled))
        return Examples(
            join(self._train, self._unlabelled),
            np.concatenate([self._division.train, every + len(self._train)]),
            np.concatenate([self._train.labels.astype(np.float32), soft_labels]),
        )


def mix(parts: Tensor, weights: Tensor) -> Tensor:
    """Return logits (reviews,) of parts (reviews, parts) by weights (parts + 1,), the last a bias.

    >>> mix(torch.tensor([[1.0, 2.0]]), torch.tensor([1.0, 0.5, 3.0]))
    tensor([5.])
    """
    return parts @ weights[:-1] + weights[-1]


def fit_mix(parts: Tensor, labels: Tensor) -> Tensor:
    """Return weights (parts + 1,) that minimise the cross-entropy of `mix`.

    parts (reviews, parts) held out of the teachers' training, labels (reviews,) of 0 and 1.

    >>> sure, wrong = torch.tensor([2.0, -2.0, 2.0]), torch.tensor([-1.0, 1.0, 1.0])
    >>> sure_weight, wrong_weight, _ = fit_mix(torch.stack([sure, wrong], 1), (sure > 0).float())
    >>> bool(sure_weight > wrong_weight)
    True
    """
    n_parts = parts.shape[1]
    start = torch.cat([torch.full((n_parts,), 1 / n_parts), torch.zeros(1)])
    columns = torch.cat([parts, torch.ones(len(parts), 1)], dim=1)
    every = torch.full((len(parts),), 1 / len(parts))
    return fit_logistic(columns, labels, _PENALTY, start, every)


def join(first: EncodedSplit, second: EncodedSplit) -> EncodedSplit:
    """Return the reviews of both, those of the first before those of the second."""
    return EncodedSplit(
        np.concatenate([first.ids, second.ids]),
        np.concatenate([first.offsets[:-1], second.offsets + first.offsets[-1]]),
        np.concatenate([first.labels, second.labels]),
    )


def _in_parts(logits: Tensor) -> Tensor:
    """Return (reviews, parts) of (reviews,) or of the same."""
    return logits.reshape(len(logits), -1)


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return float(((logits > 0) == (labels > 0)).float().mean())
