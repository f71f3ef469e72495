"""The phases of training: which network learns what, and from whom."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.names import Names
from sentiment.augmentation.opinion_sentences import OpinionSentences
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.data.dataset import EncodedSplit, TrainingDataset
from sentiment.data.validation_split import Division
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.models.ngram_model import NGramModel, fit_ngrams
from sentiment.models.word_vectors import word_vectors
from sentiment.recipe import Recipe
from sentiment.training.checkpoint import EpochMetrics
from sentiment.training.ensemble import Teachers, join
from sentiment.training.epoch_loop import Run, is_begun
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.language_model import PRETRAINING, PretrainingPlan, Texts, pretrain
from sentiment.training.supervised import Examples, FittingPlan, compute_parts, fit

_VECTOR_SHARE = 0.5  # of the learning rate, for word vectors that were counted before
_PRETRAINING_RATE = 3e-3
_PRETRAINING_CLIP = 0.5
_SELF_TRAINING = "self_training"


@dataclass
class Phases:
    """Takes networks through the phases of one run, and keeps what they came to."""

    run: Run
    recipe: Recipe
    settings: Hyperparameters
    dataset: TrainingDataset
    division: Division
    history: list[EpochMetrics] = field(default_factory=list)
    teachers: dict[str, float] = field(default_factory=dict)  # validation accuracy, of mixes too

    def __post_init__(self) -> None:
        targets = self.dataset.train.labels.astype(np.float32)
        self.labelled = Examples(self.dataset.train, self.division.train, targets)
        self.validation = Examples(self.dataset.train, self.division.validation, targets)
        self.vocabulary_size = len(self.dataset.vocabulary)

    def network(self) -> LSTMClassifier:
        """Freshly initialised, by the seed."""
        torch.manual_seed(self.settings.seed)
        return LSTMClassifier(
            self.settings.embedding_dim,
            self.settings.hidden_dim,
            self.vocabulary_size,
            bidirectional=self.recipe.bidirectional,
            pooling=self.recipe.pooling,
            dropout=self.settings.dropout,
        ).to(self.run.device)

    def complete(self, model: LSTMClassifier, *, is_new: bool) -> None:
        """All phases that the model is still to go through, and those of its teacher."""
        settings = self.settings
        is_taught = settings.teacher_epochs if is_new else settings.self_training_epochs
        unlabelled = self.dataset.unlabelled if is_taught else None
        is_taught_by_another = unlabelled is not None and settings.teacher_epochs > 0
        # who learns words, and then to teach: a model that goes on is not to forget what it knows
        trainee = self.network() if is_taught_by_another and not is_new else model
        if is_new or is_taught_by_another:
            self._prepare(trainee)
        if unlabelled is not None:
            self._learn_from_teachers(model, trainee, unlabelled, is_new=is_new)
        elif is_new:
            self._learn("classifier", model, self.labelled, settings.epochs)

    def _learn_from_teachers(
        self,
        model: LSTMClassifier,
        trainee: LSTMClassifier,
        unlabelled: EncodedSplit,
        *,
        is_new: bool,
    ) -> None:
        settings, train = self.settings, self.dataset.train
        ngrams = fit_ngrams(train, self.division.train, self.vocabulary_size)
        teachers = Teachers(train, unlabelled, self.division)
        teachers.ask("n-grams", ngrams.logits)
        if settings.teacher_epochs:
            beginning = _weights_of(model)
            self._learn("teacher", trainee, self.labelled, settings.teacher_epochs)
            teachers.ask("teacher", partial(compute_parts, self.run, trainee))
            model.load_state_dict(beginning)
        if is_new:
            self._learn("student", model, teachers.lesson(), settings.epochs, ngrams)
        if settings.self_training_epochs:
            for phase, n_epochs in self._rounds():
                teachers.ask("student", partial(compute_parts, self.run, model))
                self._learn(phase, model, teachers.lesson(), n_epochs, ngrams)
                teachers.dismiss("teacher")  # who has no more to say by then
        self.teachers = teachers.accuracies

    def _rounds(self) -> Iterator[tuple[str, int]]:
        """Of self-training, each with its epochs."""
        yield _SELF_TRAINING, self.settings.self_training_epochs
        for number in range(2, 2 + self.settings.further_rounds):
            yield f"{_SELF_TRAINING}_{number}", 1

    def _prepare(self, network: LSTMClassifier) -> None:
        """Count word vectors and learn to guess words, of all texts but the held-out ones."""
        pretrains = self.settings.pretraining_epochs > 0
        if self.recipe.pretrains_vectors and not (pretrains and is_begun(self.run, PRETRAINING)):
            self._count_vectors(network)
        if pretrains:
            train, unlabelled = self.dataset.train, self.dataset.unlabelled
            split, indices = train, self.division.train
            if unlabelled is not None:
                split = join(train, unlabelled)
                indices = np.concatenate([indices, np.arange(len(train), len(split))])
            plan = PretrainingPlan(
                self.settings.pretraining_epochs,
                self.settings.batch_size,
                _PRETRAINING_RATE,
                _PRETRAINING_CLIP,
                _VECTOR_SHARE,
            )
            held_out = Texts(train, self.division.validation)
            self.history += pretrain(self.run, network, Texts(split, indices), held_out, plan)

    def _count_vectors(self, network: LSTMClassifier) -> None:
        started = time.monotonic()
        splits = [_only(self.dataset.train, self.division.train)]
        if self.dataset.unlabelled is not None:
            splits.append(self.dataset.unlabelled)
        n_words, dimension = network.embedding.weight.shape
        vectors = word_vectors(splits, n_words, dimension, self.run.seed)
        with torch.no_grad():
            network.embedding.weight.copy_(vectors)
        seconds = time.monotonic() - started
        self.run.log(
            f"word_vectors={n_words}x{dimension} reviews={sum(map(len, splits))} "
            f"seconds={seconds:.1f}"
        )

    def _learn(
        self,
        phase: str,
        network: LSTMClassifier,
        examples: Examples,
        n_epochs: int,
        ngrams: NGramModel | None = None,
    ) -> None:
        settings, recipe, vocabulary = self.settings, self.recipe, self.dataset.vocabulary
        excerpts = Excerpts.of(vocabulary)
        statements = None
        if ngrams is not None:
            opinions = OpinionSentences.of(vocabulary, excerpts, ngrams)
            statements = SyntheticExamples.of(opinions, self.dataset.train, self.division.train)
        teaches_itself = phase.startswith(_SELF_TRAINING)
        is_taught = phase == "student" or teaches_itself
        plan = FittingPlan(
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
            names=Names.of(vocabulary),
            statements=statements,
            noise=settings.noise if teaches_itself else 0.0,
        )
        self.history += fit(self.run, network, examples, self.validation, plan)


@torch.no_grad()
def _weights_of(model: LSTMClassifier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def _only(split: EncodedSplit, indices: NDArray[np.int64]) -> EncodedSplit:
    """The split's reviews at `indices`, in the split's order."""
    lengths = np.diff(split.offsets)
    kept = np.zeros(len(split), np.bool_)
    kept[indices] = True
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[kept])])
    return EncodedSplit(split.ids[np.repeat(kept, lengths)], offsets, split.labels[kept])
