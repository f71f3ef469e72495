"""An epoch's line in the log, written by train.py and read by the jobs' command line."""

import json
import math
from dataclasses import replace

import pytest

from sentiment.training.history import EpochMetrics, continue_history, read_epoch

EPOCH = EpochMetrics("student", 3, 0.2312, 0.2531, 0.9012, 143.2)


def refuse(number: str) -> float:
    raise ValueError(f"JSON has no {number}")


@pytest.mark.parametrize("loss", [0.5, math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("accuracy", [0.9012, None])
def test_what_is_written_is_read(loss: float, accuracy: float | None) -> None:
    """Through JSON that any reader takes, NaN or not, and with a log's prefix and line end."""
    epoch = replace(EPOCH, train_loss=loss, validation_accuracy=accuracy)
    line = epoch.log_line()
    json.loads(line, parse_constant=refuse)
    found = read_epoch(f"algo-1 | {line}\n")
    assert repr(found) == repr(epoch)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "recipe=classic reviews=25000",
        '{"epoch": 3}',
        '{"phase": "student"}',
        '{"phase": "student", "epoch": 3, "train_loss": 0.1',
        EPOCH.log_line().replace("0.2312", '"soon"'),
    ],
)
def test_other_lines_are_not_epochs(line: str) -> None:
    """A line that only looks alike, or was cut, is left alone."""
    assert read_epoch(line) is None


def test_a_person_sees_that_a_training_diverged() -> None:
    """The epoch's line shows the loss, or that the training diverged."""
    assert "student epoch 3: training loss 0.2312" in EPOCH.text()
    assert "training loss NaN (diverged)" in replace(EPOCH, train_loss=math.nan).text()
    assert "validation loss Infinity (diverged)" in replace(EPOCH, validation_loss=math.inf).text()
    assert "accuracy" not in replace(EPOCH, validation_accuracy=None).text()


def test_a_models_history_is_json_too() -> None:
    """model.json keeps the epochs, of which one may have had no finite loss."""
    history = continue_history([], [replace(EPOCH, train_loss=math.inf)])
    assert json.loads(json.dumps(history), parse_constant=refuse)[0]["train_loss"] == "Infinity"
