"""The epochs of a training: as a log's JSON lines, as text, and over all runs of a model.

The training job writes the lines, and the jobs' command line reads them; both use this module. It
needs only the standard library.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

_ROUND = re.compile(r"_\d+\Z")
_LINE_START = '{"phase": '
_PROGRESS = re.compile(r"progress phase=\w+ epoch=\d+ done=(\d+)")
# JSON has no such numbers; SageMaker's metrics and Python's float() read these words
_NOT_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


@dataclass(frozen=True)
class EpochMetrics:
    """One pass of one phase over its reviews; losses are mean cross-entropies in nats."""

    phase: str
    epoch: int  # from 1
    train_loss: float
    validation_loss: float
    validation_accuracy: float | None  # None where the phase judges no reviews
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return the fields; a number that is not finite becomes "NaN" or "Infinity"."""
        return {name: json_number(value) for name, value in asdict(self).items()}

    def log_line(self) -> str:
        """Return the line of a job's log, a JSON object.

        >>> EpochMetrics("pretraining", 3, 3.23118, float("nan"), None, 143.21).log_line()
        '{"phase": "pretraining", "epoch": 3, "train_loss": 3.2312, "validation_loss": "NaN", \
"validation_accuracy": null, "seconds": 143.2}'
        """
        rounded = {
            name: round(value, 1 if name == "seconds" else 4)
            if isinstance(value, float) and math.isfinite(value)
            else value
            for name, value in self.as_json().items()
        }
        return json.dumps(rounded)

    def text(self) -> str:
        """Return the epoch as a person reads it.

        >>> EpochMetrics("student", 1, 0.5, float("nan"), 0.5, 9.0).text()
        'student epoch 1: training loss 0.5000, validation loss NaN (diverged), accuracy 0.5000, \
9 s'
        """
        parts = [
            f"training loss {_loss_in_words(self.train_loss)}",
            f"validation loss {_loss_in_words(self.validation_loss)}",
        ]
        if self.validation_accuracy is not None:
            parts.append(f"accuracy {self.validation_accuracy:.4f}")
        return f"{self.phase} epoch {self.epoch}: {', '.join(parts)}, {self.seconds:.0f} s"


def json_number(value: Any) -> Any:
    """Return a value as JSON can hold it: "NaN", "Infinity" or "-Infinity" for such a number."""
    if isinstance(value, float) and not math.isfinite(value):
        return _NOT_FINITE.get(value, "NaN")
    return value


def _loss_in_words(loss: float) -> str:
    return f"{loss:.4f}" if math.isfinite(loss) else f"{json_number(loss)} (diverged)"


def read_epoch(line: str) -> EpochMetrics | None:
    """Return the epoch in a log line; None for any other line.

    >>> epoch = EpochMetrics("student", 3, 0.2312, float("inf"), 0.9012, 143.2)
    >>> read_epoch(epoch.log_line()) == epoch
    True
    >>> read_epoch("reviews=25000")
    """
    start = line.find(_LINE_START)
    if start < 0:
        return None
    try:
        content = json.loads(line[start:])
        accuracy = content["validation_accuracy"]
        return EpochMetrics(
            str(content["phase"]),
            int(content["epoch"]),
            float(content["train_loss"]),
            float(content["validation_loss"]),
            None if accuracy is None else float(accuracy),
            float(content["seconds"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


def progress_line(phase: str, epoch: int, share_done: float, running_loss: float) -> str:
    """Return the line that a long epoch logs now and then.

    >>> progress_line("student", 2, 0.417, 0.23119)
    'progress phase=student epoch=2 done=41.7% running_loss=0.2312'
    """
    done = f"done={share_done:.1%} running_loss={running_loss:.4f}"
    return f"progress phase={phase} epoch={epoch} {done}"


def read_progress(line: str) -> int | None:
    """Return the percentage of its epoch that a progress line reports; None for any other line.

    >>> read_progress(progress_line("student", 2, 0.417, 0.23119))
    41
    """
    match = _PROGRESS.match(line)
    return int(match[1]) if match else None


def best_epoch(history: Sequence[EpochMetrics]) -> EpochMetrics:
    """Return the epoch with the lowest validation loss that is a number; the first of equals."""

    def loss(metrics: EpochMetrics) -> float:
        return math.inf if math.isnan(metrics.validation_loss) else metrics.validation_loss

    return min(history, key=loss)


def continue_history(
    earlier: Sequence[Mapping[str, Any]], epochs: Sequence[EpochMetrics]
) -> list[dict[str, Any]]:
    """Return the earlier epochs and then the new ones, whose phases get names of their own.

    A phase whose name is taken is the next round of it.

    >>> new = EpochMetrics("self_training", 1, 0.3, 0.4, 0.9, 60.0)
    >>> [epoch["phase"] for epoch in continue_history([new.as_json()], [new, new])]
    ['self_training', 'self_training_2', 'self_training_2']
    """
    history = [dict(epoch) for epoch in earlier]
    taken = {str(epoch.get("phase")) for epoch in history}
    names: dict[str, str] = {}
    for epoch in epochs:
        if epoch.phase not in names:
            names[epoch.phase] = _next_free(epoch.phase, taken)
            taken.add(names[epoch.phase])
        history.append({**epoch.as_json(), "phase": names[epoch.phase]})
    return history


def _next_free(phase: str, taken: set[str]) -> str:
    number = 2
    name = phase
    while name in taken:
        name = f"{_ROUND.sub('', phase)}_{number}"
        number += 1
    return name
