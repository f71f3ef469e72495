"""Fitting the classifier to reviews and their target probabilities.

Word dropout replaces words by 'infrequent'. Excerpts of the reviews are learned too, some with
other names; so are synthetic examples, such as negations and concessions, and the lessons of
data/lessons. And the word vectors get an adversarial perturbation (Miyato, Dai & Goodfellow,
"Adversarial Training Methods for Semi-Supervised Text Classification", 2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.lesson_examples import LessonExamples
from sentiment.augmentation.names import Names
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.data.dataset import EncodedSplit
from sentiment.models.cudnn_lstm import MOST_REVIEWS
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.text.padding import by_length
from sentiment.text.vocabulary import FIRST_WORD_ID, INFREQUENT_ID, PADDING_ID
from sentiment.training.batches import Batch, pad, pad_reviews, shuffled_batches
from sentiment.training.epoch_loop import (
    Judgement,
    Phase,
    Run,
    judge,
    run_phase,
)
from sentiment.training.history import EpochMetrics
from sentiment.training.optimizer_step import ScaledOptimizer

_SCORING_BATCH = 128
_EXCERPTS = 4  # of each review that a step learns, where it learns any
_EXCHANGED = 0.5  # share of the excerpts that are learned with other names
_SYNTHETIC_WEIGHT = 0.5  # of a synthetic example, relative to all excerpts of a review


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
class _Step:
    """The batches that a process trains on in one step."""

    n_reviews: int  # of all processes
    reviews: Batch
    excerpts: Sequence[Batch]
    synthetic: Sequence[Batch]
    lessons: Sequence[Batch]


@dataclass(frozen=True)
class _Part:
    """A batch of a step, and what it counts; `norms` (batch,) of its perturbations, or None."""

    batch: Batch
    weight: float  # of its loss, and again of its loss under perturbation
    norms: Tensor | None


def fit(
    run: Run,
    model: LSTMClassifier,
    examples: Examples,
    validation: Examples,
    plan: FittingPlan,
) -> list[EpochMetrics]:
    """Fit the model and leave it with the weights of the epoch of lowest validation loss."""
    network = run.group.wrap(model)
    vectors = model.embedding.weight
    others = [p for name, p in model.named_parameters() if not name.startswith("embedding.")]
    adam = torch.optim.Adam(
        [{"params": [vectors], "share": plan.vector_share}, {"params": others, "share": 1.0}],
        fused=True,
    )

    optimizer = ScaledOptimizer(adam, model, plan.gradient_clip, run.precision, run.device)
    n_dimensions = vectors.shape[1]
    scale_of_vectors = float(vectors.detach()[FIRST_WORD_ID:].square().mean().sqrt())

    def batches(generator: np.random.Generator) -> list[NDArray[np.int64]]:
        return shuffled_batches(examples.split, examples.indices, plan.batch_size, generator)

    def prepare(indices: NDArray[np.int64], generator: np.random.Generator) -> _Step:
        return _prepare(run, examples, plan, indices, generator)

    def learn(step: _Step) -> Tensor:
        model.train()
        optimizer.zero_grad()
        scale = run.group.size / step.n_reviews
        parts = [(part, _probe(part, n_dimensions)) for part in _parts(run, step, plan)]
        disturbed = [(part, probe) for part, probe in parts if probe is not None]
        clean: list[Tensor] = []
        if disturbed:
            with run.group.apart(network):
                clean = _losses(run, network, disturbed)
                optimizer.backward(torch.stack(clean).sum() * scale)
        worst = [(part, _worst(part, probe, scale_of_vectors)) for part, probe in parts]
        losses = _losses(run, network, worst)
        # one backward pass for all: each one costs a gradient the size of the vocabulary
        optimizer.backward(torch.stack(losses).sum() * scale)
        optimizer.step()
        of_reviews = losses[0] if parts[0][1] is None else clean[0]
        of_all = run.group.total(of_reviews.detach())
        return torch.stack([of_all, of_all.new_full((), step.n_reviews)]).double()

    def judge_epoch() -> Judgement:
        logits = compute_logits(run, model, validation.split, validation.indices)
        return judge(logits, torch.from_numpy(validation.targets[validation.indices]))

    return run_phase(
        run,
        Phase(
            plan.phase,
            model,
            adam,
            plan.learning_rate,
            one_cycle=plan.one_cycle,
            n_epochs=plan.n_epochs,
            batches=batches,
            prepare=prepare,
            learn=learn,
            judge=judge_epoch,
        ),
    )


def _prepare(
    run: Run,
    examples: Examples,
    plan: FittingPlan,
    indices: NDArray[np.int64],
    generator: np.random.Generator,
) -> _Step:
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
    return _Step(len(indices), reviews, [*cut], [*made], [*lessons])


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
    owners = np.repeat(indices, _EXCERPTS)
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


def _parts(run: Run, step: _Step, plan: FittingPlan) -> Iterator[_Part]:
    """Yield the step's batches on the device: the reviews, then all short texts."""
    reviews = _drop_words(step.reviews.to(run.device), plan.word_dropout)
    norms = torch.full((len(reviews.ids),), plan.perturbation, device=run.device)
    yield _Part(reviews, 1.0, norms if plan.perturbation else None)
    of_excerpt = plan.excerpt_weight / _EXCERPTS
    of_synthetic = plan.excerpt_weight * _SYNTHETIC_WEIGHT
    kinds = (
        (step.excerpts, of_excerpt, plan.word_dropout),
        (step.synthetic, of_synthetic, 0.0),
        (step.lessons, plan.lesson_weight, plan.word_dropout),
    )
    for batches, weight, word_dropout in kinds:
        for batch in batches:
            short = _drop_words(batch.to(run.device), word_dropout)
            if plan.short_perturbation:
                norms = plan.short_perturbation * short.lengths.float().sqrt()
                # the two losses share the weight
                yield _Part(short, weight / 2, norms.clamp(max=plan.perturbation or None))
            else:
                yield _Part(short, weight, None)


