"""A training run from the dataset to the model that is served, phase by phase.

The classic recipe has one phase: the classifier learns the labels. The default recipe has four:
word vectors are counted and the LSTMs learn to guess words (`pretraining`); so prepared, a
classifier learns the labels (`teacher`); another one, the `student`, learns the labels together
with what the teacher and an n-gram model say of the unlabelled reviews; and then goes on, being its
own teacher (`self_training`). Each phase can be resumed. A run may also start from the weights of
a model that is there: then it has the last phase alone, or none, and is only calibrated anew.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from sentiment.artifact import Artifact
from sentiment.calibrated import Calibration
from sentiment.calibration import fit_calibration, fit_unsure_below
from sentiment.checkpoint import EpochMetrics
from sentiment.dataset import EncodedSplit, TrainingDataset
from sentiment.distillation import join, teach
from sentiment.distributed import Group
from sentiment.epochs import Judgement, Log, Run, best_epoch, judge
from sentiment.errors import InvalidHyperparameter
from sentiment.excerpts import Excerpts
from sentiment.fitting import Examples, FittingPlan, compute_logits, fit
from sentiment.held_out import Division, divide
from sentiment.hyperparameters import Hyperparameters
from sentiment.language_model import PretrainingPlan, Texts, pretrain
from sentiment.model import LSTMClassifier
from sentiment.ngrams import NGramModel, fit_ngrams
from sentiment.opinions import Opinions
from sentiment.precision import is_half
from sentiment.recipe import Recipe, find_recipe
from sentiment.vectors import word_vectors
from sentiment.warm_start import take_over

_VECTOR_SHARE = 0.5  # of the learning rate, for word vectors that were counted before
_PRETRAINING_RATE = 3e-3
_PRETRAINING_CLIP = 0.5
# Settings that a phase does not read: a run that differs only there goes on behind it.
_UNREAD = {
    "pretraining": (
        *("teacher_epochs", "epochs", "self_training_epochs", "learning_rate"),
        *("dropout", "word_dropout", "excerpt_weight", "noise"),
    ),
    "teacher": ("epochs", "self_training_epochs", "excerpt_weight", "noise"),
    "student": ("self_training_epochs", "noise"),
}


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

    With a model to `start` from, that one is the student, and teaches itself. One metric line per
    epoch goes to `log`; `checkpoints` is read at each phase's start and written after every epoch.
    In a `group` of processes all of them call this and get the same model.

    Raises:
        InvalidHyperparameter: more validation or sample reviews are asked for than there are, or
            the recipe or the settings do not allow for `start`.
    """
    group = group or Group()
    run = Run(
        partial(phase_identity, settings, dataset, start),
        settings.seed,
        is_half(settings.precision, device),
        device,
        group,
        checkpoints,
        log if group.is_first else lambda _line: None,
    )
    recipe = find_recipe(settings.recipe)
    division = divide(dataset.train, settings.validation_size, settings.sample)
    labelled = Examples(dataset.train, division.train, dataset.train.labels.astype(np.float32))
    validation = Examples(dataset.train, division.validation, labelled.targets)
    history: list[EpochMetrics] = []
    teachers: dict[str, float] = {}
    vocabulary_size = min(settings.vocab_size, len(dataset.vocabulary))
    torch.manual_seed(settings.seed)
    model = build_model(recipe, settings, vocabulary_size).to(device)

    if start is not None:
        _require_unlabelled(dataset)
        take_over(model, start, dataset.vocabulary)
    else:
        if recipe.pretrains_vectors:
            _lay_word_vectors(run, model, dataset, division)
        if settings.pretraining_epochs:
            history += _pretrain(run, model, dataset, division, settings)

    def learn(
        phase: str, examples: Examples, n_epochs: int, ngrams: NGramModel | None = None
    ) -> None:
        plan = _plan(recipe, settings, dataset, phase, n_epochs, ngrams)
        history.extend(fit(run, model, examples, validation, plan))

    if dataset.unlabelled is None or not (settings.teacher_epochs or start):
        learn("classifier", labelled, settings.epochs)
    elif start is None or settings.self_training_epochs:
        unlabelled = dataset.unlabelled
        ngrams = fit_ngrams(dataset.train, division.train, vocabulary_size)

        def ask(teacher: str) -> Examples:
            lesson = teach(run, model, ngrams, dataset.train, unlabelled, division)
            teachers[teacher] = lesson.lstm_accuracy
            teachers[f"{teacher} and n-grams"] = lesson.mix_accuracy
            return lesson.examples

        if start is None:
            beginning = {name: tensor.clone() for name, tensor in model.state_dict().items()}
            learn("teacher", labelled, settings.teacher_epochs)
            examples = ask("teacher")
            model.load_state_dict(beginning)
            learn("student", examples, settings.epochs, ngrams)
        if settings.self_training_epochs:
            learn("self_training", ask("student"), settings.self_training_epochs, ngrams)

    logits = compute_logits(run, model, dataset.train, division.validation)
    labels = torch.from_numpy(validation.targets[division.validation])
    n_words = np.maximum(1, np.diff(dataset.train.offsets)[division.validation])
    calibration = fit_calibration(logits, n_words, labels)
    logits = logits + torch.from_numpy(calibration.shifts(n_words))
    unsure_below = fit_unsure_below(logits, calibration.temperature)
    last_phase = [epoch for epoch in history if epoch.phase == history[-1].phase]
    return TrainedModel(
        model.cpu(),
        calibration,
        unsure_below,
        history,
        best_epoch(last_phase) if last_phase else None,
        judge(logits / calibration.temperature, labels.double()),
        teachers,
    )


