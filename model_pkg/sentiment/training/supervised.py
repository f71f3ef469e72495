"""Fitting the classifier to reviews and their target probabilities.

Word dropout replaces words by 'infrequent', and the word vectors get an adversarial perturbation
(Miyato, Dai & Goodfellow, "Adversarial Training Methods for Semi-Supervised Text Classification",
2017). `step_batches` has what is learned beside the reviews.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.data.dataset import EncodedSplit
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.text.padding import by_length
from sentiment.text.vocabulary import FIRST_WORD_ID, INFREQUENT_ID, PADDING_ID
from sentiment.training.batches import Batch, pad_reviews, shuffled_batches
from sentiment.training.epoch_loop import (
    Judgement,
    Phase,
    Run,
    judge,
    run_phase,
)
from sentiment.training.history import EpochMetrics
from sentiment.training.optimizer_step import ScaledOptimizer
from sentiment.training.step_batches import EXCERPTS, Examples, FittingPlan, Step, prepare_step

_SCORING_BATCH = 128
_SYNTHETIC_WEIGHT = 0.5  # of a synthetic example, relative to all excerpts of a review


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

    def prepare(indices: NDArray[np.int64], generator: np.random.Generator) -> Step:
        return prepare_step(run, examples, plan, indices, generator)

    def learn(step: Step) -> Tensor:
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


def _parts(run: Run, step: Step, plan: FittingPlan) -> Iterator[_Part]:
    """Yield the step's batches on the device: the reviews, then all short texts."""
    reviews = _drop_words(step.reviews.to(run.device), plan.word_dropout)
    norms = torch.full((len(reviews.ids),), plan.perturbation, device=run.device)
    yield _Part(reviews, 1.0, norms if plan.perturbation else None)
    of_excerpt = plan.excerpt_weight / EXCERPTS
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
