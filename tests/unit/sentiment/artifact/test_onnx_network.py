"""The network as it is served, against the one that was trained."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.artifact.onnx_network import ServedNetwork, usable_cores
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import Pooling
from sentiment.training.batches import pad

SIZES = {"embedding_dim": 6, "hidden_dim": 5, "vocab_size": 20}
REVIEWS = st.lists(st.lists(st.integers(1, 19), max_size=40), min_size=1, max_size=9)


def both(*, bidirectional: bool, pooling: Pooling) -> tuple[LSTMClassifier, ServedNetwork]:
    torch.manual_seed(5)
    trained = LSTMClassifier(**SIZES, bidirectional=bidirectional, pooling=pooling).eval()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.mul_(4)  # states near their limits, where an approximation would show
    weights = {name: tensor.numpy() for name, tensor in trained.state_dict().items()}
    architecture = {**SIZES, "bidirectional": bidirectional, "pooling": pooling}
    return trained, ServedNetwork(weights, architecture)


@pytest.mark.parametrize(
    ("bidirectional", "pooling"),
    [(False, "last"), *product([True, False], ["max_mean", "max_mean_ending"])],
)
@settings(max_examples=40)
@given(reviews=REVIEWS)
def test_it_answers_what_was_trained(
    bidirectional: bool, pooling: Pooling, reviews: list[list[int]]
) -> None:
    """The logits are PyTorch's, for reviews of any length, alone and side by side."""
    trained, served = both(bidirectional=bidirectional, pooling=pooling)
    with torch.no_grad():
        logits = trained(*pad(reviews)).numpy()
        parts = trained.parts(*pad(reviews)).numpy()
    found = served.parts(reviews)
    np.testing.assert_allclose(found, parts, atol=1e-5, rtol=0)
    np.testing.assert_allclose(found.sum(1), logits, atol=1e-5, rtol=0)
    alone = np.concatenate([served.parts([review]) for review in reviews])
    np.testing.assert_allclose(alone, parts, atol=1e-5, rtol=0)


def test_an_architecture_of_no_recipe_is_refused() -> None:
    """No recipe reads the last word's state in the backward direction."""
    with pytest.raises(ValueError, match="no recipe pools 2 directions by last"):
        both(bidirectional=True, pooling="last")


def test_threads_are_as_many_as_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """OMP_NUM_THREADS, as for PyTorch, lowers the number of cores, never to 0, nor raises it."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    n_cores = usable_cores()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert usable_cores() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "0")
    assert usable_cores() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "9999")
    assert usable_cores() == n_cores
