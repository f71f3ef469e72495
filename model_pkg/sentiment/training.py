"""The training loop: dataset in, best model by validation out, resumable after every epoch.

Every random choice of an epoch follows from the seed and the epoch's number alone, so a run that
was interrupted and resumed computes exactly what an uninterrupted one does.
"""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.batching import Batch, by_length, make_batch, shuffled_batches
from sentiment.calibration import fit_temperature, fit_unsure_below
from sentiment.checkpoint import (
    Checkpoint,
    EpochMetrics,
    Weights,
    optimizer_tensors,
    restore_optimizer,
)
from sentiment.dataset import EncodedSplit, TrainingDataset
from sentiment.errors import InvalidCheckpoint, InvalidHyperparameter
from sentiment.hyperparameters import Hyperparameters
from sentiment.model import LSTMClassifier
from sentiment.recipe import Recipe, find_recipe
from sentiment.vectors import word_vectors

Log = Callable[[str], None]

_SCORING_BATCH = 128
_PROGRESS_EVERY_S = 15.0
_VECTOR_SHARE = 0.5
_WARM_UP = 0.1  # share of a one-cycle run in which the learning rate rises


@dataclass(frozen=True)
class TrainedModel:
    """The best epoch's model, and how it came about."""

    model: LSTMClassifier
    temperature: float
    unsure_below: float
    history: list[EpochMetrics]
    best: EpochMetrics


@dataclass(frozen=True)
class _Reviews:
    """Which reviews of the train split are learned from, and which choose the best epoch."""

    split: EncodedSplit
    train: NDArray[np.int64]
    validation: NDArray[np.int64]


def train(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    *,
    device: torch.device,
    checkpoints: Path | None = None,
    log: Log = print,
) -> TrainedModel:
    """Train by the settings and return the epoch with the lowest validation loss.

    One metric line per epoch goes to `log`; `checkpoints` is read at the start and written after
    every epoch.

    Raises:
        InvalidHyperparameter: more validation or sample reviews are asked for than there are.
    """
    recipe = find_recipe(settings.recipe)
    vocabulary_size = min(settings.vocab_size, len(dataset.vocabulary))
    reviews = _choose_reviews(dataset.train, settings)
    identity = run_identity(settings, dataset)
    checkpoint = _find_checkpoint(checkpoints, identity, log)

    torch.manual_seed(settings.seed)
    model = build_model(recipe, settings, vocabulary_size)
    if checkpoint is None and recipe.pretrains_vectors:
        _lay_word_vectors(model, dataset, settings, log)
    model.to(device)
    optimizer = _make_optimizer(model, recipe)
    history: list[EpochMetrics] = []
    best_weights: Weights = {}
    if checkpoint is not None:
        model.load_state_dict(checkpoint.weights)
        restore_optimizer(optimizer, checkpoint.optimizer_state)
        history, best_weights = list(checkpoint.history), checkpoint.best_weights
        log(f"resumed_after_epoch={len(history)}")

    for epoch in range(len(history) + 1, settings.epochs + 1):
        started = time.monotonic()
        loss = _train_epoch(model, optimizer, reviews, settings, recipe, epoch, device, log)
        logits, labels = compute_logits(model, reviews.split, reviews.validation, device)
        metrics = EpochMetrics(
            epoch,
            loss,
            float(binary_cross_entropy_with_logits(logits, labels)),
            float(((logits > 0) == (labels > 0)).float().mean()),
            time.monotonic() - started,
        )
        log(metrics.as_line())
        history.append(metrics)
        if _best(history) is metrics:
            best_weights = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}
        if checkpoints is not None:
            weights = {name: tensor.cpu() for name, tensor in model.state_dict().items()}
            state = optimizer_tensors(optimizer)
            Checkpoint(identity, history, weights, best_weights, state).write(checkpoints)

    model.load_state_dict(best_weights)
    logits, labels = compute_logits(model, reviews.split, reviews.validation, device)
    temperature = fit_temperature(logits, labels)
    unsure_below = fit_unsure_below(logits, temperature)
    return TrainedModel(model.cpu(), temperature, unsure_below, history, _best(history))


def build_model(recipe: Recipe, settings: Hyperparameters, vocabulary_size: int) -> LSTMClassifier:
    """The recipe's network in the settings' sizes, freshly initialised."""
    return LSTMClassifier(
        settings.embedding_dim,
        settings.hidden_dim,
        vocabulary_size,
        bidirectional=recipe.bidirectional,
        pooling=recipe.pooling,
        dropout=settings.dropout,
        word_dropout=settings.word_dropout,
    )


def run_identity(settings: Hyperparameters, dataset: TrainingDataset) -> str:
    """The same for two runs that compute the same thing."""
    content = {"settings": settings.as_json(), "data": dataset.description.fingerprint}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@torch.no_grad()
def compute_logits(
    model: LSTMClassifier, split: EncodedSplit, indices: NDArray[np.int64], device: torch.device
) -> tuple[Tensor, Tensor]:
    """(logits, labels) of the reviews at `indices`, both (reviews,) float32 on the CPU."""
    model.eval()
    logits, labels = torch.zeros(len(indices)), torch.zeros(len(indices))
    lengths = np.diff(split.offsets)[indices].tolist()
    for positions in by_length(lengths, _SCORING_BATCH):
        batch = make_batch(split, indices[positions], model.embedding.num_embeddings).to(device)
        logits[positions] = model(batch.ids, batch.lengths).cpu()
        labels[positions] = batch.labels.cpu()
    return logits, labels


