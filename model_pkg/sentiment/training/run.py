"""A training run from the dataset to the model that is served, phase by phase.

The classic recipe has one phase: the classifier learns the labels. The default recipe has four:
word vectors are counted and the LSTMs learn to guess words (`pretraining`); so prepared, a
classifier learns the labels (`teacher`); another one, the `student`, learns the labels together
with what the teacher and an n-gram model say of the unlabelled reviews; and then goes on, being one
of its own teachers (`self_training`), round by round (`self_training_2`). Each phase can be
resumed. A run may also start from the weights of a model that is there: then that one is the
student, and has the last phase alone, or none, and is only calibrated anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.calibration import Calibration
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
from sentiment.training.warm_start import take_over

# Settings that a phase does not read: a run that differs only there goes on behind it.
_UNREAD = {
    "pretraining": (
        *("ensemble_epochs", "epochs", "self_training_epochs", "learning_rate"),
        *("dropout", "word_dropout", "excerpt_weight", "perturbation"),
    ),
    "teacher": ("epochs", "self_training_epochs", "excerpt_weight", "perturbation"),
    "student": ("self_training_epochs", "perturbation"),
}
_UNREAD_BY_ALL = ("self_training_rounds",)  # a round does not know how many are to come


@dataclass(frozen=True)
class TrainedModel:
    """The best epoch's model, calibrated, and how it came about."""

    model: LSTMClassifier
    calibration: Calibration
    unsure_below: float
    history: list[EpochMetrics]  # of all phases, in order
    best: EpochMetrics | None  # of the last phase; None where nothing was learned
    validation: Judgement  # of the calibrated model
    teachers: dict[str, float]  # validation accuracy of each, and of their mixes
    precision: str  # of the LSTMs in training


def train(
    dataset: TrainingDataset,
    settings: Hyperparameters,
    *,
    device: torch.device,
    start: Artifact | None = None,
    checkpoints: Path | None = None,
    log: Log = print,
    group: Group | None = None,
) -> TrainedModel:
    """Train by the settings and return the epoch with the lowest validation loss.

    With a model to `start` from, that one is the student, and teaches itself; where the settings
    have epochs for a teacher as well, one is trained anew and teaches beside it. One metric line
    per epoch goes to `log`; `checkpoints` is read at each phase's start and written every
    few minutes. In a `group` of processes all of them call this and get the same model.

    Raises:
        InvalidHyperparameter: more validation or sample reviews are asked for than there are, or
            the recipe or the settings do not allow for `start` or for so many processes.
    """
    group = group or Group()
    if group.size > 1 and settings.batch_size < 2 * group.size:
        raise InvalidHyperparameter(
            f"batch-size must be at least twice the number of processes, {group.size}, not "
            f"{settings.batch_size}"
        )
    precision = find_precision(settings.precision, device, group, checkpoints)
    run = Run(
        partial(phase_identity, settings, dataset, start),
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
    if start is not None:
        _require_unlabelled(dataset)
        take_over(model, start, dataset.vocabulary)
    phases.complete(model, is_new=start is None)

    parts = compute_parts(run, model, dataset.train, division.validation)
    labels = torch.from_numpy(dataset.train.labels[division.validation].astype(np.float32))
    n_words = np.maximum(1, np.diff(dataset.train.offsets)[division.validation])
    calibration = fit_calibration(parts, n_words, labels)
    logits = torch.from_numpy(calibration.logits(parts.numpy(), n_words))
    unsure_below = fit_unsure_below(logits)
    history = phases.history
    last_phase = [epoch for epoch in history if epoch.phase == history[-1].phase]
    return TrainedModel(
        model.cpu(),
        calibration,
        unsure_below,
        history,
        best_epoch(last_phase) if last_phase else None,
        judge(logits, labels.double()),
        phases.teachers,
        name_of(precision),
    )


def _require_unlabelled(dataset: TrainingDataset) -> None:
    if dataset.unlabelled is None:
        raise InvalidHyperparameter(
            "a model to start from teaches itself by unlabelled reviews, and the dataset has none: "
            "prepare it by the default recipe, of an archive that holds some"
        )


def phase_identity(
    settings: Hyperparameters, dataset: TrainingDataset, start: Artifact | None, phase: str
) -> str:
    """The same for two runs that compute the same thing up to the end of that phase.

    What a teacher learns does not depend on the model to `start` from, which is its student.
    """
    unread = (*_UNREAD.get(phase, ()), *_UNREAD_BY_ALL)
    relevant = {name: value for name, value in settings.as_json().items() if name not in unread}
    content = {"settings": relevant, "data": dataset.description.fingerprint}
    if start is not None and phase not in ("pretraining", "teacher"):
        content["start"] = start.description["sha256"]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
