"""Word vectors from the training texts alone: shifted PPMI, factorised.

Levy & Goldberg, "Neural Word Embedding as Implicit Matrix Factorization" (2014): skip-gram with k
negative samples factorises the words' pointwise mutual information shifted by log k. Counting pairs
and factorising that matrix directly is deterministic and, at this size, faster than sampling.
Context words weigh less the farther they stand (1/distance), and context counts are smoothed to
the power 0.75 (Levy, Goldberg & Dagan, 2015).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.dataset import EncodedSplit
from sentiment.vocabulary import FIRST_WORD_ID

_WINDOW = 5
_SHIFT = 5.0  # k, the number of negative samples that the shift stands for
_SMOOTHING = 0.75
_POWER_ITERATIONS = 3
_BLOCK = 1_000_000  # words counted at a time: bounds the memory


def count_pairs(splits: Sequence[EncodedSplit], vocabulary_size: int) -> Tensor:
    """Sparse CSR (vocabulary, vocabulary) float32: summed 1/distance of words within 5 places.

    Symmetric. Pairs do not cross from one review to the next; 'no word' and 'infrequent' count as
    no word.
    """
    counts: Tensor | None = None
    for split in splits:
        review_of = np.repeat(np.arange(len(split)), np.diff(split.offsets)).astype(np.int32)
        for start in range(0, len(split.ids), _BLOCK):
            stop = start + _BLOCK + _WINDOW  # pairs start in the block, and may end behind it
            ids = split.ids[start:stop].astype(np.int64)
            ids[ids >= vocabulary_size] = 0
            block = _count_block(ids, review_of[start:stop], vocabulary_size)
            counts = block if counts is None else counts + block
    if counts is None:
        no_words = np.zeros(0, np.int64)
        return _as_csr(no_words, no_words, no_words.astype(np.float32), vocabulary_size)
    return counts


def _count_block(
    ids: NDArray[np.int64], review_of: NDArray[np.int32], vocabulary_size: int
) -> Tensor:
    keys, weights = [], []
    n_starts = min(len(ids), _BLOCK)
    for distance in range(1, _WINDOW + 1):
        left = ids[:n_starts][: len(ids) - distance]
        right = ids[distance : distance + len(left)]
        same_review = review_of[: len(left)] == review_of[distance : distance + len(left)]
        kept = same_review & (left >= FIRST_WORD_ID) & (right >= FIRST_WORD_ID)
        left, right = left[kept], right[kept]
        for a, b in ((left, right), (right, left)):
            keys.append(a * vocabulary_size + b)
            weights.append(np.full(len(a), 1.0 / distance, np.float32))
    flat, places = np.unique(np.concatenate(keys), return_inverse=True)
    values = np.bincount(places, np.concatenate(weights)).astype(np.float32)
    return _as_csr(flat // vocabulary_size, flat % vocabulary_size, values, vocabulary_size)


def _as_csr(
    rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float32], size: int
) -> Tensor:
    """Sparse CSR (size, size) of entries in the order of their rows."""
    pointers = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=size))])
    with warnings.catch_warnings():
        # torch announces once a process that its sparse tensors are in beta and unchecked
        warnings.filterwarnings("ignore", "Sparse", UserWarning)
        return torch.sparse_csr_tensor(
            torch.from_numpy(pointers),
            torch.from_numpy(columns),
            torch.from_numpy(values),
            size=(size, size),
            check_invariants=False,
        )


def shifted_ppmi(counts: Tensor) -> Tensor:
    """Sparse CSR of max(0, log(P(word, context) / (P(word) P(context))) - log k)."""
    n_entries = counts.crow_indices().numpy()
    columns, values = counts.col_indices().numpy(), counts.values().numpy()
    rows = np.repeat(np.arange(len(n_entries) - 1), np.diff(n_entries))
    of_word = np.bincount(rows, values, minlength=len(n_entries) - 1)
    of_context = of_word**_SMOOTHING
    # P(w,c) / (P(w) P(c)) = count(w,c) / (count(w) * count(c)^s / sum(count^s))
    information = np.log(values * of_context.sum() / (of_word[rows] * of_context[columns]))
    information -= math.log(_SHIFT)
    kept = information > 0
    return _as_csr(rows[kept], columns[kept], information[kept].astype(np.float32), counts.shape[0])


def word_vectors(
    splits: Sequence[EncodedSplit], vocabulary_size: int, dimension: int, seed: int
) -> Tensor:
    """(vocabulary, dimension) float32, component scale 0.1; zero for 'no word' and unseen words.

    The left singular vectors, each by the root of its singular value (Levy, Goldberg & Dagan's
    symmetric weighting), by a randomised decomposition seeded with `seed`.
    """
    ppmi = shifted_ppmi(count_pairs(splits, vocabulary_size))
    dimension_found = min(dimension, vocabulary_size)
    generator = torch.Generator().manual_seed(seed)
    # randomised range finder with power iterations (Halko, Martinsson & Tropp, 2011, 4.4);
    # the matrix is not symmetric once contexts are smoothed
    transposed = ppmi.transpose(0, 1).to_sparse_csr()
    width = min(dimension_found + 20, vocabulary_size)
    basis = torch.linalg.qr(ppmi @ torch.randn(vocabulary_size, width, generator=generator)).Q
    for _ in range(_POWER_ITERATIONS):
        basis = torch.linalg.qr(transposed @ basis).Q
        basis = torch.linalg.qr(ppmi @ basis).Q
    small, singular_values, _ = torch.linalg.svd((transposed @ basis).T, full_matrices=False)
    vectors = (basis @ small) * singular_values.sqrt()
    vectors = vectors[:, :dimension_found]
    scale = vectors.std()
    if scale > 0:
        vectors = vectors * (0.1 / scale)
    padded = torch.zeros(vocabulary_size, dimension)
    padded[:, :dimension_found] = vectors
    return padded
