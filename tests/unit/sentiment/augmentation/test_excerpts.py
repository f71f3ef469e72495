"""Excerpts of reviews."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sentiment.augmentation.excerpts import Excerpts
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.epoch_loop import Run
from sentiment.training.process_group import Group
from sentiment.training.step_batches import Examples, _cut
from tests.support.trained import split_of, student_plan

EXCERPTS = Excerpts.of(Vocabulary([".", "!", "?", "film", "good"]))
REVIEWS = st.lists(st.integers(1, 6), max_size=300).map(lambda ids: np.array(ids, np.int64))
SEEDS = st.integers(0, 1_000)


@given(REVIEWS, SEEDS)
def test_an_excerpt_is_a_part_of_its_review(review: NDArray[np.int64], seed: int) -> None:
    """Words in a row, at most 120 of them, and some where the review has some."""
    excerpt = EXCERPTS.cut(review, np.random.default_rng(seed))
    assert len(excerpt) <= 120
    assert bool(len(excerpt)) == bool(len(review))
    starts = range(len(review) - len(excerpt) + 1)
    assert any(np.array_equal(review[at : at + len(excerpt)], excerpt) for at in starts)


@given(st.integers(1, 30), SEEDS)
def test_excerpts_begin_and_end_with_sentences(n_sentences: int, seed: int) -> None:
    """No sentence of a well-formed review is cut in two, and at most three are taken."""
    review = np.array([5, 6, 5, 2] * n_sentences)
    excerpt = EXCERPTS.cut(review, np.random.default_rng(seed))
    assert excerpt.tolist() == [5, 6, 5, 2] * (len(excerpt) // 4)
    assert len(excerpt) // 4 in (1, 2, 3)


def test_every_sentence_is_taken_at_times() -> None:
    """The place and the number of sentences are random."""
    generator = np.random.default_rng(1)
    review = np.array([5, 5, 2, 5, 6, 3, 6, 6, 4])
    found = {tuple(EXCERPTS.cut(review, generator)) for _ in range(200)}
    assert found == {
        tuple(review[start:stop])
        for start, stop in ((0, 3), (3, 6), (6, 9), (0, 6), (3, 9), (0, 9))
    }


def test_marks_in_a_row_are_not_a_sentence() -> None:
    """'...' and '!!!' belong to the sentence before them."""
    review = np.array([5, 6, 5, 2, 2, 2, 3, 3, 3])
    for seed in range(20):
        excerpt = EXCERPTS.cut(review, np.random.default_rng(seed))
        assert excerpt[:4].tolist() == [5, 6, 5, 2]


def test_sentences_that_deny_are_drawn_more_often() -> None:
    """A place whose sentence negates something is three times as likely as another."""
    excerpts = Excerpts.of(Vocabulary([".", "!", "?", "film", "isn't"]))
    generator = np.random.default_rng(1)
    review = np.array([5, 5, 2, 5, 6, 3])
    firsts = [tuple(excerpts.cut(review, generator)[:2]) for _ in range(2_000)]
    assert 0.72 < firsts.count((5, 6)) / len(firsts) < 0.78


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_each_of_many_processes_learns_its_share_of_them(device: str) -> None:
    """All of them together every excerpt once; the last batch may have none for some."""
    split = split_of([[5, 6, 2]] * 33, [0, 1, 1] * 11)
    examples = Examples(split, np.arange(33), split.labels.astype(np.float32))
    plan = student_plan(Vocabulary([".", "!", "?", "film", "good"]), 1)
    n_learned = []
    for rank in range(8):
        group = Group(rank, 8)
        run = Run(str, 1, torch.float32, torch.device(device), group, None, lambda _line: None)
        batches = list(_cut(run, examples, examples.indices, plan, np.random.default_rng(1)))
        assert all(len(batch.ids) == len(batch.targets) > 0 for batch in batches)
        n_learned.append([len(batch.targets) for batch in batches])
    assert sum(map(sum, n_learned)) == 4 * 33
    assert len(n_learned[7]) == (4 if device == "cpu" else 1)
