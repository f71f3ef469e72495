"""What several teachers say of the unlabelled reviews, for a student to learn.

LSTMs and the linear n-gram model err on different reviews; mixed, they err less than the best of
them. The student learns the mix's probabilities for the unlabelled reviews together with the true
labels (Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015). Later it is
one of the teachers itself.

What an LSTM's greatest states bring to its logit and what their mean brings are weighed one by one,
on the reviews that were held out. The balance that it has learnt is for excerpts as well; of whole
reviews the greatest states tell more.
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
from sentiment.training.supervised import Examples

_PENALTY = 1e-3  # of the squared weights of the mix

# (reviews,) logits of a split's reviews at these places, or (reviews, parts) that add up to them
Answers = Callable[[EncodedSplit, NDArray[np.int64]], Tensor]


class Teachers:
    """Whoever was asked so far, and how well they know the reviews that were held out."""

    def __init__(self, train: EncodedSplit, unlabelled: EncodedSplit, division: Division) -> None:
        self._train, self._unlabelled, self._division = train, unlabelled, division
        self._labels = torch.from_numpy(train.labels[division.validation].astype(np.float32))
        self._held_out: dict[str, Tensor] = {}  # teacher -> (reviews, parts), those held out
        self._taught: dict[str, Tensor] = {}  # and the unlabelled ones
        self.accuracies: dict[str, float] = {}  # on validation, of each and of their mixes

    def ask(self, name: str, answers: Answers) -> None:
        """One more teacher, or the same one as it is now."""
        held_out = _in_parts(answers(self._train, self._division.validation))
        self.accuracies[name] = _accuracy(held_out.sum(1), self._labels)
        self._held_out[name] = held_out
        every = np.arange(len(self._unlabelled))
        self._taught[name] = _in_parts(answers(self._unlabelled, every))

    def dismiss(self, name: str) -> None:
        """Ask a teacher no more, if it is one."""
        self._held_out.pop(name, None)
        self._taught.pop(name, None)

    def lesson(self) -> Examples:
        """The true labels of the train reviews and the mixed teachers' scores of the unlabelled."""
        held_out = torch.cat([*self._held_out.values()], dim=1)  # (reviews, parts of all)
        weights = fit_mix(held_out, self._labels)
        mixed = mix(held_out, weights)
        self.accuracies[" and ".join(self._held_out)] = _accuracy(mixed, self._labels)
        taught = torch.cat([*self._taught.values()], dim=1)
        scores = torch.sigmoid(mix(taught, weights)).numpy()
        every = np.arange(len(self._unlabelled))
        return Examples(
            join(self._train, self._unlabelled),
            np.concatenate([self._division.train, every + len(self._train)]),
            np.concatenate([self._train.labels.astype(np.float32), scores]),
        )


def mix(parts: Tensor, weights: Tensor) -> Tensor:
    """parts (reviews, parts), weights (parts + 1,) -> (reviews,) logits; the last is added to all.

    >>> mix(torch.tensor([[1.0, 2.0]]), torch.tensor([1.0, 0.5, 3.0]))
    tensor([5.])
    """
    return parts @ weights[:-1] + weights[-1]


def fit_mix(parts: Tensor, labels: Tensor) -> Tensor:
    """(parts + 1,) weights that minimise the cross-entropy of `mix`.

    parts (reviews, parts) held out of their teachers' training, labels (reviews,) of 0 and 1.

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
    """The reviews of both, those of the second behind those of the first."""
    return EncodedSplit(
        np.concatenate([first.ids, second.ids]),
        np.concatenate([first.offsets[:-1], second.offsets + first.offsets[-1]]),
        np.concatenate([first.labels, second.labels]),
    )


def _in_parts(answers: Tensor) -> Tensor:
    """(reviews, parts) of (reviews,) or of the same."""
    return answers.reshape(len(answers), -1)


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return float(((logits > 0) == (labels > 0)).float().mean())
