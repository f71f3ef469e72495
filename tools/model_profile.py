"""Give a model the profile that `watch drift` compares with.

    python -m tools.model_profile MODEL DATASET

MODEL is an artifact's folder, DATASET the prepared dataset that the model was trained on. The same
validation reviews are scored as in training. Only profile.json is written: the model's version and
its scores stay. Deploy the model again afterwards.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from sentiment.artifact.artifact import read_artifact
from sentiment.artifact.packing import MANIFEST_FILE
from sentiment.artifact.profile import make_profile, read_profile, write_profile
from sentiment.data.dataset import read_training_dataset
from sentiment.data.validation_split import divide
from sentiment.text.padding import by_length

_BATCH = 8


def main() -> int:
    """Write the model's profile and print its counts; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.model_profile", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("model", type=Path, help="artifact folder, such as pretrained")
    parser.add_argument("dataset", type=Path, help="dataset folder that it was trained on")
    options = parser.parse_args()
    if (options.model / MANIFEST_FILE).exists() and read_profile(options.model):
        parser.error(f"{options.model} has a profile already")
    artifact = read_artifact(options.model)
    training = artifact.description["training"]
    dataset = read_training_dataset(options.dataset)
    if dataset.description.fingerprint != training["data_fingerprint"]:
        parser.error(f"{options.dataset} is not the dataset that the model was trained on")
    dataset = dataset.cut(len(artifact.encoder.vocabulary))
    settings = training["settings"]
    division = divide(dataset.train, settings["validation_size"], settings["sample"])
    reviews = [dataset.train.review(i) for i in division.validation]
    scores = np.zeros(len(reviews))
    for positions in by_length([*map(len, reviews)], _BATCH):
        ids = [reviews[position].tolist() for position in positions]
        parts = artifact.network.parts(ids)
        scores[positions] = artifact.calibration.scores(parts, [*map(len, ids)])
    profile = make_profile(scores, reviews)
    write_profile(profile, options.model)
    print(json.dumps({name: histogram.counts for name, histogram in profile.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
