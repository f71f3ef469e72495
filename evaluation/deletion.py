"""Deletion test: whether the words that `explain` names are those that the verdict rests on.

    python -m evaluation.deletion [--model pretrained] [--archive work/aclImdb]

In each review of a random sample, the test deletes the top 10 % of words for the verdict, at the
explanation's offsets, and then as many random words. The figure is the ratio of the mean changes in
probability (Samek et al., 2017). The test also reports how far the sentences' contributions
are from adding up to the verdict, and the median ratio of the time to explain a review to the time
to predict it, both of this process alone.
"""

from __future__ import annotations

import argparse
import json
import math
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
from sentiment.serving.explain import START_SCORE
from sentiment.serving.predictor import Predictor, Verdict

TARGET = 22.0  # times as far as random words
GAP_TARGET = 1e-3  # log-odds
_COST_TARGET = 4.0  # times a plain prediction, at the median
N_REVIEWS = 500
_SEED = 1
_SHARE = 0.1


@dataclass(frozen=True)
class Deletion:
    """How far deletions moved the probability, as means over the reviews."""

    n_reviews: int
    named: float
    at_random: float
    largest_gap: float  # between a verdict and the sum of its sentences' contributions, in log-odds
    cost: float  # median of explain's time over predict's

    @property
    def ratio(self) -> float:
        return self.named / self.at_random


def measure(predictor: Predictor, reviews: Sequence[str]) -> Deletion:
    """Run the deletion test on the reviews that get a verdict and have enough words to delete."""
    generator = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    named, at_random, gaps, costs = [], [], [], []
    for review in reviews:
        started = time.process_time()
        plain = predictor.predict([review])[0]
        seconds = time.process_time() - started
        started = time.process_time()
        verdict = predictor.explain(review)
        cost = (time.process_time() - started) / seconds
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
                generator.sample(places, len(words)),
            )
        ]
        named.append(moved[0])
        at_random.append(moved[1])
        gaps.append(completeness_gap(verdict))
        costs.append(cost)
    return Deletion(
        len(named),
        statistics.mean(named),
        statistics.mean(at_random),
        max(gaps),
        statistics.median(costs),
    )


def completeness_gap(verdict: Verdict) -> float:
    """Return how far the contributions are from leading from the start's score to the verdict's.

    In log-odds; the verdict is an explained one.
    """
    assert verdict.explanation is not None
    moved = sum(sentence.contribution for sentence in verdict.explanation.sentences)
    return abs(_log_odds(START_SCORE) + moved - _log_odds(verdict.score))


def _log_odds(score: float) -> float:
    return math.log(score / (1 - score))


def sample(archive: Path, n: int) -> list[str]:
    """Return n random test reviews, which no model was trained on."""
    files = list_reviews(find_root(archive), "test")
    generator = random.Random(_SEED)  # noqa: S311 - a sample, not a secret
    return [file.read() for file in generator.sample(files, n)]


def _without(review: str, places: Iterable[tuple[int, int]]) -> str:
    """Return the review with a space in place of each [start, end)."""
    for start, end in sorted(places, reverse=True):
        review = f"{review[:start]} {review[end:]}"
    return review


def _score(predictor: Predictor, review: str) -> float:
    verdict = predictor.predict([review])[0]
    assert isinstance(verdict, Verdict), verdict
    return verdict.score


def main() -> int:
    """Print the figures as JSON; return 0 if the ratio and the cost meet their targets."""
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.deletion", description=(__doc__ or "").partition("\n")[0]
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
        help="model.tar.gz or artifact folder to judge (default: %(default)s)",
    )
    parser.add_argument(
        "--sample",
        metavar="N",
        type=int,
        default=N_REVIEWS,
        help="number of test reviews to explain (default: %(default)s)",
    )
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":  # one core for both; NumPy reads it at import
        one_core = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "evaluation.deletion", *sys.argv[1:]]
        return subprocess.run(command, check=False, env=one_core).returncode
    predictor = Predictor.load(options.model)
    found = measure(predictor, sample(options.archive, options.sample))
    print(
        f"{found.n_reviews} reviews: deleting the top 10 % of words moves the probability by "
        f"{found.named:.3f}, random words by {found.at_random:.3f}: {found.ratio:.1f} times as "
        f"far (target {TARGET:.0f}); sentences add up to the verdict within "
        f"{found.largest_gap:.6f} log-odds (target {GAP_TARGET}); explaining takes "
        f"{found.cost:.2f} times as long as "
        f"predicting at the median (target {_COST_TARGET:.0f})",
        file=sys.stderr,
    )
    made = {"model_version": predictor.artifact.version, **asdict(found), "ratio": found.ratio}
    print(json.dumps(made))
    is_faithful = found.ratio >= TARGET and found.largest_gap <= GAP_TARGET
    return 0 if is_faithful and found.cost <= _COST_TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
