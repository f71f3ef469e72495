"""The loop that all phases of training share: train an epoch, validate, save, keep the best one.

Every random choice of a step follows from the seed, the phase, the epoch's number and the step's
alone. So a run that was interrupted and resumed, even in the middle of an epoch, computes exactly
what an uninterrupted one does.

The examples of a step are prepared in Python. For a GPU other processes prepare them ahead, so that
it need not wait; and its loss is not read after every step.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.errors import InvalidCheckpoint, TrainingDiverged
from sentiment.training.checkpoint import (
    Checkpoint,
    UnfinishedEpoch,
    Weights,
    optimizer_tensors,
    restore_optimizer,
)
from sentiment.training.history import EpochMetrics, best_epoch, progress_line
from sentiment.training.prefetch import Prepared, n_processes_for, prepared
from sentiment.training.process_group import Group

Log = Callable[[str], None]

_PROGRESS_EVERY_S = 15.0
_CHECKPOINT_EVERY_S = 300.0  # within an epoch, which may take an hour
_WARM_UP = 0.1  # share of a one-cycle phase in which the learning rate rises


@dataclass(frozen=True)
class Run:
    """The settings that all phases of a training run share."""

    # phase name -> key that is equal for runs with identical results up to the end of that phase
    identify: Callable[[str], str]
    seed: int
    precision: torch.dtype  # of the LSTMs
    device: torch.device
    group: Group
    checkpoints: Path | None  # written every few minutes, read at the start of a phase
    log: Log

    def autocast(self) -> torch.autocast:
        """Return the context in which the LSTMs compute in `precision`."""
        is_half = self.precision != torch.float32
        return torch.autocast(
            self.device.type, self.precision if is_half else None, enabled=is_half
        )


@dataclass(frozen=True)
class Judgement:
    """Loss and accuracy on held-out reviews; the loss chooses the best epoch."""

    loss: float
    accuracy: float | None


@dataclass(frozen=True)
class Phase(Generic[Prepared]):
    """One training of one network."""

    name: str
    network: nn.Module
    optimizer: torch.optim.Optimizer  # every parameter group has a `share` of the learning rate
    learning_rate: float
    one_cycle: bool  # over all epochs the rate rises to its value and falls to nothing
    n_epochs: int
    batches: Callable[[np.random.Generator], list[NDArray[np.int64]]]  # of an epoch, its reviews
    # a batch's reviews -> the examples of a step; on the CPU, perhaps in another process
    prepare: Callable[[NDArray[np.int64], np.random.Generator], Prepared]
    # takes a step with those examples; returns (2,) float64: summed loss, number of predictions
    learn: Callable[[Prepared], Tensor]
    judge: Callable[[], Judgement]


def run_phase(run: Run, phase: Phase[Prepared]) -> list[EpochMetrics]:
    """Train the phase's network, from its checkpoint if there is one; leave it with its best epoch.

    Raises:
        TrainingDiverged: no epoch has a finite validation loss.
    """
    history: list[EpochMetrics] = []
    best_weights: Weights = {}
    unfinished = UnfinishedEpoch()
    checkpoint = run.group.object_from_first(
        _find_checkpoint(run, phase.name) if run.group.is_first else None
    )
    if checkpoint is not None:
        history, best_weights = list(checkpoint.history), checkpoint.best_weights
        if len(history) < phase.n_epochs:
            phase.network.load_state_dict(checkpoint.weights)
            restore_optimizer(phase.optimizer, checkpoint.optimizer_state)
        unfinished = checkpoint.unfinished
        within = f" steps_of_the_next={unfinished.n_steps}" if unfinished.n_steps else ""
        run.log(f"phase={phase.name} resumed_after_epoch={len(history)}{within}")

    def save(unfinished: UnfinishedEpoch) -> None:
        if run.checkpoints is not None and run.group.is_first:
            continues = len(history) < phase.n_epochs
            weights = _weights_on_cpu(phase.network) if continues else {}
            state = optimizer_tensors(phase.optimizer) if continues else {}
            identity = run.identify(phase.name)
            Checkpoint(identity, history, unfinished, weights, best_weights, state).write(
                run.checkpoints, phase.name
            )

    for epoch in range(len(history) + 1, phase.n_epochs + 1):
        started = time.monotonic() - unfinished.seconds
        loss = _train_epoch(run, phase, epoch, unfinished, save)
        unfinished = UnfinishedEpoch()
        judgement = phase.judge()
        seconds = time.monotonic() - started
        metrics = EpochMetrics(phase.name, epoch, loss, judgement.loss, judgement.accuracy, seconds)
        run.log(metrics.log_line())
        history.append(metrics)
        if best_epoch(history) is metrics:
            best_weights = {
                name: tensor.clone() for name, tensor in _weights_on_cpu(phase.network).items()
            }
        save(unfinished)
    if not math.isfinite(best_epoch(history).validation_loss):
        raise TrainingDiverged(
            f"training diverged: no epoch of {phase.name} has a finite validation loss; try a "
            "lower learning-rate"
        )
    phase.network.load_state_dict(best_weights)
    return history


def _train_epoch(
    run: Run,
    phase: Phase[Prepared],
    epoch: int,
    unfinished: UnfinishedEpoch,
    save: Callable[[UnfinishedEpoch], None],
) -> float:
    """Take the epoch's remaining steps and return the mean loss of all its steps."""
    started = time.monotonic() - unfinished.seconds
    logged = saved = time.monotonic()
    batches = phase.batches(np.random.default_rng(_entropy(run, phase.name, epoch)))
    n_reviews = sum(map(len, batches))
    n_done = sum(map(len, batches[: unfinished.n_steps]))
    total = torch.tensor(
        [unfinished.loss, unfinished.n_predictions], dtype=torch.float64, device=run.device
    )
    entropies = [_entropy(run, phase.name, epoch, step) for step in range(len(batches))]

    def prepare(step: int) -> Prepared:
        return phase.prepare(batches[step], np.random.default_rng(entropies[step]))

    steps = range(unfinished.n_steps, len(batches))
    contents = prepared(prepare, steps, n_processes_for(run.device))
    for step, content in zip(steps, contents, strict=True):
        done = (epoch - 1 + step / len(batches)) / phase.n_epochs
        factor = one_cycle(done) if phase.one_cycle else 1.0
        set_learning_rate(phase.optimizer, phase.learning_rate * factor)
        torch.manual_seed(_noise_seed(entropies[step], run.group.rank))
        total += phase.learn(content)
        n_done += len(batches[step])
        now = time.monotonic()
        if now - logged > _PROGRESS_EVERY_S:
            logged = now
            run.log(progress_line(phase.name, epoch, n_done / n_reviews, _mean_loss(total)))
        if now - saved > _CHECKPOINT_EVERY_S:
            saved = now
            loss, n_predictions = total.tolist()
            save(UnfinishedEpoch(step + 1, loss, int(n_predictions), now - started))
    return _mean_loss(total)