def _drop_words(batch: Batch, share: float) -> Batch:
    if not share:
        return batch
    dropped = torch.rand(batch.ids.shape, device=batch.ids.device) < share
    ids = batch.ids.masked_fill(dropped & (batch.ids != PADDING_ID), INFREQUENT_ID)
    return replace(batch, ids=ids)


def _losses(
    run: Run, network: nn.Module, parts: Sequence[tuple[_Part, Tensor | None]]
) -> list[Tensor]:
    """Return each batch's weighted, summed cross-entropy under its perturbation."""
    losses = []
    for part, perturbation in parts:
        batch = part.batch
        with run.autocast():
            logits = network(batch.ids, batch.lengths, perturbation)
        loss = binary_cross_entropy_with_logits(logits, batch.targets, reduction="sum")
        losses.append(loss * part.weight)
    return losses


def _probe(part: _Part, n_dimensions: int) -> Tensor | None:
    """Return zeros (batch, time, embedding) whose gradient is wanted; None if it is not."""
    if part.norms is None:
        return None
    ids = part.batch.ids
    return torch.zeros((*ids.shape, n_dimensions), device=ids.device, requires_grad=True)


def _worst(part: _Part, probe: Tensor | None, scale: float) -> Tensor | None:
    if part.norms is None or probe is None:
        return None
    return adversarial_perturbation(probe, part.norms * scale)


def adversarial_perturbation(probe: Tensor, norms: Tensor) -> Tensor:
    """Return (batch, time, embedding), of these norms (batch,), along the loss's gradient.

    probe (batch, time, embedding) of zeros, added to the word vectors when the loss was computed.
    See Miyato, Dai and Goodfellow, "Adversarial Training Methods for Semi-Supervised Text
    Classification", 2017.

    >>> probe = torch.zeros(1, 2, 1, requires_grad=True)
    >>> (probe * torch.tensor([[[3.0], [4.0]]])).sum().backward()
    >>> adversarial_perturbation(probe, torch.tensor([10.0])).flatten().tolist()
    [6.0, 8.0]
    """
    gradient = cast("Tensor", probe.grad).flatten(1)
    return (norms[:, None] * nn.functional.normalize(gradient, dim=1)).view_as(probe)


def compute_logits(
    run: Run, model: LSTMClassifier, split: EncodedSplit, indices: NDArray[np.int64]
) -> Tensor:
    """Return logits (reviews,) of the reviews at `indices`, on the CPU and computed in float32."""
    return compute_parts(run, model, split, indices).sum(1)


@torch.no_grad()
def compute_parts(
    run: Run, model: LSTMClassifier, split: EncodedSplit, indices: NDArray[np.int64]
) -> Tensor:
    """Return float32 (reviews, parts) that add up to the logits, see `LSTMClassifier.parts`."""
    model.eval()
    parts = torch.zeros(len(indices), model.n_parts)
    lengths = np.diff(split.offsets)[indices].tolist()
    batches = list(by_length(lengths, _SCORING_BATCH))
    for positions in run.group.share(batches):
        ids, words = pad_reviews(split, indices[positions])
        parts[positions] = model.parts(ids.to(run.device), words.to(run.device)).cpu()
    return run.group.total(parts)
