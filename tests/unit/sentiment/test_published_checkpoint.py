"""The language model of the recipe's third seed, published for that training to go on from."""

import torch

from sentiment.checkpoint import Checkpoint
from sentiment.language_model import PRETRAINING, LanguageModel
from sentiment.model import LSTMClassifier
from sentiment.recipe import DEFAULT
from tests.paths import ROOT


def test_the_third_seed_can_go_on_from_its_language_model() -> None:
    """Today's code reads the checkpoint; it is of a phase that is over, and fits the network."""
    checkpoint = Checkpoint.read(ROOT / "pretrained" / "seed-3", PRETRAINING)
    assert checkpoint is not None
    assert [epoch.epoch for epoch in checkpoint.history] == [1, 2, 3, 4, 5]
    assert len(checkpoint.history) == DEFAULT.pretraining_epochs
    classifier = LSTMClassifier(
        DEFAULT.embedding_dim,
        DEFAULT.hidden_dim,
        DEFAULT.vocabulary_size,
        bidirectional=DEFAULT.bidirectional,
        pooling=DEFAULT.pooling,
    )
    network = LanguageModel(classifier, torch.ones(DEFAULT.vocabulary_size, dtype=torch.float64))
    network.load_state_dict(checkpoint.best_weights)
    assert all(weights.isfinite().all() for weights in network.state_dict().values())
