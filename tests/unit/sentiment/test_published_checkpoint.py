"""The first phases of the recipe's third seed, published for that training to go on from."""

import pytest
import torch

from sentiment.checkpoint import Checkpoint
from sentiment.language_model import PRETRAINING, LanguageModel
from sentiment.model import LSTMClassifier
from sentiment.recipe import DEFAULT
from tests.paths import ROOT


@pytest.mark.parametrize(
    ("phase", "n_epochs"),
    [
        (PRETRAINING, DEFAULT.pretraining_epochs),
        ("teacher", DEFAULT.teacher_epochs),
        ("student", DEFAULT.epochs),
        ("self_training", DEFAULT.self_training_epochs),
    ],
)
def test_the_third_seed_can_go_on(phase: str, n_epochs: int) -> None:
    """Today's code reads the checkpoints; they are of phases that are over, and fit the network."""
    checkpoint = Checkpoint.read(ROOT / "pretrained" / "seed-3", phase)
    assert checkpoint is not None
    assert [epoch.epoch for epoch in checkpoint.history] == [*range(1, n_epochs + 1)]
    classifier = LSTMClassifier(
        DEFAULT.embedding_dim,
        DEFAULT.hidden_dim,
        DEFAULT.vocabulary_size,
        bidirectional=DEFAULT.bidirectional,
        pooling=DEFAULT.pooling,
    )
    counts = torch.ones(DEFAULT.vocabulary_size, dtype=torch.float64)
    network = LanguageModel(classifier, counts) if phase == PRETRAINING else classifier
    network.load_state_dict(checkpoint.best_weights)
    assert all(weights.isfinite().all() for weights in network.state_dict().values())
