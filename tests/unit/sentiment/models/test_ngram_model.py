"""The linear n-gram model."""

import numpy as np
import pytest

from sentiment.data.dataset import EncodedSplit
from sentiment.models.ngram_model import find_phrases, fit_ngrams

NOT, GOOD, BAD, FILM = 2, 3, 4, 5


def _reviews(*reviews: tuple[list[int], int]) -> EncodedSplit:
    ids = [np.array(words, np.uint16) for words, _ in reviews]
    offsets = np.cumsum([0, *map(len, ids)])
    return EncodedSplit(
        np.concatenate(ids), offsets, np.array([label for _, label in reviews], np.int8)
    )


def test_a_phrase_outweighs_its_words() -> None:
    """'not bad' is praise although each word alone occurs in more complaints."""
    split = _reviews(
        *[([FILM, NOT, BAD], 1)] * 20,
        *[([FILM, GOOD], 1)] * 20,
        *[([FILM, NOT, GOOD], 0)] * 20,
        *[([FILM, BAD], 0)] * 20,
    )
    model = fit_ngrams(split, np.arange(len(split)), vocabulary_size=10)
    logits = model.logits(split, np.array([0, 20, 40, 60]))
    assert (logits > 0).tolist() == [True, True, False, False]


def test_phrases_do_not_reach_over_unknown_words() -> None:
    """'infrequent' and ids past the vocabulary break a phrase; no two phrases share a number."""
    keys = find_phrases(np.array([2, 3, 1, 4, 50, 5], np.int32), vocabulary_size=10)
    assert sorted(keys) == [2, 3, 4, 5, 23]
    every = [
        find_phrases(np.array(words), vocabulary_size=6)[-1]
        for words in ([a, b, c] for a in range(2, 6) for b in range(2, 6) for c in range(2, 6))
    ]
    assert len(set(every)) == 4**3


@pytest.mark.parametrize("n_reviews", [1, 7])
def test_scores_do_not_depend_on_company(n_reviews: int) -> None:
    """A review's logit is the same alone and among others."""
    split = _reviews(*[([FILM, GOOD], 1), ([FILM, BAD], 0)] * 10)
    model = fit_ngrams(split, np.arange(20), vocabulary_size=10)
    together = model.logits(split, np.arange(n_reviews))
    alone = [float(model.logits(split, np.array([index]))) for index in range(n_reviews)]
    assert together.tolist() == pytest.approx(alone)
