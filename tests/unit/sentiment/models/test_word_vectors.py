"""Word vectors from counts."""

import numpy as np
import torch

from sentiment.data.dataset import EncodedSplit, TrainingDataset
from sentiment.models.word_vectors import count_pairs, mutual_information, word_vectors


def _split(*reviews: list[int]) -> EncodedSplit:
    offsets = np.cumsum([0, *map(len, reviews)])
    ids = np.array([word for review in reviews for word in review], np.uint16)
    return EncodedSplit(ids, offsets.astype(np.int64), np.full(len(reviews), -1, np.int8))


def test_pairs_weigh_by_distance_and_stay_within_a_review() -> None:
    """Neighbours count 1, the next 1/2; 'infrequent' and the next review count nothing."""
    counts = count_pairs([_split([2, 3, 4], [5, 1, 2])], 6).to_dense()
    expected = torch.zeros(6, 6)
    for a, b, weight in ((2, 3, 1.0), (3, 4, 1.0), (2, 4, 0.5), (5, 2, 0.5)):
        expected[a, b] = expected[b, a] = weight
    torch.testing.assert_close(counts, expected)


def test_mutual_information_is_positive_for_pairs_that_attract() -> None:
    """Words that only meet each other inform more than words that meet everybody."""
    counts = count_pairs([_split([2, 3], [2, 3], [4, 5], [4, 2], [5, 3])], 6)
    information = mutual_information(counts).to_dense()
    assert information[2, 3] > 0
    assert (information >= 0).all()


def test_words_used_alike_have_like_vectors(dataset: TrainingDataset) -> None:
    """On the small dataset, praise is nearer to praise than to blame, whatever the seed."""
    for seed in (1, 2):
        vectors = word_vectors([dataset.train], len(dataset.vocabulary), 8, seed)
        find = dataset.vocabulary.ids
        if dataset.description.recipe.name == "classic":
            praise, more_praise, blame = find(["wonder", "superb", "aw"])
        else:
            praise, more_praise, blame = find(["wonderful", "superb", "awful"])
        near = torch.cosine_similarity(vectors[praise], vectors[more_praise], dim=0)
        far = torch.cosine_similarity(vectors[praise], vectors[blame], dim=0)
        assert near > far
        assert vectors[:2].abs().sum() == 0


def test_the_same_seed_gives_the_same_vectors(dataset: TrainingDataset) -> None:
    """Counting and factorising is reproducible."""
    one, two = (word_vectors([dataset.train], 20, 8, seed=5) for _ in range(2))
    assert torch.equal(one, two)