def _require_unlabelled(dataset: TrainingDataset) -> None:
    if dataset.unlabelled is None:
        raise InvalidHyperparameter(
            "a model to start from teaches itself by unlabelled reviews: that takes the default "
            "recipe"
        )


def build_model(recipe: Recipe, settings: Hyperparameters, vocabulary_size: int) -> LSTMClassifier:
    """The recipe's network in the settings' sizes, freshly initialised."""
    return LSTMClassifier(
        settings.embedding_dim,
        settings.hidden_dim,
        vocabulary_size,
        bidirectional=recipe.bidirectional,
        pooling=recipe.pooling,
        dropout=settings.dropout,
    )


def phase_identity(
    settings: Hyperparameters, dataset: TrainingDataset, start: Artifact | None, phase: str
) -> str:
    """The same for two runs that compute the same thing up to the end of that phase."""
    unread = _UNREAD.get(phase, ())
    relevant = {name: value for name, value in settings.as_json().items() if name not in unread}
    content = {"settings": relevant, "data": dataset.description.fingerprint}
    if start is not None:
        content["start"] = start.description["sha256"]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _lay_word_vectors(
    run: Run, model: LSTMClassifier, dataset: TrainingDataset, division: Division
) -> None:
    """Vectors of all texts but the held-out ones."""
    started = time.monotonic()
    splits = [_only(dataset.train, division.train)]
    if dataset.unlabelled is not None:
        splits.append(dataset.unlabelled)
    n_words, dimension = model.embedding.weight.shape
    vectors = word_vectors(splits, n_words, dimension, run.seed)
    with torch.no_grad():
        model.embedding.weight.copy_(vectors)
    seconds = time.monotonic() - started
    n_reviews = sum(map(len, splits))
    run.log(f"word_vectors={n_words}x{dimension} reviews={n_reviews} seconds={seconds:.1f}")


def _pretrain(
    run: Run,
    model: LSTMClassifier,
    dataset: TrainingDataset,
    division: Division,
    settings: Hyperparameters,
) -> list[EpochMetrics]:
    split, indices = dataset.train, division.train
    if dataset.unlabelled is not None:
        split = join(dataset.train, dataset.unlabelled)
        indices = np.concatenate([indices, np.arange(len(dataset.train), len(split))])
    plan = PretrainingPlan(
        settings.pretraining_epochs,
        settings.batch_size,
        _PRETRAINING_RATE,
        _PRETRAINING_CLIP,
        _VECTOR_SHARE,
    )
    held_out = Texts(dataset.train, division.validation)
    return pretrain(run, model, Texts(split, indices), held_out, plan)


def _plan(
    recipe: Recipe,
    settings: Hyperparameters,
    dataset: TrainingDataset,
    phase: str,
    n_epochs: int,
    ngrams: NGramModel | None,
) -> FittingPlan:
    is_taught = phase in ("student", "self_training")
    excerpts = Excerpts.of(dataset.vocabulary)
    return FittingPlan(
        phase,
        n_epochs,
        settings.batch_size,
        settings.learning_rate,
        one_cycle=recipe.one_cycle,
        gradient_clip=recipe.gradient_clip,
        vector_share=_VECTOR_SHARE if recipe.pretrains_vectors else 1.0,
        word_dropout=settings.word_dropout,
        excerpts=excerpts,
        excerpt_weight=settings.excerpt_weight if is_taught else 0.0,
        opinions=Opinions.of(dataset.vocabulary, excerpts, ngrams) if ngrams else None,
        noise=settings.noise if phase == "self_training" else 0.0,
    )


def _only(split: EncodedSplit, indices: NDArray[np.int64]) -> EncodedSplit:
    """The split's reviews at `indices`, in the split's order."""
    lengths = np.diff(split.offsets)
    kept = np.zeros(len(split), np.bool_)
    kept[indices] = True
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[kept])])
    return EncodedSplit(split.ids[np.repeat(kept, lengths)], offsets, split.labels[kept])
