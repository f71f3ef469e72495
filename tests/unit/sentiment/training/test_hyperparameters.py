"""Settings of a training run."""

import pytest

from sentiment.errors import InvalidHyperparameter
from sentiment.training.hyperparameters import parse


@pytest.mark.parametrize(
    ("arguments", "goes_on", "sentence"),
    [
        ("--recipe classic --pretraining-epochs 1", False, "classic recipe has no pretraining"),
        ("--recipe classic --teacher-epochs 1", False, "classic recipe has no teacher-epochs"),
        ("--teacher-epochs 0 --self-training-epochs 1", False, "take teacher-epochs"),
        ("--teacher-epochs 0 --further-rounds 1", False, "take teacher-epochs"),
        ("--self-training-epochs 0 --further-rounds 1", False, "are behind a first"),
        ("--recipe classic --further-rounds 1", False, "classic recipe has no further-rounds"),
        ("--epochs 3", True, "epochs are a new model's"),
        ("--pretraining-epochs 1", True, "they take teacher-epochs"),
        ("--teacher-epochs 1 --self-training-epochs 0", True, "takes self-training-epochs"),
        ("--seed 9999999999999999999", False, "seed must be at most 9223372036854775807"),
    ],
)
def test_what_no_phase_would_read_is_refused(arguments: str, goes_on: bool, sentence: str) -> None:
    """Rather than to train for hours without it, and to note down that it was used."""
    with pytest.raises(InvalidHyperparameter, match=sentence):
        parse(arguments.split(), goes_on=goes_on)


@pytest.mark.parametrize(
    ("arguments", "goes_on", "expected"),
    [
        ("", False, (5, 3, 3, 2, 2)),
        ("--teacher-epochs 0", False, (5, 0, 3, 0, 0)),
        ("--self-training-epochs 0", False, (5, 3, 3, 0, 0)),
        ("--recipe classic --teacher-epochs 0", False, (0, 0, 10, 0, 0)),
        ("", True, (0, 0, 3, 2, 0)),
        ("--self-training-epochs 1 --further-rounds 1", True, (0, 0, 3, 1, 1)),
        ("--teacher-epochs 1 --pretraining-epochs 2", True, (2, 1, 3, 2, 0)),
    ],
)
def test_epochs_are_those_that_the_phases_take(
    arguments: str, goes_on: bool, expected: tuple[int, ...]
) -> None:
    """Of pretraining, teacher, student, self-training and its further rounds."""
    settings, _ = parse(arguments.split(), goes_on=goes_on)
    assert expected == (
        settings.pretraining_epochs,
        settings.teacher_epochs,
        settings.epochs,
        settings.self_training_epochs,
        settings.further_rounds,
    )
