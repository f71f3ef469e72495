"""The loop that every phase of training shares: epochs, judged, checkpointed, the best one kept.

Every random choice of an epoch follows from the seed, the phase and the epoch's number alone, so a
run that was interrupted and resumed computes exactly what an uninterrupted one does.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.checkpoint import (
    Checkpoint,
    EpochMetrics,
    Weights,
    optimizer_tensors,
    restore_optimizer,
)
from sentiment.distributed import Group
from sentiment.errors import InvalidCheckpoint

Log = Callable[[str], None]

_PROGRESS_EVERY_S = 15.0
_WARM_UP = 0.1  # share of a one-cycle phase in which the learning rate rises


@dataclass(frozen=True)
class Run:
    """What all phases of a training run share."""

    identify: Callable[
        [str], str
    ]  # a phase -> the same for runs that compute the same till its end
    seed: int
    half_precision: bool  # the LSTMs compute in bfloat16
    device: torch.device
    group: Group
    checkpoints: Path | None  # written after every epoch, read at a phase's beginning
    log: Log


@dataclass(frozen=True)
class Judgement:
    """How a network does on reviews that were held out; the loss chooses the best epoch."""

    loss: float
    accuracy: float | None


@dataclass(frozen=True)
class Phase:
    """One training of one network."""

    name: str
    network: nn.Module
    optimizer: torch.optim.Optimizer  # every parameter group has a `share` of the learning rate
    n_epochs: int
    train_epoch: Callable[[int], float]  # the epoch's number, from 1 -> its mean loss
    judge: Callable[[], Judgement]


def run_phase(run: Run, phase: Phase) -> list[EpochMetrics]:
    """Train the phase's network, going on from a checkpoint; it is left with its best epoch."""
    history: list[EpochMetrics] = []
    best_weights: Weights = {}
    checkpoint = run.group.object_from_first(
        _find_checkpoint(run, phase.name) if run.group.is_first else None
    )
    if checkpoint is not None:
        phase.network.load_state_dict(checkpoint.weights)
        restore_optimizer(phase.optimizer, checkpoint.optimizer_state)
        history, best_weights = list(checkpoint.history), checkpoint.best_weights
        run.log(f"phase={phase.name} resumed_after_epoch={len(history)}")
    for epoch in range(len(history) + 1, phase.n_epochs + 1):
        started = time.monotonic()
        torch.manual_seed(_noise_seed(run, phase.name, epoch))
        loss = phase.train_epoch(epoch)
        judgement = phase.judge()
        seconds = time.monotonic() - started
        metrics = EpochMetrics(phase.name, epoch, loss, judgement.loss, judgement.accuracy, seconds)
        run.log(metrics.as_line())
        history.append(metrics)
        if best_epoch(history) is metrics:
            best_weights = {
                name: tensor.detach().cpu().clone()
                for name, tensor in phase.network.state_dict().items()
            }
        if run.checkpoints is not None and run.group.is_first:
            weights = {name: tensor.cpu() for name, tensor in phase.network.state_dict().items()}
            state = optimizer_tensors(phase.optimizer)
            Checkpoint(run.identify(phase.name), history, weights, best_weights, state).write(
                run.checkpoints, phase.name
            )
    phase.network.load_state_dict(best_weights)
    return history


def judge(logits: Tensor, labels: Tensor) -> Judgement:
    """Of logits (reviews,) and labels (reviews,) of 0 and 1."""
    return Judgement(
        float(binary_cross_entropy_with_logits(logits, labels)),
        float(((logits > 0) == (labels > 0)).float().mean()),
    )


def best_epoch(history: list[EpochMetrics]) -> EpochMetrics:
    """The epoch with the lowest validation loss; the first of equals."""
    return min(history, key=lambda metrics: metrics.validation_loss)


def set_learning_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Every parameter group's share of the rate."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def one_cycle(progress: float) -> float:
    """Factor of the learning rate at `progress` in [0, 1): up in a straight line, down by cosine.

    >>> one_cycle(0.05), one_cycle(0.1), round(one_cycle(0.9999), 4)
    (0.5, 1.0, 0.0)
    """
    if progress < _WARM_UP:
        return progress / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - _WARM_UP) / (1 - _WARM_UP)))


class Progress:
    """Says now and then how far an epoch is; `mean_loss` is that of what is done."""

    def __init__(self, run: Run, phase: str, epoch: int, total: int) -> None:
        self._run, self._phase, self._epoch, self._total = run, phase, epoch, total
        self._said = time.monotonic()
        self._n_done = 0
        self._loss, self._n_losses = 0.0, 0

    @property
    def mean_loss(self) -> float:
        return self._loss / max(1, self._n_losses)

    def add(self, n_reviews: int, loss: float, n_losses: int) -> None:
        """Count reviews as done, and the summed loss of `n_losses` guesses among them."""
        self._n_done += n_reviews
        self._loss += loss
        self._n_losses += n_losses
        if time.monotonic() - self._said > _PROGRESS_EVERY_S:
            self._said = time.monotonic()
            self._run.log(
                f"progress phase={self._phase} epoch={self._epoch} "
                f"done={self._n_done / self._total:.1%} running_loss={self.mean_loss:.4f}"
            )


def _noise_seed(run: Run, phase: str, epoch: int) -> int:
    """Of dropout: another one for every phase, epoch and process."""
    entropy = [run.seed, *phase.encode(), epoch, run.group.rank]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def _find_checkpoint(run: Run, phase: str) -> Checkpoint | None:
    if run.checkpoints is None:
        return None
    try:
        checkpoint = Checkpoint.read(run.checkpoints, phase)
    except InvalidCheckpoint as error:
        run.log(f"checkpoint ignored, {phase} starts over: {error}")
        return None
    if checkpoint is not None and checkpoint.identity != run.identify(phase):
        run.log(f"checkpoint ignored, {phase} starts over: it is of other settings or data")
        return None
    return checkpoint
