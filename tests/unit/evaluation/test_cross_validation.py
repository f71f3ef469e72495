"""10-fold cross-validation: it is reproducible, and does not flatter."""

from pathlib import Path

import numpy as np
import pytest
import torch

from evaluation.cross_validation import cross_validate
from sentiment.artifact.artifact import read_artifact, write_artifact
from sentiment.artifact.calibration import Calibration
from sentiment.data.dataset import TrainingDataset
from sentiment.data.validation_split import divide
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import DEFAULT
from sentiment.training.epoch_loop import judge
from sentiment.training.fit_calibration import fit_calibration


@pytest.mark.parametrize("recipe_name", ["default"], indirect=True)
def test_a_calibration_that_saw_the_reviews_does_better(
    dataset: TrainingDataset, tmp_path: Path
) -> None:
    """The cross-validated loss is above that of the calibration fitted on all reviews."""
    torch.manual_seed(5)
    model = LSTMClassifier(6, 5, len(dataset.vocabulary), bidirectional=True, pooling="max_mean")
    write_artifact(tmp_path, model, DEFAULT, dataset.vocabulary, Calibration(1.0), 0.5, {})
    artifact = read_artifact(tmp_path)

    found = cross_validate(artifact, dataset, 40, n_draws=2)
    assert found == cross_validate(artifact, dataset, 40, n_draws=2)
    assert found.n_reviews == 40
    assert 0 <= found.accuracy <= 1
    assert found.loss_deviation > 0

    held_out = divide(dataset.train, 40).validation
    reviews = [dataset.train.review(index).tolist() for index in held_out]
    n_words = np.array([len(review) for review in reviews])
    labels = torch.from_numpy(dataset.train.labels[held_out].astype(np.float64))
    parts = artifact.network.parts(reviews)
    calibration = fit_calibration(torch.from_numpy(parts), n_words, labels)
    seen = judge(torch.from_numpy(calibration.logits(parts, n_words)), labels)
    assert found.loss > seen.loss
