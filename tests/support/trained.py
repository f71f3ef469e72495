"""Trained models: whether two are the same, one as the next run's start, and a small student."""

from pathlib import Path

import numpy as np
import torch

from sentiment.artifact.artifact import Artifact, read_artifact, write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.augmentation.excerpts import Excerpts
from sentiment.augmentation.lesson_examples import LessonExamples
from sentiment.augmentation.names import Names
from sentiment.augmentation.synthetic import SyntheticExamples
from sentiment.data.dataset import EncodedSplit, TrainingDataset
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import find_recipe
from sentiment.text.vocabulary import Vocabulary
from sentiment.training.epoch_loop import Run
from sentiment.training.process_group import Group
from sentiment.training.run import TrainedModel
from sentiment.training.step_batches import Examples, FittingPlan
from sentiment.training.supervised import fit

_AN_EPOCH = 16  # reviews, each of the split's as often as another


def same_weights(one: TrainedModel, other: TrainedModel) -> bool:
    """To the last bit."""
    pairs = zip(one.model.state_dict().values(), other.model.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def as_artifact(trained: TrainedModel, dataset: TrainingDataset, folder: Path) -> Artifact:
    recipe = find_recipe(dataset.description.recipe.name)
    write_artifact(
        folder / "model", trained.model, recipe, dataset.vocabulary, Calibration(1.0), 0.5, {}
    )
    return read_artifact(folder / "model")


def split_of(reviews: list[list[int]], labels: list[int]) -> EncodedSplit:
    return EncodedSplit(
        np.concatenate(reviews).astype(np.uint16),
        np.cumsum([0, *map(len, reviews)]),
        np.array(labels, np.int8),
    )


def fit_student(
    vocabulary: Vocabulary,
    split: EncodedSplit,
    n_epochs: int,
    *,
    names: Names | None = None,
    synthetic: SyntheticExamples | None = None,
    lessons: LessonExamples | None = None,
) -> LSTMClassifier:
    """A tiny network that learned the split's reviews and their excerpts, in eval mode."""
    every = np.tile(np.arange(len(split)), _AN_EPOCH // len(split))
    examples = Examples(split, every, split.labels.astype(np.float32))
    plan = student_plan(vocabulary, n_epochs, names=names, synthetic=synthetic, lessons=lessons)
    torch.manual_seed(1)
    model = LSTMClassifier(8, 8, len(vocabulary), bidirectional=True, pooling="max_mean")
    run = Run(str, 1, torch.float32, torch.device("cpu"), Group(), None, lambda _line: None)
    fit(run, model, examples, examples, plan)
    return model.eval()


def student_plan(
    vocabulary: Vocabulary,
    n_epochs: int,
    *,
    names: Names | None = None,
    synthetic: SyntheticExamples | None = None,
    lessons: LessonExamples | None = None,
) -> FittingPlan:
    """Reviews and their excerpts are learned, nothing is dropped."""
    return FittingPlan(
        "student",
        n_epochs=n_epochs,
        batch_size=8,
        learning_rate=0.02,
        one_cycle=False,
        gradient_clip=1.0,
        vector_share=1.0,
        word_dropout=0.0,
        excerpts=Excerpts.of(vocabulary),
        excerpt_weight=1.0,
        names=names or Names((), len(vocabulary)),
        synthetic=synthetic,
        lessons=lessons,
        lesson_weight=1.0,
        perturbation=0.0,
        short_perturbation=0.0,
    )
