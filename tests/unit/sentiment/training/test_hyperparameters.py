"""Settings of a training run."""

import math
from dataclasses import replace
from typing import Any

import pytest

from sentiment.errors import InvalidHyperparameter
from sentiment.training.hyperparameters import parse, resolve


@pytest.mark.parametrize(
    ("arguments", "warm_start", "sentence"),
    [
        ("--recipe classic --pretraining-epochs 1", False, "classic recipe has no pretraining"),
        ("--recipe classic --ensemble-epochs 1", False, "classic recipe has no ensemble-epochs"),
        ("--ensemble-epochs 0 --self-training-epochs 1", False, "needs ensemble-epochs"),
        ("--ensemble-epochs 0 --self-training-rounds 1", False, "needs ensemble-epochs"),
        ("--self-training-epochs 0 --self-training-rounds 1", False, "needs self-training-epochs"),
        (
            "--recipe classic --self-training-rounds 1",
            False,
            "classic recipe has no self-training-rounds",
        ),
        ("--start-share 0.5", False, "start-share applies to warm starts only"),
        ("--epochs 3", True, "epochs applies to new models only"),
        ("--pretraining-epochs 1", True, "needs ensemble-epochs"),
        ("--ensemble-epochs 1 --self-training-epochs 0", True, "needs self-training-epochs"),
        ("--seed 9999999999999999999", False, "at most 9223372036854775807"),
    ],
)
def test_what_no_phase_would_use_is_refused(
    arguments: str, warm_start: bool, sentence: str
) -> None:
    """Rather than to train for hours without it, and to note down that it was used."""
    with pytest.raises(InvalidHyperparameter, match=sentence):
        parse(arguments.split(), warm_start=warm_start)


@pytest.mark.parametrize(
    ("arguments", "warm_start", "expected"),
    [
        ("", False, (5, 3, 3, 2, 2)),
        ("--ensemble-epochs 0", False, (5, 0, 3, 0, 0)),
        ("--self-training-epochs 0", False, (5, 3, 3, 0, 0)),
        ("--recipe classic --ensemble-epochs 0", False, (0, 0, 10, 0, 0)),
        ("", True, (0, 0, 3, 2, 0)),
        ("--self-training-epochs 1 --self-training-rounds 1", True, (0, 0, 3, 1, 1)),
        ("--ensemble-epochs 1 --pretraining-epochs 2", True, (2, 1, 3, 2, 0)),
    ],
)
def test_epochs_are_those_that_the_phases_take(
    arguments: str, warm_start: bool, expected: tuple[int, ...]
) -> None:
    """The epochs of pretraining, ensemble, student and self-training, and the rounds, are right."""
    settings = parse(arguments.split(), warm_start=warm_start)
    assert expected == (
        settings.pretraining_epochs,
        settings.ensemble_epochs,
        settings.epochs,
        settings.self_training_epochs,
        settings.self_training_rounds,
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("epochs", 0, "epochs must be at least 1, not 0"),
        ("seed", -1, "seed must be at least 0 and at most 9223372036854775807, not -1"),
        ("learning_rate", math.nan, "learning-rate must be above 0 and at most 1, not nan"),
        ("dropout", 1.0, "dropout must be at least 0 and below 1, not 1.0"),
        ("perturbation", math.inf, "perturbation must be at least 0 and finite, not inf"),
        (
            "precision",
            "int8",
            "precision must be one of auto, float32, bfloat16, float16,",
        ),
    ],
)
def test_a_value_out_of_bounds_cannot_be_held(name: str, value: Any, sentence: str) -> None:
    """However it came about, not only on a command line."""
    with pytest.raises(InvalidHyperparameter, match=sentence):
        replace(resolve({}), **{name: value})
