"""What two teachers say of the unlabelled reviews, for a student to learn.

An LSTM and the linear n-gram model err on different reviews; mixed, they err less than either. The
student learns the mix's probabilities for the unlabelled reviews together with the true labels
(Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015). Then it may be the
LSTM that teaches, itself being the student.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.dataset import EncodedSplit
from sentiment.epochs import Run
from sentiment.fitting import Examples, compute_logits
from sentiment.held_out import Division
from sentiment.model import LSTMClassifier
from sentiment.ngrams import NGramModel

_PENALTY = 1e-3  # of the squared weights of the mix


@dataclass(frozen=True)
class Lesson:
    """What the student is to learn, and how well the teachers know it (validation accuracy)."""

    examples: Examples
    lstm_accuracy: float
    mix_accuracy: float


def teach(
    run: Run,
    teacher: LSTMClassifier,
    ngrams: NGramModel,
    train: EncodedSplit,
    unlabelled: EncodedSplit,
    division: Division,
) -> Lesson:
    """The true labels of the train reviews and the mixed teachers' scores of the unlabelled."""
    labels = torch.from_numpy(train.labels[division.validation].astype(np.float32))
    judged = torch.stack(
        [
            compute_logits(run, teacher, train, division.validation),
            ngrams.logits(train, division.validation),
        ],
        dim=1,
    )  # (reviews, teachers)
    weights = fit_mix(judged, labels)
    every = np.arange(len(unlabelled))
    taught = torch.stack(
        [compute_logits(run, teacher, unlabelled, every), ngrams.logits(unlabelled, every)], dim=1
    )
    scores = torch.sigmoid(taught @ weights).numpy()
    return Lesson(
        Examples(
            join(train, unlabelled),
            np.concatenate([division.train, every + len(train)]),
            np.concatenate([train.labels.astype(np.float32), scores]),
        ),
        lstm_accuracy=_accuracy(judged[:, 0], labels),
        mix_accuracy=_accuracy(judged @ weights, labels),
    )


def fit_mix(logits: Tensor, labels: Tensor) -> Tensor:
    """(teachers,) weights that minimise the cross-entropy of the weighted sum of logits.

    logits (reviews, teachers) held out of their training, labels (reviews,) of 0 and 1.

    >>> sure, wrong = torch.tensor([2.0, -2.0, 2.0]), torch.tensor([-1.0, 1.0, 1.0])
    >>> sure_weight, wrong_weight = fit_mix(torch.stack([sure, wrong], 1), (sure > 0).float())
    >>> bool(sure_weight > wrong_weight)
    True
    """
    n_teachers = logits.shape[1]
    weights = torch.full((n_teachers,), 1 / n_teachers, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> float:
        optimizer.zero_grad()
        loss = binary_cross_entropy_with_logits(logits @ weights, labels)
        loss = loss + _PENALTY * weights.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch declares no types here
        return float(loss.detach())

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch declares no types here
    return weights.detach()


def join(first: EncodedSplit, second: EncodedSplit) -> EncodedSplit:
    """The reviews of both, those of the second behind those of the first."""
    return EncodedSplit(
        np.concatenate([first.ids, second.ids]),
        np.concatenate([first.offsets[:-1], second.offsets + first.offsets[-1]]),
        np.concatenate([first.labels, second.labels]),
    )


def _accuracy(logits: Tensor, labels: Tensor) -> float:
    return float(((logits > 0) == (labels > 0)).float().mean())
