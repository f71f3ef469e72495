"""10-fold cross-validation of a model's calibration on the validation reviews.

    python -m evaluation.cross_validation [--model pretrained] [--data work/dataset-default]

A calibration is fitted on the validation reviews, so their loss under it is a little too low. Here
each tenth of them is scored with a calibration fitted on the other nine (Hastie, Tibshirani and
Friedman, "The Elements of Statistical Learning", 7.10). One random split into folds moves the loss
by about 0.0003, so the splitting is repeated. The figures are means.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm import tqdm

from sentiment.artifact.artifact import Artifact, read_artifact
from sentiment.data.dataset import TrainingDataset, read_training_dataset
from sentiment.data.validation_split import divide
from sentiment.errors import InvalidDataset, SentimentError
from sentiment.training.fit_calibration import fit_calibration

_N_FOLDS = 10
_COVERAGE = 0.9
_BATCH = 50


@dataclass(frozen=True)
class CrossValidation:
    """Figures on the validation reviews, each scored with a calibration fitted on others."""

    n_reviews: int
    n_draws: int
    loss: float
    loss_deviation: float  # standard deviation over the draws
    accuracy: float
    accuracy_at_90_percent: float  # at 90 % coverage


def cross_validate(
    artifact: Artifact, dataset: TrainingDataset, n_held_out: int, n_draws: int
) -> CrossValidation:
    """Cross-validate on the reviews that a training with `validation-size` `n_held_out` holds out.

    `n_draws` is how often the reviews are split into folds; at least 2.

    Raises:
        InvalidHyperparameter: the dataset cannot hold out `n_held_out` reviews.
    """
    indices = divide(dataset.train, n_held_out).validation
    labels = torch.from_numpy(dataset.train.labels[indices].astype(np.float64))
    n_words = np.maximum(1, np.diff(dataset.train.offsets)[indices])
    parts = _logit_parts(artifact, dataset, indices)
    generator = np.random.default_rng(1)
    losses, right, right_at_coverage = [], [], []
    for _ in tqdm(range(n_draws), unit="draw", disable=None):
        logits = torch.zeros(len(indices), dtype=torch.float64)
        for fold in np.array_split(generator.permutation(len(indices)), _N_FOLDS):
            others = np.setdiff1d(np.arange(len(indices)), fold)
            calibration = fit_calibration(parts[others], n_words[others], labels[others])
            logits[fold] = torch.from_numpy(calibration.logits(parts[fold].numpy(), n_words[fold]))
        is_right = ((logits > 0) == (labels > 0)).double()
        most_confident = logits.abs().argsort(descending=True)[: round(_COVERAGE * len(indices))]
        losses.append(float(binary_cross_entropy_with_logits(logits, labels)))
        right.append(float(is_right.mean()))
        right_at_coverage.append(float(is_right[most_confident].mean()))
    return CrossValidation(
        len(indices),
        n_draws,
        statistics.mean(losses),
        statistics.stdev(losses),
        statistics.mean(right),
        statistics.mean(right_at_coverage),
    )


def _logit_parts(
    artifact: Artifact, dataset: TrainingDataset, indices: NDArray[np.int64]
) -> torch.Tensor:
    """Return the parts of the reviews' logits (reviews, parts), in the order of `indices`."""
    lengths = np.diff(dataset.train.offsets)[indices]
    in_order = np.argsort(lengths, kind="stable")  # similar lengths together, so little padding
    parts = [
        artifact.network.parts([dataset.train.review(i).tolist() for i in indices[batch]])
        for batch in np.array_split(in_order, max(1, len(indices) // _BATCH))
    ]
    return torch.from_numpy(np.concatenate(parts)[np.argsort(in_order)])


def main() -> int:
    """Print the figures as JSON; return 1 if model and dataset are unreadable or do not match."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.cross_validation", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=Path("pretrained"),
        help="model.tar.gz or artifact folder to calibrate (default: %(default)s)",
    )
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        type=Path,
        default=Path("work/dataset-default"),
        help="dataset folder that the model was trained on (default: %(default)s)",
    )
    parser.add_argument(
        "--validation-size",
        metavar="REVIEWS",
        type=int,
        default=2500,
        help="reviews that its training held out (default: %(default)s)",
    )
    parser.add_argument(
        "--draws",
        metavar="N",
        type=int,
        default=10,
        help="number of random splits into folds, at least 2 (default: %(default)s)",
    )
    options = parser.parse_args()
    if options.draws < 2:
        parser.error(f"--draws must be at least 2, not {options.draws}")
    if options.validation_size < _N_FOLDS:
        parser.error(
            f"--validation-size must be at least {_N_FOLDS}, not {options.validation_size}"
        )
    try:
        artifact, dataset = read_artifact(options.model), read_training_dataset(options.data)
        if artifact.encoder.vocabulary.words != dataset.vocabulary.words:
            raise InvalidDataset("the model and the dataset have different vocabularies")
        found = cross_validate(artifact, dataset, options.validation_size, options.draws)
    except (SentimentError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
