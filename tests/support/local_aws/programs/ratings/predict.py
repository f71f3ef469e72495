"""The serve folder's script of a project in the original style: SageMaker's four functions."""

from __future__ import annotations

import pickle
from pathlib import Path

Model = tuple[dict[str, int], dict[int, int]]


def model_fn(model_dir: str) -> Model:
    print("Loading model.", flush=True)
    with (
        Path(model_dir, "word_dict.pkl").open("rb") as words,
        Path(model_dir, "model.pkl").open("rb") as weights,
    ):
        return pickle.load(words), pickle.load(weights)  # noqa: S301 - as such projects do


def input_fn(serialized: bytes | str, content_type: str) -> str:
    if content_type == "text/plain":
        return serialized if isinstance(serialized, str) else serialized.decode("utf-8")
    raise Exception("Requested unsupported ContentType in content_type: " + content_type)  # noqa: TRY002


def predict_fn(review: str, model: Model) -> float:
    word_dict, weights = model
    total = sum(weights.get(word_dict.get(word, 1), 0) for word in review.lower().split())
    return 1.0 if total > 0 else 0.0


def output_fn(rating: float, _accept: str) -> str:
    return str(rating)
