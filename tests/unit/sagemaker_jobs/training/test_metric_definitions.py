"""SageMaker's metrics, read from the lines that a training writes."""

import math
import re

import pytest

from sagemaker_jobs.training.job_request import METRIC_DEFINITIONS
from sentiment.training.history import EpochMetrics

SERVED = ["classifier", "student", "self_training", "self_training_2"]
VALUES = [0.2312, 1e-4, 2e17, math.nan, math.inf, -math.inf]


def measured(name: str, epoch: EpochMetrics) -> list[float]:
    (definition,) = [d for d in METRIC_DEFINITIONS if d["Name"] == name]
    return [float(found) for found in re.findall(definition["Regex"], epoch.log_line())]


@pytest.mark.parametrize("phase", SERVED)
@pytest.mark.parametrize("value", VALUES)
def test_each_metric_finds_its_own_number(phase: str, value: float) -> None:
    """Also one that is not finite, which is when somebody looks at the curve."""
    epoch = EpochMetrics(phase, 3, value, 0.2531, 0.9012, 143.2)
    assert measured("train:loss", epoch) == pytest.approx([value], nan_ok=True)
    assert measured("validation:loss", epoch) == [0.2531]
    assert measured("validation:accuracy", epoch) == [0.9012]
    swapped = EpochMetrics(phase, 3, 0.2531, value, 0.9012, 143.2)
    assert measured("validation:loss", swapped) == pytest.approx([value], nan_ok=True)


@pytest.mark.parametrize("phase", ["pretraining", "teacher"])
def test_the_curves_are_of_the_served_model(phase: str) -> None:
    """Of no other network."""
    epoch = EpochMetrics(phase, 1, 0.5, 0.4, 0.9, 9.0)
    assert all(measured(str(d["Name"]), epoch) == [] for d in METRIC_DEFINITIONS)


def test_a_phase_without_accuracy_has_none() -> None:
    """`null` is not a number."""
    assert measured("validation:accuracy", EpochMetrics("student", 1, 0.5, 0.4, None, 9.0)) == []
