"""How long one review takes: the served model against the classic one, served plainly.

    python -m benchmarks.one_review [--model pretrained/model.tar.gz] [--archive work/aclImdb]

OMP_NUM_THREADS in the environment sets the threads of both ways.

The plain way cleans a review as the classic recipe's description reads, pads it to 500 words and
runs an LSTM of the classic size. Both ways do each review of a sample in turns, so that whatever
else the machine does falls on both. The figure is the ratio of the median times,
from text to probability; beside it the ratio for the networks alone.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch

from benchmarks import plain
from sentiment.artifact.onnx_network import usable_cores
from sentiment.data.archive import find_root, list_reviews
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import CLASSIC
from sentiment.serving.predictor import Predictor
from sentiment.training.batches import pad
from sentiment.training.hyperparameters import resolve

TARGET = 1.5
_LENGTH = 500


@dataclass(frozen=True)
class OneReview:
    """Median milliseconds of a review, from text to probability; and of the networks alone."""

    served_ms: float
    classic_ms: float
    network_ms: float
    classic_network_ms: float

    @property
    def ratio(self) -> float:
        return self.served_ms / self.classic_ms


def measure(predictor: Predictor, reviews: Sequence[str]) -> OneReview:
    """Both ways on each of the reviews, in turns."""
    encoder, network = predictor.artifact.encoder, predictor.artifact.network
    settings = resolve({"recipe": CLASSIC.name})
    classic = LSTMClassifier(
        settings.embedding_dim, settings.hidden_dim, settings.vocab_size
    ).eval()  # its weights make no difference to its time
    words = {word for review in reviews for word in plain.words_of_in_memory(review)}
    id_of = {word: i % CLASSIC.vocabulary_size for i, word in enumerate(sorted(words))}

    def plainly(review: str) -> float:
        ids, length = plain.encode(plain.words_of_in_memory(review), id_of, _LENGTH)
        return _run(classic, ids, max(1, length))

    encoded = [encoder.encode(review).ids for review in reviews]
    padded = plain.encode(plain.words_of_in_memory(reviews[0]), id_of, _LENGTH)[0]
    return OneReview(
        *medians(
            [
                [partial(predictor.predict, [review]) for review in reviews],
                [partial(plainly, review) for review in reviews],
                [partial(network.parts, [ids]) for ids in encoded],
                [partial(_run, classic, padded, _LENGTH)] * len(reviews),
            ]
        )
    )


def main() -> int:
    """0 when a prediction keeps the target."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--archive", type=Path, default=Path("work/aclImdb"))
    parser.add_argument("--model", type=Path, default=Path("pretrained/model.tar.gz"))
    parser.add_argument("--sample", type=int, default=300)
    options = parser.parse_args()
    files = list_reviews(find_root(options.archive), "test")
    chance = random.Random(1)  # noqa: S311 - a sample, not a secret
    reviews = [file.read() for file in chance.sample(files, options.sample)]
    found = measure(Predictor.load_archive(options.model), reviews)
    print(
        f"{usable_cores()} threads, {len(reviews)} reviews, medians: the served model "
        f"{found.served_ms:.1f} ms a review, the classic one plainly {found.classic_ms:.1f} ms: "
        f"{found.ratio:.2f} times (target {TARGET}); the networks alone {found.network_ms:.1f} and "
        f"{found.classic_network_ms:.1f} ms",
        file=sys.stderr,
    )
    print(json.dumps(asdict(found) | {"ratio": found.ratio, "threads": usable_cores()}))
    return 0 if found.ratio <= TARGET else 1


def _run(network: LSTMClassifier, ids: list[int], length: int) -> float:
    with torch.inference_mode():
        batch, _ = pad([ids])
        return torch.sigmoid(network(batch, torch.tensor([length]))).item()


def medians(ways: Sequence[Sequence[Callable[[], object]]]) -> list[float]:
    """The median milliseconds of each way, whose calls are made in turns."""
    times: list[list[float]] = [[] for _ in ways]
    for round_ in zip(*ways, strict=True):
        for kept, call in zip(times, round_, strict=True):
            started = time.perf_counter()
            call()
            kept.append((time.perf_counter() - started) * 1e3)
    return [statistics.median(kept) for kept in times]


if __name__ == "__main__":
    sys.exit(main())
