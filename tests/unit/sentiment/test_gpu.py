"""Training on a GPU, where there is one."""

from dataclasses import replace

import pytest
import torch

from sentiment.dataset import TrainingDataset
from sentiment.hyperparameters import Hyperparameters, Precision
from sentiment.training import TrainedModel, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")


def _train(dataset: TrainingDataset, settings: Hyperparameters, device: str) -> TrainedModel:
    return train(dataset, settings, device=torch.device(device, 0), log=print)


@pytest.mark.parametrize(("precision", "nearness"), [("float32", 2e-3), ("auto", 2e-2)])
def test_it_comes_to_what_a_cpu_does(
    dataset: TrainingDataset, settings: Hyperparameters, precision: Precision, nearness: float
) -> None:
    """Without dropout, whose noise is another's, and which the language model always has."""
    plain = replace(settings, dropout=0.0, word_dropout=0.0, pretraining_epochs=0)
    chosen = replace(plain, learning_rate=0.002, precision=precision)
    there = _train(dataset, chosen, "cuda")
    here = _train(dataset, replace(chosen, precision="float32"), "cpu")
    assert there.precision == {"auto": "float16"}.get(precision, precision)
    assert [m.phase for m in there.history] == [m.phase for m in here.history]
    for measured, expected in zip(there.history, here.history, strict=True):
        assert measured.train_loss == pytest.approx(expected.train_loss, rel=nearness)
        assert measured.validation_loss == pytest.approx(expected.validation_loss, rel=nearness)


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_all_its_phases_learn_there(dataset: TrainingDataset, settings: Hyperparameters) -> None:
    """The language model among them."""
    trained = _train(dataset, settings, "cuda")
    words = [m.train_loss for m in trained.history if m.phase == "pretraining"]
    assert words[-1] < words[0]
    assert trained.validation.accuracy == 1.0
