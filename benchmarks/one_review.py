"""The time of one review: the served model against a plain implementation of the classic one.

    python -m benchmarks.one_review [--model pretrained] [--archive work/aclImdb]

OMP_NUM_THREADS in the environment sets the threads of both.

The plain implementation cleans a review as the classic recipe's description reads, pads it to 500
words and runs an LSTM of the classic size. Both take turns at each review of a sample, so that
other load on the machine affects both. The figure is the ratio of the median times, from text to
probability. The networks' own times are reported as well.
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
from benchmarks.pairing import MS_PER_S
from sentiment.artifact.onnx_network import usable_cores
from sentiment.data.archive import find_root, list_reviews
from sentiment.models.lstm_classifier import LSTMClassifier
from sentiment.recipe import CLASSIC
from sentiment.serving.predictor import Predictor
from sentiment.training.batches import pad
from sentiment.training.hyperparameters import resolve

_TARGET = 0.7


@dataclass(frozen=True)
class OneReview:
    """Median milliseconds of a review, from text to probability, and of the networks alone."""

    served_ms: float
    classic_ms: float
    network_ms: float
    classic_network_ms: float

    @property
    def ratio(self) -> float:
        return self.served_ms / self.classic_ms


def measure(predictor: Predictor, reviews: Sequence[str]) -> OneReview:
    """Time both implementations on each of the reviews, in turns."""
    encoder, network = predictor.artifact.encoder, predictor.artifact.network
    settings = resolve({"recipe": CLASSIC.name})
    classic = LSTMClassifier(
        settings.embedding_dim, settings.hidden_dim, settings.vocab_size
    ).eval()  # its weights make no difference to its time
    words = {word for review in reviews for word in plain.words_of_in_memory(review)}
    id_of = {word: i % CLASSIC.vocabulary_size for i, word in enumerate(sorted(words))}

    def plainly(review: str) -> float:
        ids, length = plain.encode(plain.words_of_in_memory(review), id_of)
        return _run(classic, ids, max(1, length))

    encoded = [encoder.encode(review).ids for review in reviews]
    padded = plain.encode(plain.words_of_in_memory(reviews[0]), id_of)[0]
    return OneReview(
        *medians(
            [
                [partial(predictor.predict, [review]) for review in reviews],
                [partial(plainly, review) for review in reviews],
                [partial(network.parts, [ids]) for ids in encoded],
                [partial(_run, classic, padded, plain.LENGTH)] * len(reviews),
            ]
        )
    )


def main() -> int:
    """Print the times; return 0 if the target is met."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.one_review", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--archive",
        metavar="FOLDER",
        type=Path,
        default=Path("work/aclImdb"),
        help="folder that `download` extracted (default: %(default)s)",
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=Path("pretrained"),
        help="model.tar.gz or artifact folder to measure (default: %(default)s)",
    )
    parser.add_argument(
        "--sample",
        metavar="N",
        type=int,
        default=300,
        help="number of test reviews (default: %(default)s)",
    )
    options = parser.parse_args()
    files = list_reviews(find_root(options.archive), "test")
    generator = random.Random(1)  # noqa: S311 - a sample, not a secret
    reviews = [file.read() for file in generator.sample(files, options.sample)]
    found = measure(Predictor.load(options.model), reviews)
    print(
        f"{usable_cores()} threads, {len(reviews)} reviews, medians: the served model "
        f"{found.served_ms:.1f} ms a review, the classic one {found.classic_ms:.1f} ms: "
        f"{found.ratio:.2f} times (target {_TARGET}); the networks alone {found.network_ms:.1f} "
        f"and {found.classic_network_ms:.1f} ms",
        file=sys.stderr,
    )
    print(json.dumps(asdict(found) | {"ratio": found.ratio, "threads": usable_cores()}))
    return 0 if found.ratio <= _TARGET else 1


def _run(network: LSTMClassifier, ids: list[int], length: int) -> float:
    with torch.inference_mode():
        batch, _ = pad([ids])
        return torch.sigmoid(network(batch, torch.tensor([length]))).item()


def medians(ways: Sequence[Sequence[Callable[[], object]]]) -> list[float]:
    """Return the median milliseconds of each way; the ways' calls take turns."""
    times: list[list[float]] = [[] for _ in ways]
    for round_ in zip(*ways, strict=True):
        for kept, call in zip(times, round_, strict=True):
            started = time.perf_counter()
            call()
            kept.append((time.perf_counter() - started) * MS_PER_S)
    return [statistics.median(kept) for kept in times]


if __name__ == "__main__":
    sys.exit(main())