def _choose_reviews(split: EncodedSplit, settings: Hyperparameters) -> _Reviews:
    """A seeded choice; of a sample, a fifth validates when the full validation size is too many."""
    order = np.random.default_rng(settings.seed).permutation(len(split))
    if settings.sample > len(split):
        raise InvalidHyperparameter(
            f"sample is {settings.sample}, but the train split holds {len(split)} reviews"
        )
    chosen = order[: settings.sample] if settings.sample else order
    n_validation = settings.validation_size
    if settings.sample:
        n_validation = min(n_validation, max(1, len(chosen) // 5))
    if n_validation >= len(chosen):
        raise InvalidHyperparameter(
            f"validation-size is {n_validation}, which leaves none of the {len(chosen)} reviews "
            "to learn from"
        )
    return _Reviews(split, chosen[n_validation:], chosen[:n_validation])


def _find_checkpoint(folder: Path | None, identity: str, log: Log) -> Checkpoint | None:
    if folder is None:
        return None
    try:
        checkpoint = Checkpoint.read(folder)
    except InvalidCheckpoint as error:
        log(f"checkpoint ignored, training starts over: {error}")
        return None
    if checkpoint is not None and checkpoint.identity != identity:
        log("checkpoint ignored, training starts over: it is of other settings or data")
        return None
    return checkpoint


def _lay_word_vectors(
    model: LSTMClassifier, dataset: TrainingDataset, settings: Hyperparameters, log: Log
) -> None:
    started = time.monotonic()
    splits = [dataset.train, *([dataset.unlabelled] if dataset.unlabelled else [])]
    n_words, dimension = model.embedding.weight.shape
    vectors = word_vectors(splits, n_words, dimension, settings.seed)
    with torch.no_grad():
        model.embedding.weight.copy_(vectors)
    n_reviews = sum(map(len, splits))
    seconds = time.monotonic() - started
    log(f"word_vectors={n_words}x{dimension} reviews={n_reviews} seconds={seconds:.1f}")


def _make_optimizer(model: LSTMClassifier, recipe: Recipe) -> torch.optim.Optimizer:
    """Adam; word vectors that were trained before learn at their share of the rate."""
    share = _VECTOR_SHARE if recipe.pretrains_vectors else 1.0
    vectors = list(model.embedding.parameters())
    others = [p for name, p in model.named_parameters() if not name.startswith("embedding.")]
    return torch.optim.Adam([{"params": vectors, "share": share}, {"params": others, "share": 1.0}])


def _train_epoch(
    model: LSTMClassifier,
    optimizer: torch.optim.Optimizer,
    reviews: _Reviews,
    settings: Hyperparameters,
    recipe: Recipe,
    epoch: int,
    device: torch.device,
    log: Log,
) -> float:
    """Mean training loss over one pass."""
    generator = np.random.default_rng([settings.seed, epoch])
    torch.manual_seed(settings.seed * 1_000_003 + epoch)
    batches = shuffled_batches(reviews.split, reviews.train, settings.batch_size, generator)
    n_steps = settings.epochs * len(batches)
    total_loss, n_done = 0.0, 0
    reported = time.monotonic()
    model.train()
    for step, indices in enumerate(batches, start=(epoch - 1) * len(batches)):
        rate = settings.learning_rate * (one_cycle(step / n_steps) if recipe.one_cycle else 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate * group["share"]
        batch = make_batch(reviews.split, indices, model.embedding.num_embeddings).to(device)
        total_loss += _train_step(model, optimizer, batch, settings, recipe) * len(indices)
        n_done += len(indices)
        if time.monotonic() - reported > _PROGRESS_EVERY_S:
            reported = time.monotonic()
            share = n_done / len(reviews.train)
            log(f"progress epoch={epoch} done={share:.0%} running_loss={total_loss / n_done:.4f}")
    return total_loss / n_done


def _train_step(
    model: LSTMClassifier,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    settings: Hyperparameters,
    recipe: Recipe,
) -> float:
    half = settings.precision == "bfloat16"
    with torch.autocast(batch.ids.device.type, torch.bfloat16, enabled=half):
        logits = model(batch.ids, batch.lengths)
    loss = binary_cross_entropy_with_logits(logits, batch.labels)
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch declares no types here
    if recipe.gradient_clip:
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.gradient_clip)
    optimizer.step()
    return loss.item()


def one_cycle(progress: float) -> float:
    """Factor of the learning rate at `progress` in [0, 1): up in a straight line, down by cosine.

    >>> one_cycle(0.05), one_cycle(0.1), round(one_cycle(0.9999), 4)
    (0.5, 1.0, 0.0)
    """
    if progress < _WARM_UP:
        return progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


def _best(history: list[EpochMetrics]) -> EpochMetrics:
    return min(history, key=lambda metrics: metrics.validation_loss)
