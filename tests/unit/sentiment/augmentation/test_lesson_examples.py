"""Lessons are drawn for each step, an edited review together with its original."""

import numpy as np
import pytest
import torch

from sentiment.augmentation.lesson_examples import LessonExamples
from sentiment.data.dataset import EncodedLessons
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.batches import pad
from tests.support.trained import fit_student, split_of

VOCABULARY = Vocabulary([".", "film", "fine", "poor", "lasts", "hours", "not"])
REVIEWS = split_of(
    [VOCABULARY.ids(["film", word, "."]) for word in ("fine", "poor", "fine")], [1, 0, 1]
)


def lessons() -> EncodedLessons:
    """Two twins and a text without a verdict, two edited reviews, and a twin to choose by."""
    texts = [
        *(["not", "poor", "."], ["not", "fine", "."], ["lasts", "hours", "."]),
        *(["film", "poor", "."], ["film", "fine", "."], ["not", "not", "poor", "."]),
    ]
    return EncodedLessons(
        split_of([VOCABULARY.ids(text) for text in texts], [1, 0, -1, 0, 1, 0]),
        np.array([-1, -1, -1, 0, 1, -1], np.int32),
        np.array([False] * 5 + [True]),
    )


def drawn(examples: LessonExamples, n_reviews: int) -> list[set[tuple[tuple[int, ...], float]]]:
    """What comes up in a hundred draws: the short texts, and the pairs."""
    seen: list[set[tuple[tuple[int, ...], float]]] = [set(), set()]
    for seed in range(100):
        for kind, texts in zip(
            seen, examples.draw(n_reviews, np.random.default_rng(seed)), strict=True
        ):
            kind |= {(tuple(ids.tolist()), target) for ids, target in texts}
    return seen


def test_neighbours_and_pairs_come_together() -> None:
    """Twins are in the same step, and so are both versions of a review."""
    examples = LessonExamples.of(lessons(), REVIEWS, np.array([0, 1, 2]))
    for seed in range(20):
        texts, pairs = examples.draw(2, np.random.default_rng(seed))
        assert len(texts) == 4
        for first, second in (texts[:2], texts[2:]):
            assert abs(first.target - second.target) in (0.5, 1.0)
        assert [len(pairs), abs(pairs[0].target - pairs[1].target)] == [2, 1.0]
        assert pairs[0].ids.tolist() != pairs[1].ids.tolist()


def test_what_is_held_out_is_not_learned() -> None:
    """Neither texts to choose by, nor edits of a review that validates."""
    examples = LessonExamples.of(lessons(), REVIEWS, np.array([1, 2]))
    texts, pairs = drawn(examples, 64)
    assert {target for _, target in texts} == {0.0, 0.5, 1.0}
    assert (tuple(VOCABULARY.ids(["not", "not", "poor", "."])), 0.0) not in texts
    fine, poor = (tuple(VOCABULARY.ids(["film", word, "."])) for word in ("fine", "poor"))
    assert pairs == {(poor, 0.0), (fine, 1.0)}


@pytest.mark.parametrize("learns", [True, False])
def test_a_network_learns_from_lessons(*, learns: bool) -> None:
    """'not poor' is praise only for a network that was taught so."""
    examples = LessonExamples.of(lessons(), REVIEWS, np.array([0, 1, 2])) if learns else None
    model = fit_student(VOCABULARY, REVIEWS, 60, lessons=examples)
    with torch.no_grad():
        (score,) = torch.sigmoid(model(*pad([VOCABULARY.ids(["not", "poor", "."])])))
    assert bool(score > 0.8) == learns