def _weights_on_cpu(network: nn.Module) -> Weights:
    return {name: tensor.cpu() for name, tensor in network.state_dict().items()}


def _mean_loss(total: Tensor) -> float:
    loss, n_predictions = total.tolist()
    return float(loss / max(1, n_predictions))


def judge(logits: Tensor, labels: Tensor) -> Judgement:
    """Return loss and accuracy of logits (reviews,) against labels (reviews,) of 0 and 1."""
    return Judgement(
        float(binary_cross_entropy_with_logits(logits, labels)),
        float(((logits > 0) == (labels > 0)).float().mean()),
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Give every parameter group its share of the rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def one_cycle(progress: float) -> float:
    """Return the factor of the learning rate at `progress` in [0, 1): up linearly, down by cosine.

    >>> one_cycle(0.05), one_cycle(0.1), round(one_cycle(0.9999), 4)
    (0.5, 1.0, 0.0)
    """
    if progress < _WARM_UP:
        return progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


def _entropy(run: Run, phase: str, *numbers: int) -> list[int]:
    """Return the entropy of a random choice, the same in every process."""
    return [run.seed, *phase.encode(), *numbers]


def _noise_seed(entropy: list[int], rank: int) -> int:
    """Return the seed of dropout, another one for every process."""
    return int(np.random.SeedSequence([*entropy, rank]).generate_state(1)[0])


def has_checkpoint(run: Run, phase: str) -> bool:
    """Return whether the phase resumes from a checkpoint, and ignores the weights it is given."""
    silent = replace(run, log=lambda _line: None)  # the phase itself logs it
    found = run.group.is_first and _find_checkpoint(silent, phase) is not None
    return run.group.object_from_first(found)


def _find_checkpoint(run: Run, phase: str) -> Checkpoint | None:
    if run.checkpoints is None:
        return None
    try:
        checkpoint = Checkpoint.read(run.checkpoints, phase)
    except InvalidCheckpoint as error:
        run.log(f"checkpoint ignored, {phase} starts over: {error}")
        return None
    if checkpoint is not None and checkpoint.identity != run.identify(phase):
        run.log(f"checkpoint ignored, {phase} starts over: it has other settings or data")
        return None
    return checkpoint
