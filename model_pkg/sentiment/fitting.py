"""Fitting the classifier to reviews and the probabilities that are to be said of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.batching import Batch, by_length, pad_reviews, shuffled_batches
from sentiment.checkpoint import EpochMetrics
from sentiment.dataset import EncodedSplit
from sentiment.epochs import (
    Judgement,
    Phase,
    Progress,
    Run,
    one_cycle,
    run_phase,
    set_learning_rate,
)
from sentiment.model import LSTMClassifier

_SCORING_BATCH = 128


@dataclass(frozen=True)
class Examples:
    """Reviews of a split, and the probability of 'positive' that is to be said of each."""

    split: EncodedSplit
    indices: NDArray[np.int64]
    targets: NDArray[np.float32]  # (reviews of the split,)

    def batch(self, indices: NDArray[np.int64], vocabulary_size: int) -> Batch:
        ids, lengths = pad_reviews(self.split, indices, vocabulary_size)
        return Batch(ids, lengths, torch.from_numpy(self.targets[indices]))


@dataclass(frozen=True)
class FittingPlan:
    """How a classifier is fitted."""

    phase: str
    n_epochs: int
    batch_size: int  # of all processes together
    learning_rate: float
    one_cycle: bool  # the rate rises to its value and falls to nothing; else it is constant
    gradient_clip: float  # greatest norm of a step's gradient; 0 for any
    vector_share: float  # of the learning rate, for the word vectors


def fit(
    run: Run,
    model: LSTMClassifier,
    examples: Examples,
    validation: Examples,
    plan: FittingPlan,
) -> list[EpochMetrics]:
    """Fit the model and leave it with the weights of the epoch of lowest validation loss."""
    network = run.group.wrap(model)
    vectors = list(model.embedding.parameters())
    others = [p for name, p in model.named_parameters() if not name.startswith("embedding.")]
    optimizer = torch.optim.Adam(
        [{"params": vectors, "share": plan.vector_share}, {"params": others, "share": 1.0}],
        fused=True,
    )

    def train_epoch(epoch: int) -> float:
        generator = np.random.default_rng([run.seed, epoch])
        batches = shuffled_batches(examples.split, examples.indices, plan.batch_size, generator)
        progress = Progress(run, plan.phase, epoch, len(examples.indices))
        model.train()
        for step, indices in enumerate(batches):
            done = (epoch - 1 + step / len(batches)) / plan.n_epochs
            rate = plan.learning_rate * (one_cycle(done) if plan.one_cycle else 1.0)
            set_learning_rate(optimizer, rate)
            batch = examples.batch(run.group.share(indices), model.embedding.num_embeddings)
            optimizer.zero_grad()
            loss = _loss(run, network, batch) * (run.group.size / len(indices))
            loss.backward()  # type: ignore[no-untyped-call]  # torch declares no types here
            if plan.gradient_clip:
                torch.nn.utils.clip_grad_norm_(model.parameters(), plan.gradient_clip)
            optimizer.step()
            loss_of_batch = run.group.total(loss.detach()) * len(indices) / run.group.size
            progress.add(len(indices), float(loss_of_batch), len(indices))
        return progress.mean_loss

    def judge() -> Judgement:
        logits = compute_logits(run, model, validation.split, validation.indices)
        labels = torch.from_numpy(validation.targets[validation.indices])
        return Judgement(
            float(binary_cross_entropy_with_logits(logits, labels)),
            float(((logits > 0) == (labels > 0)).float().mean()),
        )

    return run_phase(run, Phase(plan.phase, model, optimizer, plan.n_epochs, train_epoch, judge))


def _loss(run: Run, network: torch.nn.Module, batch: Batch) -> Tensor:
    """Summed cross-entropy of the batch."""
    batch = batch.to(run.device)
    with torch.autocast(run.device.type, torch.bfloat16, enabled=run.half_precision):
        logits = network(batch.ids, batch.lengths)
    return binary_cross_entropy_with_logits(logits, batch.targets, reduction="sum")


@torch.no_grad()
def compute_logits(
    run: Run, model: LSTMClassifier, split: EncodedSplit, indices: NDArray[np.int64]
) -> Tensor:
    """(reviews,) float32 logits of the reviews at `indices`, on the CPU; in full precision."""
    model.eval()
    logits = torch.zeros(len(indices))
    lengths = np.diff(split.offsets)[indices].tolist()
    batches = list(by_length(lengths, _SCORING_BATCH))
    for positions in run.group.share(batches):
        ids, words = pad_reviews(split, indices[positions], model.embedding.num_embeddings)
        logits[positions] = model(ids.to(run.device), words.to(run.device)).cpu()
    return run.group.total(logits)
