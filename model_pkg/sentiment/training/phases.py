"""The phases of training: which network learns what, and from which teachers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.lesson_examples import LessonExamples
from sentiment.augmentation.names import Names
from sentiment.augmentation.opinion_sentences import OpinionSentences
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.data.dataset import EncodedSplit, TrainingDataset
from sentiment.data.validation_split import Division
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.models.ngram_model import NGramModel, fit_ngrams
from sentiment.models.word_vectors import word_vectors
from sentiment.recipe import Recipe
from sentiment.training.ensemble import Ensemble, join
from sentiment.training.epoch_loop import Run, has_checkpoint
from sentiment.training.history import EpochMetrics
from sentiment.training.hyperparameters import Hyperparameters
from sentiment.training.language_model import PRETRAINING, PretrainingPlan, Texts, pretrain
from sentiment.training.step_batches import Examples, FittingPlan
from sentiment.training.supervised import compute_parts, fit

_VECTOR_SHARE = 0.5  # of the learning rate, for word vectors that were counted before
_PRETRAINING_RATE = 3e-3
_PRETRAINING_CLIP = 0.5
_SELF_TRAINING = "self_training"


@dataclass
class Phases:
    """The phases of one run: trains networks through them, and keeps the results."""

    run: Run
    recipe: Recipe
    settings: Hyperparameters
    dataset: TrainingDataset
    division: Division
    history: list[EpochMetrics] = field(default_factory=list)
    # teacher, or mix of teachers -> validation accuracy
    ensemble: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        targets = self.dataset.train.labels.astype(np.float32)
        self.labelled = Examples(self.dataset.train, self.division.train, targets)
        self.validation = Examples(self.dataset.train, self.division.validation, targets)
        self.vocabulary_size = len(self.dataset.vocabulary)
        lessons = self.dataset.lessons
        self.lessons = (
            None
            if lessons is None
            else LessonExamples.of(lessons, self.dataset.train, self.division.train)
        )

    def network(self) -> LSTMClassifier:
        """Return a freshly initialised network; the seed decides its weights."""
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
        """Train the model, and its teacher, through the phases that they still need."""
        settings = self.settings
        distils = settings.ensemble_epochs if is_new else settings.self_training_epochs
        unlabelled = self.dataset.unlabelled if distils else None
        has_teacher = unlabelled is not None and settings.ensemble_epochs > 0
        # the network that is pretrained and then teaches; a warm-started model keeps its weights
        teacher = self.network() if has_teacher and not is_new else model
        if is_new or has_teacher:
            self._prepare(teacher)
        if unlabelled is not None:
            self._distil(model, teacher, unlabelled, is_new=is_new)
        elif is_new:
            self._learn("classifier", model, self.labelled, settings.epochs)

    def _distil(
        self,
        model: LSTMClassifier,
        teacher: LSTMClassifier,
        unlabelled: EncodedSplit,
        *,
        is_new: bool,
    ) -> None:
        settings, train = self.settings, self.dataset.train
        unlabelled, division = self._draw_epoch(unlabelled)
        ngrams = fit_ngrams(train, self.division.train, self.vocabulary_size)
        ensemble = Ensemble(train, unlabelled, division)
        ensemble.update("n-grams", ngrams.logits)
        if settings.ensemble_epochs:
            initial = _copy_weights(model)
            self._learn("teacher", teacher, self.labelled, settings.ensemble_epochs)
            ensemble.update("teacher", partial(compute_parts, self.run, teacher))
            model.load_state_dict(initial)
        if is_new:
            self._learn("student", model, ensemble.distillation_examples(), settings.epochs, ngrams)
        if settings.self_training_epochs:
            for phase, n_epochs in self._rounds():
                ensemble.update("student", partial(compute_parts, self.run, model))
                self._learn(phase, model, ensemble.distillation_examples(), n_epochs, ngrams)
                ensemble.remove("teacher")  # the student is better by then
        self.ensemble = ensemble.accuracies

    def _draw_epoch(self, unlabelled: EncodedSplit) -> tuple[EncodedSplit, Division]:
        """Return `epoch_size` reviews, labelled and unlabelled in proportion; or all of them."""
        learned, n_unlabelled = self.division.train, len(unlabelled)
        share = self.settings.epoch_size / (len(learned) + n_unlabelled)
        if not 0 < share < 1:
            return unlabelled, self.division
        generator = np.random.default_rng(self.settings.seed)
        labelled = generator.choice(learned, max(1, round(share * len(learned))), replace=False)
        drawn = generator.choice(n_unlabelled, max(1, round(share * n_unlabelled)), replace=False)
        return _only(unlabelled, drawn), replace(self.division, train=labelled)

    def _rounds(self) -> Iterator[tuple[str, int]]:
        """Yield the phases of self-training, each with its epochs."""
        yield _SELF_TRAINING, self.settings.self_training_epochs
        for number in range(2, 2 + self.settings.self_training_rounds):
            yield f"{_SELF_TRAINING}_{number}", 1

    def _prepare(self, network: LSTMClassifier) -> None:
        """Count word vectors and pretrain the language model on all texts but the held-out ones."""
        pretrains = self.settings.pretraining_epochs > 0
        if self.recipe.pretrains_vectors and not (
            pretrains and has_checkpoint(self.run, PRETRAINING)
        ):
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
        synthetic = None
        if ngrams is not None:
            opinions = OpinionSentences.of(vocabulary, excerpts, ngrams)
            synthetic = SyntheticExamples.of(opinions, self.dataset.train, self.division.train)
        is_self_training = phase.startswith(_SELF_TRAINING)
        distils = phase == "student" or is_self_training
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
            excerpt_weight=settings.excerpt_weight if distils else 0.0,
            names=Names.of(vocabulary),
            synthetic=synthetic,
            lessons=self.lessons if distils else None,
            lesson_weight=settings.lesson_weight,
            perturbation=settings.perturbation if is_self_training else 0.0,
            short_perturbation=settings.short_perturbation if is_self_training else 0.0,
        )
        self.history += fit(self.run, network, examples, self.validation, plan)


@torch.no_grad()
def _copy_weights(model: LSTMClassifier) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


def _only(split: EncodedSplit, indices: NDArray[np.int64]) -> EncodedSplit:
    """Return the split's reviews at `indices`, in the split's order."""
    lengths = np.diff(split.offsets)
    kept = np.zeros(len(split), np.bool_)
    kept[indices] = True
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[kept])])
    return EncodedSplit(split.ids[np.repeat(kept, lengths)], offsets, split.labels[kept])
