"""The line per epoch, as train.py prints it and as we read it."""

import re

import pytest

from sagemaker_jobs.epochs import METRIC_DEFINITIONS, read_epoch

LINE = "epoch=3 train_loss=0.2312 validation_loss=0.2531 validation_accuracy=0.9012 seconds=143.2"


@pytest.mark.parametrize(
    ("name", "value"),
    [("train:loss", "0.2312"), ("validation:loss", "0.2531"), ("validation:accuracy", "0.9012")],
)
def test_sagemakers_curves_are_read_from_the_line(name: str, value: str) -> None:
    """Each metric's regex finds its own number in the line and no other."""
    (definition,) = [d for d in METRIC_DEFINITIONS if d["Name"] == name]
    assert re.findall(definition["Regex"], LINE) == [value]


def test_an_epoch_is_read_and_shown() -> None:
    """The line becomes numbers, and a sentence for the person who follows."""
    epoch = read_epoch(LINE + "\n")
    assert epoch is not None
    assert (epoch.epoch, epoch.train_loss, epoch.seconds) == (3, 0.2312, 143.2)
    assert "training loss 0.2312" in epoch.line()


@pytest.mark.parametrize("line", ["", "recipe=classic reviews=25000", "epoch=x train_loss=0.1"])
def test_other_lines_are_no_epochs(line: str) -> None:
    """What only looks alike is left alone."""
    assert read_epoch(line) is None
