"""Scores that mean what they say, and a threshold chosen for how many reviews get a verdict."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sentiment.artifact.calibration import Calibration
from sentiment.errors import TrainingDiverged
from sentiment.training.fit_calibration import HALF_AT, fit_calibration, fit_unsure_below

LOGITS = st.lists(st.floats(-30, 30, width=32), min_size=1, max_size=200)


@given(LOGITS, st.integers(0, 2**200 - 1), st.floats(0.5, 1))
def test_enough_verdicts_are_right(values: list[float], bits: int, share: float) -> None:
    """Whatever the logits and labels, the promise is kept on the reviews it was chosen by."""
    logits = torch.tensor(values)
    labels = torch.tensor([float(bits >> i & 1) for i in range(len(values))])
    threshold = fit_unsure_below(logits, labels, share)
    assert 0.5 <= threshold < 1
    assert round(threshold, 3) == threshold
    is_sure = torch.sigmoid(logits.double().abs()).numpy() >= threshold
    is_right = ((logits > 0) == (labels > 0)).numpy()
    if threshold < 0.999 and is_sure.any():
        assert is_right[is_sure].mean() >= share


def test_as_many_verdicts_as_possible_are_given() -> None:
    """The threshold is where just enough verdicts are right."""
    logits = torch.arange(1, 201) / 50
    labels = (torch.arange(1, 201) > 20).float()
    found = fit_unsure_below(logits, labels)
    assert found == pytest.approx(float(torch.sigmoid(torch.tensor(16 / 50))), abs=0.002)
    assert fit_unsure_below(logits, torch.ones(200)) == 0.5
    assert fit_unsure_below(logits, torch.zeros(200)) == 0.999


def test_the_order_and_signs_of_the_reviews_do_not_matter() -> None:
    """The same held-out reviews give the same threshold, in whatever order they come."""
    generator = torch.Generator().manual_seed(2)
    logits = torch.randn(500, generator=generator)
    labels = (logits + torch.randn(500, generator=generator) > 0).float()
    found = fit_unsure_below(logits, labels)
    assert fit_unsure_below(logits.flip(0), labels.flip(0)) == found
    assert fit_unsure_below(-logits, 1 - labels) == found


@pytest.mark.parametrize(("temperature", "bias"), [(0.5, 0.0), (1.3, -0.8), (3.0, 2.0)])
@pytest.mark.parametrize("n_positive", [20_000, 60_000])
def test_a_calibration_is_found_again(temperature: float, bias: float, n_positive: int) -> None:
    """Logits that were made too sure and one-sided are set right, whichever class is held out more.

    A normal variable around +m in one class and -m in the other, of variance 2 m, is its own
    calibrated logit where both classes are as likely.
    """
    generator = torch.Generator().manual_seed(5)
    labels = torch.cat([torch.ones(n_positive), torch.zeros(40_000)])
    honest = (2 * labels - 1) * 2 + 2 * torch.randn(len(labels), generator=generator)
    n_words = torch.randint(1, 500, (len(labels),), generator=generator).numpy()
    biases = torch.from_numpy(Calibration(1.0, bias, HALF_AT).biases(n_words))
    logits = honest * temperature - biases
    found = fit_calibration(logits[:, None], n_words, labels)
    assert found.temperature == pytest.approx(temperature, rel=0.03)
    assert found.bias == pytest.approx(bias, abs=0.05 * temperature)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_alone_is_calibrated_within_bounds(label: float) -> None:
    """Held-out reviews of one kind only do not drive the numbers to infinity."""
    parts = torch.tensor([[-1.0, 0.5], [2.0, 1.0], [3.0, -1.0]])
    found = fit_calibration(parts, np.full(3, 99), torch.full((3,), label))
    assert 0.1 <= found.temperature <= 10
    assert abs(found.bias / found.temperature) <= 50
    assert all(abs(weight) <= 10 for weight in found.length_weights)


def test_length_weights_are_found_again() -> None:
    """Parts of which one says more the longer a text is, and the other less."""
    generator = torch.Generator().manual_seed(6)
    labels = torch.cat([torch.ones(40_000), torch.zeros(40_000)])
    n_words = torch.randint(1, 900, (len(labels),), generator=generator).numpy()
    honest = (2 * labels - 1) * 2 + 2 * torch.randn(len(labels), generator=generator)
    first = honest / 2 + torch.randn(len(labels), generator=generator)
    made = Calibration(1.3, -0.5, HALF_AT, (1.5, -0.6))
    weights = torch.from_numpy(made.weights(n_words))
    biases = torch.from_numpy(made.biases(n_words))
    second = (honest * made.temperature - biases - weights[:, 0] * first) / weights[:, 1]
    found = fit_calibration(torch.stack([first.double(), second], 1), n_words, labels)
    assert found.temperature == pytest.approx(1.3, rel=0.05)
    assert found.bias == pytest.approx(-0.5, abs=0.1)
    assert found.length_weights == pytest.approx((1.5, -0.6), abs=0.1)


@given(st.integers(1, 2_000), st.integers(1, 2_000))
def test_longer_texts_get_more_of_the_bias(n: int, m: int) -> None:
    """Never more than all of it, and a text of `half_at` words half of it."""
    calibration = Calibration(1.0, -0.7, 45.0)
    shorter, longer = calibration.biases(sorted([n, m]))
    assert -0.7 < longer <= shorter < 0
    assert calibration.biases([45])[0] == pytest.approx(-0.35)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_logits_that_are_not_finite_are_reported(number: float) -> None:
    """A sentence, not a threshold that cannot be rounded."""
    parts = torch.tensor([[number], [1.0]])
    with pytest.raises(TrainingDiverged, match="not finite"):
        fit_calibration(parts, np.full(2, 100), torch.tensor([1.0, 0.0]))
