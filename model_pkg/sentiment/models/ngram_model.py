"""A linear model over phrases of up to three words: one of the student's two teachers.

Naive-Bayes log-count ratios scale the features of a logistic regression (Wang & Manning,
"Baselines and Bigrams", 2012). It knows short phrases exactly and nothing of order beyond them,
and so errs where an LSTM does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.data.dataset import EncodedSplit
from sentiment.errors import InvalidDataset
from sentiment.models.word_vectors import as_csr
from sentiment.text.vocabulary import FIRST_WORD_ID, INFREQUENT_ID

_ORDER = 3
_SMOOTHING = 1.0  # added to every count
_FEWEST_REVIEWS = 2  # a phrase of one review alone says nothing of others
_PENALTY = 10.0  # of the squared weights against the summed loss: chosen on validation
_ITERATIONS = 60
_BLOCK = 5_000  # reviews turned into phrases at a time: bounds the memory


@dataclass(frozen=True)
class NGramModel:
    """Weights of the phrases it knows; a phrase is its words' ids as digits of one number."""

    vocabulary_size: int
    phrases: NDArray[np.int64]  # (phrases,) ascending
    weights: Tensor  # (phrases,) float32
    bias: float

    def logits(self, split: EncodedSplit, indices: NDArray[np.int64]) -> Tensor:
        """Return logits (reviews,) float32 of 'positive' for the reviews at `indices`."""
        parts = [
            _matrix(self.phrases, *block) @ self.weights + self.bias
            for block in _blocks(split, indices, self.vocabulary_size)
        ]
        return torch.cat(parts) if parts else torch.zeros(0)


def fit_ngrams(split: EncodedSplit, indices: NDArray[np.int64], vocabulary_size: int) -> NGramModel:
    """Train the model on the labelled reviews at `indices`. Deterministic.

    Raises:
        InvalidDataset: no phrase occurs in two of the reviews.
    """
    labels = split.labels[indices].astype(np.float32)
    found = list(_blocks(split, indices, vocabulary_size))
    phrases, n_reviews = np.unique(np.concatenate([keys for keys, _ in found]), return_counts=True)
    phrases = phrases[n_reviews >= _FEWEST_REVIEWS]
    if not len(phrases):
        raise InvalidDataset(
            f"{len(indices)} reviews are too few to learn from: they share no words"
        )
    matrices = [_matrix(phrases, *block) for block in found]
    del found
    positive = _count(matrices, labels) + _SMOOTHING  # (phrases,) reviews that hold each
    negative = _count(matrices, 1 - labels) + _SMOOTHING
    ratios = (positive / positive.sum()).log() - (negative / negative.sum()).log()
    weights, bias = _fit_logistic(matrices, ratios, torch.from_numpy(labels))
    return NGramModel(vocabulary_size, phrases, weights, bias)


def _fit_logistic(matrices: list[Tensor], ratios: Tensor, labels: Tensor) -> tuple[Tensor, float]:
    """Weights of the phrases and the bias, by L-BFGS on the penalised mean cross-entropy."""
    transposed = [matrix.transpose(0, 1).to_sparse_csr() for matrix in matrices]
    scaled = torch.zeros(len(ratios), requires_grad=True)  # weight of a phrase's ratio
    bias = torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [scaled, bias], max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def closure() -> float:
        weights = scaled.detach() * ratios
        logits = torch.cat([matrix @ weights for matrix in matrices]) + bias.detach()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
        error = (torch.sigmoid(logits) - labels) / len(labels)  # (reviews,)
        sizes = [matrix.shape[0] for matrix in matrices]
        parts = torch.split(error, sizes)
        gradient = sum(t @ part for t, part in zip(transposed, parts, strict=True))
        scaled.grad = gradient * ratios + 2 * _PENALTY / len(labels) * scaled.detach()
        bias.grad = error.sum().reshape(1)
        return float(loss) + _PENALTY / len(labels) * float(scaled.detach().square().sum())

    optimizer.step(closure)  # type: ignore[no-untyped-call]  # torch declares no types here
    return scaled.detach() * ratios, float(bias.detach())


def _blocks(
    split: EncodedSplit, indices: NDArray[np.int64], vocabulary_size: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Distinct phrases of each review, (phrases,), and where they begin, (reviews + 1,)."""
    for start in range(0, len(indices), _BLOCK):
        found = [
            np.unique(find_phrases(split.review(index), vocabulary_size))
            for index in indices[start : start + _BLOCK]
        ]
        yield np.concatenate(found), np.cumsum([0, *map(len, found)])


def find_phrases(review: NDArray[np.integer], vocabulary_size: int) -> NDArray[np.int64]:
    """Return every run of one to three known words, as a number that no other run has.

    >>> find_phrases(np.array([2, 3, 1, 4]), vocabulary_size=10)
    array([ 2,  3,  4, 23])
    """
    ids = review.astype(np.int64)
    ids[ids >= vocabulary_size] = INFREQUENT_ID
    keys, known = ids, ids >= FIRST_WORD_ID
    found = [keys[known]]
    for length in range(1, _ORDER):
        keys = keys[:-1] * vocabulary_size + ids[length:]
        known = known[:-1] & (ids[length:] >= FIRST_WORD_ID)
        found.append(keys[known])
    return np.concatenate(found)


def _matrix(
    phrases: NDArray[np.int64], keys: NDArray[np.int64], offsets: NDArray[np.int64]
) -> Tensor:
    """Sparse CSR (reviews, phrases): 1 where the review holds the phrase."""
    columns = np.searchsorted(phrases, keys)
    columns[columns == len(phrases)] = 0
    known = phrases[columns] == keys
    rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))[known]
    ones = np.ones(len(rows), np.float32)
    return as_csr(rows, columns[known], ones, (len(offsets) - 1, len(phrases)))


def _count(matrices: list[Tensor], weights: NDArray[np.float32]) -> Tensor:
    """(phrases,) reviews that hold each phrase, each review counted by its weight."""
    counts = np.zeros(matrices[0].shape[1])
    start = 0
    for matrix in matrices:
        columns, per_row = matrix.col_indices().numpy(), matrix.crow_indices().diff().numpy()
        of_rows = weights[start : start + len(per_row)]
        counts += np.bincount(columns, np.repeat(of_rows, per_row), minlength=len(counts))
        start += len(per_row)
    return torch.from_numpy(counts.astype(np.float32))
