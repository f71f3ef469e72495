"""Whether the words that `explain` names are those the verdict rests on: a deletion test.

    python -m evaluation.deletion [--model pretrained] [--archive work/aclImdb]

From each review of a random sample, a tenth of its words is cut out of the text, at the offsets
which the explanation gives: once the words named strongest for the verdict, once as many words
drawn at random. The figure is how far the probability moves in the mean, the first over the second
(deletion, as in Samek et al., 2017). Beside it: the median over the reviews of explaining's time
over predicting's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sentiment.data.archive import find_root, list_reviews
from sentiment.serving.predictor import Predictor, Verdict

TARGET = 4.0  # times as far as random words
COST_TARGET = 3.0  # times a plain prediction, at the median
N_REVIEWS = 500
_SHARE = 0.1


@dataclass(frozen=True)
class Deletion:
    """How far deletions moved the probability, in the mean over the reviews."""

    n_reviews: int
    named: float
    at_random: float
    cost: float  # median time of explain over predict's

    @property
    def ratio(self) -> float:
        return self.named / self.at_random


def measure(predictor: Predictor, reviews: Sequence[str], seed: int = 1) -> Deletion:
    """The deletion test on the reviews that get a verdict and hold ten words or more."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    named, at_random, costs = [], [], []
    for review in reviews:
        started = time.perf_counter()
        plain = predictor.predict([review])[0]
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        verdict = predictor.explain(review)
        cost = (time.perf_counter() - started) / seconds
        if not isinstance(verdict, Verdict) or verdict.explanation is None:
            continue
        if not isinstance(plain, Verdict) or verdict.sentiment == "not_a_review":
            continue
        words_read = predictor.artifact.encoder.encode_with_places(review)[1]
        places = [(word.start, word.end) for word in words_read]
        direction = 1 if verdict.score >= 0.5 else -1
        words = sorted(
            (word for word in verdict.explanation.words if word.contribution * direction > 0),
            key=lambda word: -abs(word.contribution),
        )[: round(len(places) * _SHARE)]
        if not words:
            continue
        moved = [
            abs(_score(predictor, _without(review, cut)) - verdict.score)
            for cut in (
                [(word.start, word.end) for word in words],
                chance.sample(places, len(words)),
            )
        ]
        named.append(moved[0])
        at_random.append(moved[1])
        costs.append(cost)
    return Deletion(
        len(named), statistics.mean(named), statistics.mean(at_random), statistics.median(costs)
    )


def sample(archive: Path, n: int = N_REVIEWS, seed: int = 1) -> list[str]:
    """n random test reviews, which no model has learnt from."""
    files = list_reviews(find_root(archive), "test")
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    return [file.read() for file in chance.sample(files, n)]


def _without(review: str, places: Iterable[tuple[int, int]]) -> str:
    """The review with a space in place of each [start, end)."""
    for start, end in sorted(places, reverse=True):
        review = f"{review[:start]} {review[end:]}"
    return review


def _score(predictor: Predictor, review: str) -> float:
    verdict = predictor.predict([review])[0]
    assert isinstance(verdict, Verdict), verdict
    return verdict.score


def main() -> int:
    """0 when the ratio and the cost keep their targets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--archive", type=Path, default=Path("work/aclImdb"))
    parser.add_argument("--model", type=Path, default=Path("pretrained"))
    parser.add_argument("--sample", type=int, default=N_REVIEWS)
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":  # both ways on one core; NumPy reads it at once
        one_core = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "evaluation.deletion", *sys.argv[1:]]
        return subprocess.run(command, check=False, env=one_core).returncode
    predictor = Predictor.load(options.model)
    found = measure(predictor, sample(options.archive, options.sample))
    print(
        f"{found.n_reviews} reviews: the tenth of words named moves the probability by "
        f"{found.named:.3f}, random words by {found.at_random:.3f}: {found.ratio:.1f} times as "
        f"far (target {TARGET:.0f}); explaining takes {found.cost:.2f} times a prediction's time "
        f"at the median (target {COST_TARGET:.0f})",
        file=sys.stderr,
    )
    made = {"model_version": predictor.artifact.version, **asdict(found), "ratio": found.ratio}
    print(json.dumps(made))
    return 0 if found.ratio >= TARGET and found.cost <= COST_TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
