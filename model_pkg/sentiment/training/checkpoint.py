"""The state of an interrupted training run: one file a phase, replaced every few minutes.

On managed spot the folder is /opt/ml/checkpoints, which SageMaker keeps in S3 and lays down again
before the job is restarted.
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

FORMAT_VERSION = 4

Weights = dict[str, Tensor]


@dataclass(frozen=True)
class UnfinishedEpoch:
    """How far an epoch has come that is behind those of the history."""

    n_steps: int = 0
    loss: float = 0.0  # summed over the guesses
    n_guesses: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the steps still to come depend on.

    Of a phase that is over these are its best weights: a quarter of what it takes to go on.
    """

    identity: str  # of hyperparameters and data: only the same run may go on from here
    history: list[EpochMetrics]
    begun: UnfinishedEpoch
    weights: Weights
    best_weights: Weights
    optimizer_state: dict[int, dict[str, Tensor]]

    def write(self, folder: Path, phase: str) -> None:
        tensors = {f"weights.{name}": tensor for name, tensor in self.weights.items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        for index, state in self.optimizer_state.items():
            tensors |= {f"optimizer.{index}.{name}": tensor for name, tensor in state.items()}
        metadata = {
            "format_version": str(FORMAT_VERSION),
            "identity": self.identity,
            "history": json.dumps([asdict(metrics) for metrics in self.history]),
            "begun": json.dumps(asdict(self.begun)),
        }
        folder.mkdir(parents=True, exist_ok=True)
        write_tensors(tensors, checkpoint_path(folder, phase), metadata)

    @classmethod
    def read(cls, folder: Path, phase: str) -> Checkpoint | None:
        """The phase's checkpoint in the folder, None where there is none.

        Raises:
            InvalidCheckpoint: it is damaged or of another format version.
        """
        path = checkpoint_path(folder, phase)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            if metadata["format_version"] != str(FORMAT_VERSION):
                raise InvalidCheckpoint(f"{path} is of another format version")
            history = [EpochMetrics(**metrics) for metrics in json.loads(metadata["history"])]
            return cls(
                metadata["identity"],
                history,
                UnfinishedEpoch(**json.loads(metadata["begun"])),
                _below("weights.", tensors),
                _below("best.", tensors),
                _optimizer_state(_below("optimizer.", tensors)),
            )
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise InvalidCheckpoint(f"{path} is damaged: {error}") from error


def checkpoint_path(folder: Path, phase: str) -> Path:
    """Where the phase's checkpoint lies."""
    return folder / f"{phase}.safetensors"


def optimizer_tensors(optimizer: Optimizer) -> dict[int, dict[str, Tensor]]:
    """Adam's tensors for each parameter, by the parameter's position."""
    state: Mapping[int, Mapping[str, Any]] = optimizer.state_dict()["state"]
    return {index: dict(tensors) for index, tensors in state.items()}


def restore_optimizer(optimizer: Optimizer, state: dict[int, dict[str, Tensor]]) -> None:
    """Lay the tensors of `optimizer_tensors` back."""
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
