"""A network of 8-bit integers answers nearly as the one that it was rounded from."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sentiment.artifact.int8 import LEVELS, dequantize, quantize
from sentiment.artifact.onnx_network import ServedNetwork
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import Pooling
from sentiment.tensors import Float
from sentiment.training.batches import pad

SIZES = {"embedding_dim": 6, "hidden_dim": 5, "vocab_size": 20}
REVIEWS = st.lists(st.lists(st.integers(1, 19), min_size=1, max_size=40), min_size=1, max_size=9)


def network(pooling: Pooling) -> tuple[LSTMClassifier, ServedNetwork]:
    """A network with random weights, already rounded, as it was trained and as it is served."""
    torch.manual_seed(5)
    is_bidirectional = pooling != "last"
    trained = LSTMClassifier(**SIZES, bidirectional=is_bidirectional, pooling=pooling).eval()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.mul_(2)
            if parameter.ndim > 1:
                parameter.copy_(torch.from_numpy(dequantize(*quantize(parameter.numpy()))))
    weights: Mapping[str, Float] = {n: t.numpy() for n, t in trained.state_dict().items()}
    return trained, ServedNetwork(weights, trained.architecture(), is_int8=True)


@given(arrays.arrays(np.float32, (3, 4), elements=st.floats(-100, 100, width=32)))
def test_rounding_twice_changes_nothing(weights: Float) -> None:
    """A warm start begins with exactly the weights that were served."""
    steps, scales = quantize(weights)
    assert np.abs(steps).max() <= LEVELS
    once = dequantize(steps, scales)
    assert np.all(np.abs(once - weights) <= scales * 0.51)
    assert dequantize(*quantize(once)).tolist() == once.tolist()


@pytest.mark.parametrize("pooling", ["last", "max_mean", "max_mean_ending"])
@settings(max_examples=40)
@given(reviews=REVIEWS)
def test_rounded_states_hardly_move_a_logit(pooling: Pooling, reviews: list[list[int]]) -> None:
    """The served network rounds words and states as well; logits stay those of training."""
    trained, served = network(pooling)
    with torch.no_grad():
        parts = trained.parts(*pad(reviews)).numpy()
    np.testing.assert_allclose(served.parts(reviews), parts, atol=0.1, rtol=0)


@pytest.mark.parametrize("pooling", ["last", "max_mean", "max_mean_ending"])
@settings(max_examples=40)
@given(reviews=REVIEWS)
def test_batch_mates_do_not_matter(pooling: Pooling, reviews: list[list[int]]) -> None:
    """The steps of rounding are the same whatever else is in the batch."""
    _, served = network(pooling)
    alone = np.concatenate([served.parts([review]) for review in reviews])
    np.testing.assert_allclose(served.parts(reviews), alone, atol=1e-5, rtol=0)
