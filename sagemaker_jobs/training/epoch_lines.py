"""The line that train.py prints per epoch, and what SageMaker and we read from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"([0-9.]+)"
_LINE = re.compile(
    rf"phase=(\w+) epoch=(\d+) train_loss={_NUMBER} validation_loss={_NUMBER} "
    rf"(?:validation_accuracy={_NUMBER} )?seconds={_NUMBER}"
)
_PROGRESS = re.compile(r"progress phase=\w+ epoch=\d+ done=(\d+)")
# SageMaker draws these as curves in its console and keeps the last values with the job: of the
# phase that trains what will be served
_SERVED = r"phase=(?:student|self_training(?:_\d+)?|classifier) .*"
METRIC_DEFINITIONS = [
    {"Name": "train:loss", "Regex": rf"{_SERVED}train_loss={_NUMBER}"},
    {"Name": "validation:loss", "Regex": rf"{_SERVED}validation_loss={_NUMBER}"},
    {"Name": "validation:accuracy", "Regex": rf"{_SERVED}validation_accuracy={_NUMBER}"},
]


@dataclass(frozen=True)
class Epoch:
    """One pass of one phase over its reviews."""

    phase: str
    epoch: int
    train_loss: float
    validation_loss: float
    validation_accuracy: float | None  # None in a phase that judges no reviews
    seconds: float

    def line(self) -> str:
        accuracy = (
            "" if self.validation_accuracy is None else f"accuracy {self.validation_accuracy:.4f}, "
        )
        return (
            f"{self.phase} epoch {self.epoch}: training loss {self.train_loss:.4f}, "
            f"validation loss {self.validation_loss:.4f}, {accuracy}{self.seconds:.0f} s"
        )


def read_epoch(line: str) -> Epoch | None:
    """The epoch that a log line tells of; None for any other line.

    >>> read_epoch("phase=student epoch=3 train_loss=0.2312 validation_loss=0.2531 "
    ...            "validation_accuracy=0.9012 seconds=143.2").validation_accuracy
    0.9012
    >>> read_epoch("reviews=25000")
    """
    match = _LINE.search(line)
    if match is None:
        return None
    phase, epoch, train_loss, validation_loss, accuracy, seconds = match.groups()
    return Epoch(
        phase,
        int(epoch),
        float(train_loss),
        float(validation_loss),
        float(accuracy) if accuracy else None,
        float(seconds),
    )


def read_progress(line: str) -> int | None:
    """How much of its epoch a log line says is done, in per cent; None for any other line.

    >>> read_progress("progress phase=student epoch=2 done=41.7% running_loss=0.2312")
    41
    """
    match = _PROGRESS.match(line)
    return int(match[1]) if match else None
