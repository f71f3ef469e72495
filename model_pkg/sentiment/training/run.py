"""A training run from the dataset to the model that is served, phase by phase.

The classic recipe has one phase: the classifier learns the labels. The default recipe has four:
word vectors are counted and the LSTMs learn a language model (`pretraining`); from there a
classifier learns the labels (`teacher`); another one, the `student`, learns the labels and the
predictions that the teacher and an n-gram model make for the unlabelled reviews; then the student
joins that ensemble (`self_training`), round by round (`self_training_2`). Each phase can be
resumed. With a warm start, the given model is the student: it has the last phase alone, or none,
and is calibrated again.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.calibration import Calibration
from sentiment.artifact.int8 import dequantize, is_quantizable, quantize
from sentiment.artifact.profile import Profile, make_profile
from sentiment.data.dataset import TrainingDataset
from sentiment.data.validation_split import divide
from sentiment.errors import InvalidHyperparameter
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import find_recipe
from sentiment.training.epoch_loop import Judgement, Log, Run, judge
from sentiment.training.fit_calibration import fit_calibration, fit_unsure_below
from sentiment.training.history import EpochMetrics, best_epoch
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.phases import Phases
from sentiment.training.precision import find_precision, name_of
from sentiment.training.process_group import Group
from sentiment.training.supervised import compute_parts
from sentiment.training.warm_start import load_weights, mix_weights

_PERTURBATIONS = ("perturbation", "short_perturbation")
# phase -> hyperparameters that it does not read: a run that differs only in them resumes after it
_UNREAD = {
    "pretraining": (
        *("ensemble_epochs", "epochs", "epoch_size", "self_training_epochs", "learning_rate"),
        *("dropout", "word_dropout", "excerpt_weight", "lesson_weight", *_PERTURBATIONS),
    ),
    "teacher": (
        *("epochs", "epoch_size", "self_training_epochs"),
        *("excerpt_weight", "lesson_weight", *_PERTURBATIONS),
    ),
    "student": ("self_training_epochs", *_PERTURBATIONS),
}
# no round knows how many follow, and the share is added after the last
_UNREAD_BY_ALL = ("self_training_rounds", "start_share")


@dataclass(frozen=True)
class TrainedModel:
    """The best epoch's model, calibrated, and the course of its training."""

    model: LSTMClassifier
    calibration: Calibration
    unsure_below: float
    history: list[EpochMetrics]  # of all phases, in order
    best: EpochMetrics | None  # of the last phase; None where nothing was learned
    validation: Judgement  # of the calibrated model
    ensemble: dict[str, float]  # teacher, or mix of teachers -> validation accuracy
    precision: str  # of the LSTMs in training
    profile: Profile  # of the validation reviews


def train(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    *,
    device: torch.device,
    warm_start: Artifact | None = None,
    checkpoints: Path | None = None,
    log: Log = print,
    group: Group | None = None,
) -> TrainedModel:
    """Train by the settings and return the epoch with the lowest validation loss.

    With a `warm_start`, that model is the student, and has self-training alone; with epochs for an
    ensemble, a new teacher is trained and joins. One line per epoch goes to `log`. `checkpoints` is
    read at the start of each phase and written every few minutes. In a `group` of processes all of
    them call this and get the same model.

    Raises:
        InvalidHyperparameter: there are fewer reviews than validation-size or sample, or the recipe
            or the settings do not fit `warm_start` or the number of processes.
    """
    group = group or Group()
    if group.size > 1 and settings.batch_size < 2 * group.size:
        raise InvalidHyperparameter(
            f"batch-size must be at least twice the number of processes, {group.size}, not "
            f"{settings.batch_size}"
        )
    precision = find_precision(settings.precision, device, group, checkpoints)
    run = Run(
        partial(phase_identity, settings, dataset, warm_start),
        settings.seed,
        precision,
        device,
        group,
        checkpoints,
        log if group.is_first else lambda _line: None,
    )
    run.log(f"precision={name_of(precision)}")
    dataset = dataset.cut(settings.vocab_size)
    division = divide(dataset.train, settings.validation_size, settings.sample)
    phases = Phases(run, find_recipe(settings.recipe), settings, dataset, division)
    model = phases.network()
    if warm_start is not None:
        _require_unlabelled(dataset)
        load_weights(model, warm_start, dataset.vocabulary)
    first = copy.deepcopy(model.state_dict()) if settings.start_share else None
    phases.complete(model, is_new=warm_start is None)
    if first is not None:
        mix_weights(model, first, settings.start_share)
    if phases.recipe.stores_int8:
        _round_weights(model)
    parts = compute_parts(run, model, dataset.train, division.validation)
    labels = torch.from_numpy(dataset.train.labels[division.validation].astype(np.float32))
    n_words = np.maximum(1, np.diff(dataset.train.offsets)[division.validation])
    calibration = fit_calibration(parts, n_words, labels)
    logits = torch.from_numpy(calibration.logits(parts.numpy(), n_words))
    unsure_below = fit_unsure_below(logits, labels)
    history = phases.history
    last_phase = [epoch for epoch in history if epoch.phase == history[-1].phase]
    return TrainedModel(
        model.cpu(),
        calibration,
        unsure_below,
        history,
        best_epoch(last_phase) if last_phase else None,
        judge(logits, labels.double()),
        phases.ensemble,
        name_of(precision),
        make_profile(
            torch.sigmoid(logits).numpy(), [dataset.train.review(i) for i in division.validation]
        ),
    )


@torch.no_grad()
def _round_weights(model: LSTMClassifier) -> None:
    """Give the model the weights of its artifact, so that it is calibrated with them."""
    for name, tensor in model.state_dict().items():
        if is_quantizable(name):
            tensor.copy_(torch.from_numpy(dequantize(*quantize(tensor.cpu().numpy()))))


def _require_unlabelled(dataset: TrainingDataset) -> None:
    if dataset.unlabelled is None:
        raise InvalidHyperparameter(
            "a warm start needs unlabelled reviews, and the dataset has none: prepare it by the "
            "default recipe, from an archive that has some"
        )


def phase_identity(
    settings: Hyperparameters, dataset: TrainingDataset, warm_start: Artifact | None, phase: str
) -> str:
    """Return a key that is equal for runs with identical results up to the end of that phase.

    The teacher does not depend on the `warm_start`, which is its student.
    """
    unread = (*_UNREAD.get(phase, ()), *_UNREAD_BY_ALL)
    relevant = {name: value for name, value in settings.as_json().items() if name not in unread}
    content = {"settings": relevant, "data": dataset.description.fingerprint}
    if warm_start is not None and phase not in ("pretraining", "teacher"):
        content["start"] = warm_start.description["sha256"]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
