"""Word vectors from the training texts alone, by factorising two tables of counts.

Half of a vector says which words stand near the word: the positive pointwise mutual information
of words within five places (Levy & Goldberg, "Neural Word Embedding as Implicit Matrix
Factorization", 2014). The other half says in which reviews it stands: tf-idf weights, as in latent
semantic analysis (Deerwester et al., 1990). The first half knows syntax and kind, the second theme
and tone; a linear classifier on averaged vectors does better with both than with either.
Each half is scaled to one length, so that frequent words do not drown the others.

Counting and factorising is deterministic, and minutes faster than sampling.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.data.dataset import EncodedSplit
from sentiment.text.vocabulary import FIRST_WORD_ID

_WINDOW = 5
_SMOOTHING = 0.75
_HALF_LENGTH = 3.0  # Euclidean length of each half: components of about 0.3 in 100 dimensions
_OVERSAMPLING = 20
_POWER_ITERATIONS = 3
_BLOCK = 1_000_000  # words counted at a time: bounds the memory


def word_vectors(
    splits: Sequence[EncodedSplit], vocabulary_size: int, dimension: int, seed: int
) -> Tensor:
    """Return vectors (vocabulary, dimension) float32; zeros for unseen words and ids 0 and 1.

    `seed` is that of the randomised factorisation.
    """
    n_near = dimension // 2
    generator = torch.Generator().manual_seed(seed)
    near = _factorise(mutual_information(count_pairs(splits, vocabulary_size)), n_near, generator)
    reviews = _factorise(tf_idf(splits, vocabulary_size), dimension - n_near, generator)
    return torch.cat([near, reviews], dim=1)


def count_pairs(splits: Sequence[EncodedSplit], vocabulary_size: int) -> Tensor:
    """Return sparse CSR (vocabulary, vocabulary): sums of 1/distance within five words.

    Symmetric. Pairs do not cross from one review to the next; 'infrequent' does not count.
    """
    nothing = np.zeros(0, np.int64)
    counts = as_csr(nothing, nothing, nothing.astype(np.float32), (vocabulary_size,) * 2)
    for split in splits:
        review_of = np.repeat(np.arange(len(split)), np.diff(split.offsets)).astype(np.int32)
        for start in range(0, len(split.ids), _BLOCK):
            stop = start + _BLOCK + _WINDOW  # pairs start in the block, and may end behind it
            ids = split.ids[start:stop].astype(np.int64)
            counts = counts + _count_block(ids, review_of[start:stop], vocabulary_size)
    return counts


def _count_block(
    ids: NDArray[np.int64], review_of: NDArray[np.int32], vocabulary_size: int
) -> Tensor:
    keys, weights = [], []
    for distance in range(1, _WINDOW + 1):
        left = ids[: min(_BLOCK, max(0, len(ids) - distance))]
        right = ids[distance : distance + len(left)]
        kept = review_of[: len(left)] == review_of[distance : distance + len(left)]
        kept &= _is_word(left, vocabulary_size) & _is_word(right, vocabulary_size)
        for a, b in ((left[kept], right[kept]), (right[kept], left[kept])):
            keys.append(a * vocabulary_size + b)
            weights.append(np.full(len(a), 1.0 / distance, np.float32))
    flat, places = np.unique(np.concatenate(keys), return_inverse=True)
    values = np.bincount(places, np.concatenate(weights), minlength=len(flat)).astype(np.float32)
    shape = (vocabulary_size, vocabulary_size)
    return as_csr(flat // vocabulary_size, flat % vocabulary_size, values, shape)


def mutual_information(counts: Tensor) -> Tensor:
    """Return sparse CSR of max(0, log(P(word, context) / (P(word) P'(context)))).

    P' is the context's probability with counts to the power 0.75, which keeps rare contexts from
    telling too much (Levy, Goldberg & Dagan, 2015).
    """
    n_entries = counts.crow_indices().numpy()
    columns, values = counts.col_indices().numpy(), counts.values().numpy()
    rows = np.repeat(np.arange(len(n_entries) - 1), np.diff(n_entries))
    of_word = np.bincount(rows, values, minlength=len(n_entries) - 1)
    of_context = of_word**_SMOOTHING
    information = np.log(values * of_context.sum() / (of_word[rows] * of_context[columns]))
    kept = information > 0
    shape = (counts.shape[0], counts.shape[1])
    return as_csr(rows[kept], columns[kept], information[kept].astype(np.float32), shape)


def tf_idf(splits: Sequence[EncodedSplit], vocabulary_size: int) -> Tensor:
    """Return sparse CSR (vocabulary, reviews) float32; each review's weights have length 1.

    The weight is log(1 + count) * log(reviews / reviews with the word).
    """
    n_reviews = sum(map(len, splits))
    keys, first = [], 0
    for split in splits:
        review_of = np.repeat(np.arange(len(split)), np.diff(split.offsets)) + first
        ids = split.ids.astype(np.int64)
        kept = _is_word(ids, vocabulary_size)
        keys.append(ids[kept] * n_reviews + review_of[kept])
        first += len(split)
    flat, counts = np.unique(np.concatenate(keys), return_counts=True)
    words, reviews = flat // n_reviews, flat % n_reviews
    n_with_word = np.bincount(words, minlength=vocabulary_size)
    weights = np.log1p(counts) * np.log(n_reviews / n_with_word[words])
    lengths = np.sqrt(np.bincount(reviews, weights**2, minlength=n_reviews))[reviews]
    weights = np.divide(weights, lengths, out=np.zeros_like(weights), where=lengths > 0)
    return as_csr(words, reviews, weights.astype(np.float32), (vocabulary_size, n_reviews))


def _factorise(matrix: Tensor, dimension: int, generator: torch.Generator) -> Tensor:
    """(rows, dimension): left singular vectors by the roots of their values, rows of one length.

    By a randomised range finder with power iterations (Halko, Martinsson & Tropp, 2011, 4.4).
    """
    width = min(dimension + _OVERSAMPLING, *matrix.shape)
    transposed = matrix.transpose(0, 1).to_sparse_csr()
    basis = torch.linalg.qr(matrix @ torch.randn(matrix.shape[1], width, generator=generator)).Q
    for _ in range(_POWER_ITERATIONS):
        basis = torch.linalg.qr(matrix @ torch.linalg.qr(transposed @ basis).Q).Q
    within, singular_values, _ = torch.linalg.svd((transposed @ basis).T, full_matrices=False)
    vectors = (basis @ within * singular_values.sqrt())[:, :dimension]
    lengths = vectors.norm(dim=1, keepdim=True)
    unseen = matrix.crow_indices().diff()[:, None] == 0
    scaled = torch.where(unseen, 0.0, vectors / lengths.clamp(min=1e-12) * _HALF_LENGTH)
    missing = dimension - scaled.shape[1]  # a tiny vocabulary has fewer directions than asked for
    return torch.nn.functional.pad(scaled, (0, missing))


def _is_word(ids: NDArray[np.int64], vocabulary_size: int) -> NDArray[np.bool_]:
    return (ids >= FIRST_WORD_ID) & (ids < vocabulary_size)


def as_csr(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    values: NDArray[np.float32],
    shape: tuple[int, ...],
) -> Tensor:
    """Return sparse CSR of entries sorted by row."""
    pointers = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=shape[0]))])
    with warnings.catch_warnings():
        # torch announces once a process that its sparse tensors are in beta
        warnings.filterwarnings("ignore", "Sparse", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(pointers),
            torch.from_numpy(columns),
            torch.from_numpy(values),
            size=shape,
            check_invariants=False,
        )
