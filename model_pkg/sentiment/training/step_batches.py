"""What a fit of a classifier learns: its reviews, its settings, and the batches of each step.

Excerpts of the reviews are learned too, some with other names; so are synthetic examples, such as
negations and concessions, and the lessons of data/lessons.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.lesson_examples import LessonExamples
from sentiment.augmentation.names import Names
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.data.dataset import EncodedSplit
from sentiment.models.cudnn_lstm import MOST_REVIEWS
from sentiment.text.padding import by_length
from sentiment.training.batches import Batch, pad, pad_reviews
from sentiment.training.epoch_loop import Run

EXCERPTS = 4  # of each review that a step learns, where it learns any
_EXCHANGED = 0.5  # share of the excerpts that are learned with other names


@dataclass(frozen=True)
class Examples:
    """Reviews of a split, and the target probability of 'positive' of each."""

    split: EncodedSplit
    indices: NDArray[np.int64]
    targets: NDArray[np.float32]  # (reviews of the split,)

    def batch(self, indices: NDArray[np.int64]) -> Batch:
        """Return the reviews at `indices`, padded."""
        ids, lengths = pad_reviews(self.split, indices)
        return Batch(ids, lengths, torch.from_numpy(self.targets[indices]))


@dataclass(frozen=True)
class FittingPlan:
    """The settings of one fit of a classifier."""

    phase: str
    n_epochs: int
    batch_size: int  # of all processes together
    learning_rate: float
    one_cycle: bool  # the rate rises to its value and falls to nothing; else it is constant
    gradient_clip: float  # greatest norm of a step's gradient; 0 for any
    vector_share: float  # of the learning rate, for the word vectors
    word_dropout: float  # share of the words that are read as 'infrequent'; not of synthetic ones
    excerpts: Excerpts
    excerpt_weight: float  # of its excerpts' loss beside a review's; 0 for no excerpts
    names: Names  # to be exchanged for others in excerpts
    synthetic: SyntheticExamples | None  # learned as excerpts are
    lessons: LessonExamples | None
    lesson_weight: float  # of a lesson's loss beside a review's
    perturbation: float  # adversarial: a review's norm, in RMS of the vectors' numbers; 0 for none
    short_perturbation: float  # a short text's, for the root of its words, up to `perturbation`


@dataclass(frozen=True)
class Step:
    """The batches that a process trains on in one step."""

    n_reviews: int  # of all processes
    reviews: Batch
    excerpts: Sequence[Batch]
    synthetic: Sequence[Batch]
    lessons: Sequence[Batch]


def prepare_step(
    run: Run,
    examples: Examples,
    plan: FittingPlan,
    indices: NDArray[np.int64],
    generator: np.random.Generator,
) -> Step:
    """Return what this process learns in the step that takes the reviews at `indices`."""
    reviews = examples.batch(run.group.share(indices))
    cut: Iterable[Batch] = ()
    made: Iterable[Batch] = ()
    if plan.excerpt_weight:
        cut = _cut(run, examples, indices, plan, generator)
        if plan.synthetic is not None:
            made = _make_up(run, examples, indices, plan.synthetic, generator)
    lessons: Iterable[Batch] = ()
    if plan.lessons is not None and plan.lesson_weight:
        lessons = _draw_lessons(run, plan.lessons, len(indices), generator)
    return Step(len(indices), reviews, [*cut], [*made], [*lessons])


def _cut(
    run: Run,
    examples: Examples,
    indices: NDArray[np.int64],
    plan: FittingPlan,
    generator: np.random.Generator,
) -> Iterator[Batch]:
    """Yield a process's share of the reviews' excerpts, in batches of like length.

    A GPU takes larger batches: its time depends on the number of words, hardly on that of reviews.
    """
    owners = np.repeat(indices, EXCERPTS)
    cut = [plan.excerpts.cut(examples.split.review(owner), generator) for owner in owners.tolist()]
    others = plan.names.exchange(generator)
    is_exchanged = generator.random(len(cut)) < _EXCHANGED
    cut = [others[words] if yes else words for words, yes in zip(cut, is_exchanged, strict=True)]
    most = max(MOST_REVIEWS, len(indices)) if run.device.type == "cuda" else len(indices)
    for positions in by_length([len(words) for words in cut], most):
        share = run.group.share(positions)
        if share:  # the last batch may be smaller than the group; see `_make_up`
            ids, lengths = pad([cut[position] for position in share])
            yield Batch(ids, lengths, torch.from_numpy(examples.targets[owners[share]]))


def _make_up(
    run: Run,
    examples: Examples,
    indices: NDArray[np.int64],
    synthetic: SyntheticExamples,
    generator: np.random.Generator,
) -> Iterator[Batch]:
    """Yield a process's share of the synthetic examples in batches; one batch for a GPU."""
    reviews = [(examples.split.review(i), float(examples.targets[i])) for i in indices.tolist()]
    kinds = synthetic.make(reviews, generator)
    for made in [[*chain.from_iterable(kinds)]] if run.device.type == "cuda" else kinds:
        share = made[run.group.rank :: run.group.size]
        if share:  # processes may differ in the number of forward passes, not of backward passes
            targets = torch.tensor([example.target for example in share])
            yield Batch(*pad([example.ids for example in share]), targets)


def _draw_lessons(
    run: Run, lessons: LessonExamples, n_reviews: int, generator: np.random.Generator
) -> Iterator[Batch]:
    """Yield a process's share of a step's lessons, one batch of sentences and one of reviews."""
    for examples in lessons.draw(n_reviews, generator):
        share = examples[run.group.rank :: run.group.size]
        if share:
            targets = torch.tensor([example.target for example in share])
            yield Batch(*pad([example.ids for example in share]), targets)
