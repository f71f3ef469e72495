"""The training loop."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from sentiment.checkpoint import Checkpoint, checkpoint_path
from sentiment.dataset import TrainingDataset
from sentiment.errors import InvalidHyperparameter
from sentiment.hyperparameters import Hyperparameters
from sentiment.training import TrainedModel, train

CPU = torch.device("cpu")


def _same_weights(one: TrainedModel, other: TrainedModel) -> bool:
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_the_loss_falls_and_the_classes_are_told_apart(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """On reviews that are easy to tell apart, every recipe learns to."""
    trained = train(dataset, replace(settings, epochs=10), device=CPU, log=lambda _line: None)
    assert trained.history[-1].train_loss < trained.history[0].train_loss
    assert trained.best.validation_accuracy == 1.0


def test_a_seed_decides_everything(dataset: TrainingDataset, settings: Hyperparameters) -> None:
    """The same seed gives the same weights to the last bit, another seed others."""
    short = replace(settings, epochs=1)
    first, again, other = (
        train(dataset, chosen, device=CPU, log=lambda _line: None)
        for chosen in (short, short, replace(short, seed=2))
    )
    assert _same_weights(first, again)
    assert not _same_weights(first, other)


class _Interrupted(Exception):
    pass


@pytest.mark.parametrize(
    ("recipe_name", "reached"),
    [
        ("classic", "classifier epoch=3"),
        ("default", "pretraining epoch=2"),
        ("default", "teacher epoch=1"),
        ("default", "student epoch=3"),
        ("default", "self_training epoch=1"),
    ],
    indirect=["recipe_name"],
)
def test_a_resumed_run_computes_what_an_uninterrupted_one_does(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path, reached: str
) -> None:
    """Interrupted in any phase and started again, training ends with the same weights."""
    start = f"phase={reached} "
    whole = train(dataset, settings, device=CPU, log=lambda _line: None)

    def stop_when_reached(line: str) -> None:
        if line.startswith(start):
            raise _Interrupted

    with pytest.raises(_Interrupted):
        train(dataset, settings, device=CPU, checkpoints=tmp_path, log=stop_when_reached)
    lines: list[str] = []
    resumed = train(dataset, settings, device=CPU, checkpoints=tmp_path, log=lines.append)
    epochs = [line for line in lines if line.startswith("phase=") and "train_loss" in line]
    assert epochs[0].startswith(start)
    assert _same_weights(whole, resumed)
    assert [m.epoch for m in resumed.history] == [m.epoch for m in whole.history]


@pytest.mark.parametrize("damage", ["truncated", "other settings"])
def test_a_useless_checkpoint_is_ignored_and_said(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path, damage: str
) -> None:
    """A broken checkpoint, or one of another run, makes training start over, and say so."""
    short = replace(settings, epochs=1)
    train(dataset, short, device=CPU, checkpoints=tmp_path, log=lambda _line: None)
    last = "self_training" if settings.teacher_epochs else "classifier"
    file = checkpoint_path(tmp_path, last)
    if damage == "truncated":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        short = replace(short, seed=9)
    lines: list[str] = []
    trained = train(dataset, short, device=CPU, checkpoints=tmp_path, log=lines.append)
    assert any(line.startswith(f"checkpoint ignored, {last} starts over") for line in lines)
    n_others = settings.pretraining_epochs + settings.teacher_epochs + settings.self_training_epochs
    assert len(trained.history) == n_others + 1
    assert Checkpoint.read(tmp_path, last) is not None


def test_the_best_epoch_is_kept_not_the_last(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """The returned model's epoch has the lowest validation loss of all."""
    trained = train(dataset, settings, device=CPU, log=lambda _line: None)
    last = [m for m in trained.history if m.phase == trained.best.phase]
    assert trained.best.validation_loss == min(m.validation_loss for m in last)
    assert math.isfinite(trained.temperature)
    assert 0.5 <= trained.unsure_below < 1


def test_more_validation_than_reviews_is_refused(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """Nothing left to learn from is a sentence, not a division by zero."""
    with pytest.raises(InvalidHyperparameter, match="validation-size is 80"):
        train(dataset, replace(settings, validation_size=80), device=CPU)


def test_a_smaller_vocabulary_may_be_asked_for(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """--vocab-size reads rarer words as 'infrequent' without preparing the data again."""
    small = replace(settings, vocab_size=10, epochs=1)
    trained = train(dataset, small, device=CPU, log=lambda _line: None)
    assert trained.model.embedding.num_embeddings == 10
