"""Checkpoints of a training run: one file per phase, replaced every few minutes.

On managed spot the folder is /opt/ml/checkpoints, which SageMaker copies to S3 and restores before
it restarts the job.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor
from torch.optim import Optimizer

from sentiment.errors import InvalidCheckpoint
from sentiment.tensors import write_tensors
from sentiment.training.history import EpochMetrics

FORMAT_VERSION = 5

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class UnfinishedEpoch:
    """The progress of the epoch that follows those of the history."""

    n_steps: int = 0
    loss: float = 0.0  # summed over the predictions
    n_predictions: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the remaining steps depend on.

    For a completed phase these are its best weights alone: a quarter of the size.
    """

    identity: str  # of hyperparameters and data: only the same run may resume from here
    history: list[EpochMetrics]
    unfinished: UnfinishedEpoch
    weights: Weights
    best_weights: Weights
    optimizer_state: dict[int, dict[str, Tensor]]

    def write(self, folder: Path, phase: str) -> None:
        """Write the phase's checkpoint into the folder."""
        tensors = {f"weights.{name}": tensor for name, tensor in self.weights.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for index, state in self.optimizer_state.items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
        metadata = {
            "format_version": str(FORMAT_VERSION),
            "identity": self.identity,
            "history": json.dumps([asdict(metrics) for metrics in self.history]),
            "unfinished": json.dumps(asdict(self.unfinished)),
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(tensors, checkpoint_path(folder, phase), metadata)

    @classmethod
    def read(cls, folder: Path, phase: str) -> Checkpoint | None:
        """Return the phase's checkpoint in the folder, or None.

        Raises:
            InvalidCheckpoint: it is damaged or has another format version.
        """
        path = checkpoint_path(folder, phase)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            if metadata["format_version"] != str(FORMAT_VERSION):
                raise InvalidCheckpoint(f"{path} has another format version")
            history = [EpochMetrics(**metrics) for metrics in json.loads(metadata["history"])]
            return cls(
                metadata["identity"],
                history,
                UnfinishedEpoch(**json.loads(metadata["unfinished"])),
                _below("weights.", tensors),
                _below("best.", tensors),
                _optimizer_state(_below("optimizer.", tensors)),
            )
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise InvalidCheckpoint(f"{path} is damaged: {error}") from error


def checkpoint_path(folder: Path, phase: str) -> Path:
    """Return the path of the phase's checkpoint."""
    return folder / f"{phase}.safetensors"


def optimizer_tensors(optimizer: Optimizer) -> dict[int, dict[str, Tensor]]:
    """Return Adam's tensors for each parameter, by the parameter's position."""
    state: Mapping[int, Mapping[str, Any]] = optimizer.state_dict()["state"]
    return {index: dict(tensors) for index, tensors in state.items()}


def restore_optimizer(optimizer: Optimizer, state: dict[int, dict[str, Tensor]]) -> None:
    """Restore the tensors of `optimizer_tensors`."""
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _below(prefix: str, tensors: Weights) -> Weights:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _optimizer_state(tensors: Weights) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = tensor
    return state
