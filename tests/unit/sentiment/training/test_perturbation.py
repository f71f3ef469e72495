"""Adversarial perturbation of the word vectors."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from sentiment.data.dataset import TrainingDataset
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.run import train
from sentiment.training.supervised import adversarial_perturbation

NORM = 0.5


def test_it_hurts_more_than_chance_does() -> None:
    """Of equal norm, it raises the loss above that of any perturbation drawn at random."""
    torch.manual_seed(5)
    model = LSTMClassifier(8, 6, 40, bidirectional=True, pooling="max_mean").eval()
    ids, lengths = torch.randint(2, 40, (4, 9)), torch.tensor([9, 9, 5, 1])
    targets = torch.tensor([1.0, 0.0, 1.0, 0.3])

    def loss(noise: torch.Tensor) -> torch.Tensor:
        return binary_cross_entropy_with_logits(
            model(ids, lengths, noise), targets, reduction="sum"
        )

    nothing = torch.zeros(4, 9, 8, requires_grad=True)
    loss(nothing).backward()  # type: ignore[no-untyped-call]  # torch declares no types here
    worst = adversarial_perturbation(nothing, torch.full((4,), NORM))
    assert torch.allclose(worst.flatten(1).norm(dim=1), torch.full((4,), NORM))
    assert not worst[3, 1:].any()  # past a review's end there is nothing to disturb
    drawn = [torch.randn(4, 9, 8) for _ in range(50)]
    by_chance = [loss(NORM * d / d.flatten(1).norm(dim=1)[:, None, None]) for d in drawn]
    assert loss(worst) > max(by_chance)


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_only_self_training_has_it(dataset: TrainingDataset, settings: Hyperparameters) -> None:
    """The phases before it compute the same with and without."""
    cpu = torch.device("cpu")
    short = replace(settings, epochs=1)
    with_it, without = (
        train(
            dataset,
            replace(short, perturbation=of_review, short_perturbation=of_short),
            device=cpu,
            log=lambda _line: None,
        )
        for of_review, of_short in ((5.0, 0.6), (0.0, 0.0))
    )
    same = [
        one.train_loss == other.train_loss
        for one, other in zip(with_it.history, without.history, strict=True)
    ]
    assert same == ["self_training" not in metrics.phase for metrics in without.history]
