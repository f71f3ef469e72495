"""What words do to the logit, against PyTorch's own gradients."""

import copy
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sentiment.artifact.onnx_network import ServedNetwork
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import ENDING, Pooling
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.training.batches import pad

SIZES = {"embedding_dim": 6, "hidden_dim": 5, "vocab_size": 60}
POOLINGS: list[Pooling] = ["max_mean", "max_mean_ending"]


def architecture(pooling: Pooling) -> dict[str, Any]:
    return {**SIZES, "bidirectional": True, "pooling": pooling}


@pytest.fixture(
    scope="module", params=product(POOLINGS, [0.5, 2.0]), ids=lambda param: f"{param[0]}-{param[1]}"
)
def networks(request: pytest.FixtureRequest) -> tuple[LSTMClassifier, ServedNetwork]:
    """Of weights that leave the gates half open, or drive them to and fro."""
    pooling, strength = request.param
    torch.manual_seed(3)
    trained = LSTMClassifier(**SIZES, bidirectional=True, pooling=pooling).eval()
    with torch.no_grad():
        for parameter in trained.parameters():
            parameter.mul_(strength)
    weights = {name: tensor.numpy() for name, tensor in trained.state_dict().items()}
    return trained, ServedNetwork(weights, architecture(pooling))


@settings(max_examples=60)
@given(
    review=st.lists(st.integers(1, 59), min_size=1, unique=True),
    share=st.sampled_from([0.25, 0.65, 1.0]),
    weights=st.sampled_from([(1.0,), (2.5, 0.5)]),
)
def test_effects_are_gradients_times_steps(
    networks: tuple[LSTMClassifier, ServedNetwork],
    review: list[int],
    share: float,
    weights: tuple[float, ...],
) -> None:
    """The review's logit; for each word its step from the baseline, times the gradient there."""
    trained, served = networks
    ids, lengths = pad([review])
    baseline = trained.embedding.weight[INFREQUENT_ID]
    steps = (trained.embedding(ids) - baseline).detach()
    vectors = (baseline + share * steps).detach().requires_grad_()
    logit = weighed(trained, weights).classify(vectors, lengths)[0]
    (gradient,) = torch.autograd.grad(logit, vectors)
    expected = (gradient * steps).sum(2)[0].numpy()
    (states,) = trained.states(vectors, lengths).detach()
    for pooled in (states, states[-ENDING:]) if len(review) > 1 else ():
        greatest, second = pooled.topk(2, dim=0).values
        assume(float((greatest - second).min()) > 1e-5)  # no two the greatest
    parts, effects = served.read_closely(review, INFREQUENT_ID, [share], weights)
    assert parts.sum() == pytest.approx(trained(ids, lengths).item(), abs=1e-5)
    np.testing.assert_allclose(effects, expected, atol=2e-5 * max(1, np.abs(expected).max()))


def test_an_effect_foretells_a_replacement(
    networks: tuple[LSTMClassifier, ServedNetwork],
) -> None:
    """A word a little beside the baseline moves the logit as far as its effect says."""
    trained, _ = networks
    weights = {name: tensor.numpy().copy() for name, tensor in trained.state_dict().items()}
    vectors = weights["embedding.weight"]
    vectors[7] = vectors[INFREQUENT_ID] + 2e-3 * vectors[7]
    served = ServedNetwork(weights, architecture(trained.pooling))
    _, effects = served.read_closely([4, 7, 9], INFREQUENT_ID, [1.0])
    with_word, without = served.parts([[4, 7, 9], [4, INFREQUENT_ID, 9]]).sum(1)
    assert effects[1] == pytest.approx(with_word - without, rel=0.1, abs=2e-6)


@torch.no_grad()
def weighed(trained: LSTMClassifier, weights: tuple[float, ...]) -> LSTMClassifier:
    """The network whose logit is the weighed sum of the parts of its logit, but for the bias."""
    network = copy.deepcopy(trained)
    by_part = network.output.weight.view(-1, 2, 2 * SIZES["hidden_dim"])
    by_part *= torch.tensor(weights)[:, None]
    return network
