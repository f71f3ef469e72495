"""The line per epoch, as train.py prints it and as we read it."""

import re

import pytest

from sagemaker_jobs.training.epoch_lines import METRIC_DEFINITIONS, read_epoch

LINE = (
    "phase=student epoch=3 train_loss=0.2312 validation_loss=0.2531 "
    "validation_accuracy=0.9012 seconds=143.2"
)
PRETRAINING = "phase=pretraining epoch=1 train_loss=3.9 validation_loss=3.5 seconds=9.0"


@pytest.mark.parametrize("phase", ["classifier", "student", "self_training", "self_training_2"])
@pytest.mark.parametrize(
    ("name", "value"),
    [("train:loss", "0.2312"), ("validation:loss", "0.2531"), ("validation:accuracy", "0.9012")],
)
def test_sagemakers_curves_are_read_from_the_line(name: str, value: str, phase: str) -> None:
    """Each metric's regex finds its own number, of what will be served and of no other network."""
    (definition,) = [d for d in METRIC_DEFINITIONS if d["Name"] == name]
    assert re.findall(definition["Regex"], LINE.replace("student", phase)) == [value]
    assert re.findall(definition["Regex"], LINE.replace("student", "teacher")) == []
    assert re.findall(definition["Regex"], PRETRAINING) == []


def test_an_epoch_is_read_and_shown() -> None:
    """The line becomes numbers, and a sentence for the person who follows."""
    epoch = read_epoch(LINE + "\n")
    assert epoch is not None
    assert (epoch.epoch, epoch.train_loss, epoch.seconds) == (3, 0.2312, 143.2)
    assert "student epoch 3: training loss 0.2312" in epoch.line()


def test_a_phase_without_accuracy_is_read() -> None:
    """Pretraining guesses words and judges no reviews."""
    epoch = read_epoch(PRETRAINING)
    assert epoch is not None
    assert epoch.validation_accuracy is None
    assert epoch.line() == (
        "pretraining epoch 1: training loss 3.9000, validation loss 3.5000, 9 s"
    )


@pytest.mark.parametrize("line", ["", "recipe=classic reviews=25000", "epoch=x train_loss=0.1"])
def test_other_lines_are_no_epochs(line: str) -> None:
    """What only looks alike is left alone."""
    assert read_epoch(line) is None
