"""Training on a GPU, where there is one."""

from dataclasses import replace

import pytest
import torch

from sentiment.data.dataset import TrainingDataset
from sentiment.models.cudnn_lstm import run_lstm
from sentiment.training.hyperparameters import Hyperparameters, Precision
from sentiment.training.run import TrainedModel, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")


def _train(dataset: TrainingDataset, settings: Hyperparameters, device: str) -> TrainedModel:
    return train(dataset, settings, device=torch.device(device, 0), log=print)


@pytest.mark.parametrize(("precision", "nearness"), [("float32", 1e-2), ("auto", 2e-2)])
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


@pytest.mark.parametrize(("n_reviews", "n_words"), [(1, 1), (61, 300), (64, 7), (128, 120)])
def test_texts_read_in_one_go_are_read_right(n_reviews: int, n_words: int) -> None:
    """States and gradients of an LSTM of the default recipe's size, to what float16 can tell."""
    torch.manual_seed(1)
    lstm = torch.nn.LSTM(200, 256, batch_first=True).cuda()
    vectors = torch.randn(n_reviews, n_words, 200, device="cuda", requires_grad=True)
    weights = [vectors, *lstm.parameters()]
    alone, _ = lstm(vectors)
    expected = [alone, *torch.autograd.grad(alone.square().mean(), weights)]
    with torch.autocast("cuda", torch.float16):
        states, (hidden, cell) = run_lstm(lstm, vectors)
        behind, _ = run_lstm(lstm, vectors[:, :1], (hidden, cell))
    measured = [states, *torch.autograd.grad(states.float().square().mean() * 8192, weights)]
    scales = [1.0, *[8192.0] * len(weights)]
    for found, sought, scale in zip(measured, expected, scales, strict=True):
        assert (found / scale - sought).norm() <= 0.01 * sought.norm()
    assert behind.isfinite().all()


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_all_its_phases_learn_there(dataset: TrainingDataset, settings: Hyperparameters) -> None:
    """The language model among them."""
    trained = _train(dataset, settings, "cuda")
    words = [m.train_loss for m in trained.history if m.phase == "pretraining"]
    assert words[-1] < words[0]
    assert trained.validation.accuracy == 1.0
