"""The training loop."""

import math
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from sentiment.data.dataset import TrainingDataset
from sentiment.errors import InvalidHyperparameter, TrainingDiverged
from sentiment.text.vocabulary import INFREQUENT_ID
from sentiment.training import epoch_loop
from sentiment.training.history import EpochMetrics, best_epoch
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.process_group import Group, local_device
from sentiment.training.run import train
from tests.support.trained import as_artifact, same_weights
from tests.unit.conftest import WholeRun

CPU = torch.device("cpu")


def test_the_loss_falls_and_the_classes_are_told_apart(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """On reviews that are easy to tell apart, every recipe learns to."""
    trained = train(dataset, replace(settings, epochs=10), device=CPU, log=lambda _line: None)
    assert trained.history[-1].train_loss < trained.history[0].train_loss
    assert trained.validation.accuracy == 1.0


def test_a_seed_decides_everything(dataset: TrainingDataset, settings: Hyperparameters) -> None:
    """The same seed gives the same weights to the last bit, another seed others."""
    short = replace(settings, epochs=1)
    first, again, other = (
        train(dataset, chosen, device=CPU, log=lambda _line: None)
        for chosen in (short, short, replace(short, seed=2))
    )
    assert same_weights(first, again)
    assert not same_weights(first, other)


def test_the_best_epoch_is_kept_not_the_last(whole_run: WholeRun) -> None:
    """The returned model's epoch has the lowest validation loss of all."""
    trained = whole_run.trained
    assert trained.best is not None
    last = [m for m in trained.history if m.phase == trained.best.phase]
    assert trained.best.validation_loss == min(m.validation_loss for m in last)
    assert math.isfinite(trained.calibration.temperature)
    assert 0.5 <= trained.unsure_below < 1


@pytest.mark.parametrize("recipe_name", ["classic"], indirect=True)
def test_a_training_that_diverges_says_so(
    dataset: TrainingDataset, settings: Hyperparameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No model comes of it."""
    set_rate = epoch_loop.set_learning_rate
    monkeypatch.setattr(
        epoch_loop, "set_learning_rate", lambda adam, _rate: set_rate(adam, math.inf)
    )
    with pytest.raises(TrainingDiverged, match="no epoch of classifier"):
        train(dataset, replace(settings, epochs=1), device=CPU, log=lambda _line: None)


def test_an_epoch_without_a_loss_is_not_the_best() -> None:
    """Nothing is less than NaN, and NaN is no less than a number."""
    history = [EpochMetrics("a", n, 0.5, loss, None, 1.0) for n, loss in enumerate((math.nan, 0.7))]
    assert best_epoch(history).epoch == best_epoch(history[::-1]).epoch == 1


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


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_a_smaller_vocabulary_holds_for_all_that_reads_ids(dataset: TrainingDataset) -> None:
    """No text, and no rule that makes up texts, has a word that the network cannot see."""
    cut = dataset.cut(10)
    assert len(cut.vocabulary) == 10
    assert cut.vocabulary.words == dataset.vocabulary.words[:8]
    assert cut.unlabelled is not None
    assert dataset.unlabelled is not None
    for split, whole in ((cut.train, dataset.train), (cut.unlabelled, dataset.unlabelled)):
        assert split.ids.dtype == whole.ids.dtype
        assert split.ids.tolist() == [id_ if id_ < 10 else INFREQUENT_ID for id_ in whole.ids]
    assert dataset.cut(len(dataset.vocabulary)) is dataset


def test_each_of_several_processes_has_reviews_of_every_batch(
    dataset: TrainingDataset, settings: Hyperparameters
) -> None:
    """A batch smaller than that is a sentence, not a process without a review."""
    group = Group(rank=1, size=2)
    with pytest.raises(InvalidHyperparameter, match="batch-size must be at least twice"):
        train(dataset, replace(settings, batch_size=3), device=CPU, group=group)


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_a_model_starts_from_anothers_weights(
    dataset: TrainingDataset, settings: Hyperparameters, whole_run: WholeRun, tmp_path: Path
) -> None:
    """Started from a trained model, a run has self-training alone, from where that one was."""
    trained = whole_run.trained
    start = as_artifact(trained, dataset, tmp_path)
    alone = replace(settings, pretraining_epochs=0, ensemble_epochs=0)
    gone_on = train(dataset, alone, device=CPU, warm_start=start, log=lambda _line: None)
    assert [m.phase for m in gone_on.history] == ["self_training", "self_training_2"]
    assert gone_on.history[0].train_loss < trained.history[-1].train_loss
    assert set(gone_on.ensemble) == {"n-grams", "student", "n-grams and student"}
    assert not same_weights(trained, gone_on)


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_another_teacher_may_teach_a_model_beside_itself(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path
) -> None:
    """The teacher learns as it would for a new model; the model keeps its own weights."""
    lines: list[str] = []
    run = partial(
        train, dataset, settings, device=CPU, checkpoints=tmp_path / "c", log=lines.append
    )
    trained = run()
    taught = run(warm_start=as_artifact(trained, dataset, tmp_path))
    for phase in ("pretraining", "teacher"):  # the model's own teacher, from its checkpoints
        assert f"phase={phase} resumed_after_epoch=2" in lines
    assert [m.phase for m in taught.history if m.phase not in ("pretraining", "teacher")] == [
        "self_training",
        "self_training_2",
    ]
    assert taught.ensemble.keys() > {"teacher", "n-grams and teacher and student"}
    assert taught.history[-1].train_loss < trained.history[-1].train_loss

    no_epoch = replace(settings, self_training_epochs=0)
    start = as_artifact(trained, dataset, tmp_path)
    assert train(dataset, no_epoch, device=CPU, warm_start=start).history == []


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_rounds_can_be_added_to_a_run(
    dataset: TrainingDataset, settings: Hyperparameters, tmp_path: Path
) -> None:
    """With more rounds, the run resumes after the last one and ends like a run with all of them."""
    lines: list[str] = []
    run = partial(train, dataset, device=CPU, checkpoints=tmp_path, log=lines.append)
    run(settings)
    added = run(replace(settings, self_training_rounds=2))
    assert "phase=self_training_2 resumed_after_epoch=1" in lines
    assert [m.phase for m in added.history][-2:] == ["self_training_2", "self_training_3"]
    at_once = train(
        dataset, replace(settings, self_training_rounds=2), device=CPU, log=lines.append
    )
    assert same_weights(added, at_once)


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_a_model_can_be_calibrated_alone(
    dataset: TrainingDataset, settings: Hyperparameters, whole_run: WholeRun, tmp_path: Path
) -> None:
    """Started from a model that leans to one side, a run without an epoch sets it right."""
    trained = deepcopy(whole_run.trained)
    with torch.no_grad():
        trained.model.output.bias.add_(5.0)  # now all but the most confident are positive
    start = as_artifact(trained, dataset, tmp_path)
    no_epoch = replace(settings, ensemble_epochs=0, self_training_epochs=0)
    calibrated = train(dataset, no_epoch, device=CPU, warm_start=start, log=lambda _line: None)
    assert (calibrated.history, calibrated.best) == ([], None)
    assert calibrated.validation.accuracy == 1.0


@pytest.mark.parametrize(
    ("recipe_name", "change", "sentence"),
    [
        ("classic", {}, "default recipe"),
        ("default", {"hidden_dim": 9}, "hidden-dim 8"),
    ],
    indirect=["recipe_name"],
)
def test_a_start_that_does_not_fit_is_refused(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    change: dict[str, Any],
    sentence: str,
    tmp_path: Path,
) -> None:
    """A warm start that does not fit the model is refused before anything is computed."""
    short = replace(settings, pretraining_epochs=0, ensemble_epochs=0, epochs=1)
    start = as_artifact(
        train(dataset, short, device=CPU, log=lambda _line: None), dataset, tmp_path
    )
    with pytest.raises(InvalidHyperparameter, match=sentence):
        train(dataset, replace(settings, **change), device=CPU, warm_start=start)


def test_each_process_takes_a_gpu_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine with one GPU (here a pretended one), a second process is refused."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _device: None)
    assert local_device({"LOCAL_RANK": "0"}) == torch.device("cuda", 0)
    with pytest.raises(InvalidHyperparameter, match="this machine has 1"):
        local_device({"LOCAL_RANK": "1"})
