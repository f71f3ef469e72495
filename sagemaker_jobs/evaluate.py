"""`evaluate`: the test split through the deployed endpoint."""

from __future__ import annotations

import random
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs import endpoint
from sagemaker_jobs.aws import Aws
from sagemaker_jobs.aws_errors import translated
from sagemaker_jobs.chunks import chunks
from sagemaker_jobs.download import DEFAULT_FOLDER
from sagemaker_jobs.errors import AwsError, InvalidData, InvalidSetting, RequestRefused
from sagemaker_jobs.scoring import Confusion, calibration_error, confusion
from sagemaker_jobs.step import Step, Toolbox
from sagemaker_jobs.ui import Ui

if TYPE_CHECKING:
    from sentiment.archive import ReviewFile

_SUBSET_SEED = 20110619  # the same --limit always means the same reviews
_ATTEMPTS = 3
_RETRY_DELAY_S = 2.0
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Evaluation:
    """How the endpoint did on test reviews."""

    endpoint: str
    n_reviews: int
    accuracy: float
    confusion: Confusion
    calibration_error: float
    n_unscored: int  # answered with an error; counted as wrong
    seconds: float
    model_version: str

    def line(self) -> str:
        table = self.confusion
        return (
            f"accuracy {self.accuracy:.4f} on {self.n_reviews:,} test reviews in "
            f"{self.seconds:.0f} s (positive reviews: {table.true_positive:,} right, "
            f"{table.false_negative:,} wrong; negative: {table.true_negative:,} right, "
            f"{table.false_positive:,} wrong; calibration error {self.calibration_error:.4f}; "
            f"model {self.model_version})"
        )


@translated()
def evaluate(
    aws: Aws,
    archive: Path,
    *,
    limit: int | None = None,
    in_flight: int = 4,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Evaluation:
    """Accuracy and confusion matrix of the raw test reviews, sent in chunks of 512.

    `limit` takes that many of them, half positive, always the same ones.

    Raises:
        InvalidData: `archive` is not the extracted archive.
        NotThere: the stage has no endpoint.
        AwsError: a chunk got no good answer in three attempts.
    """
    texts, labels = _read_test_reviews(archive, limit)
    requests = list(chunks(texts))
    started = clock()
    scores: list[float | None] = []
    version = ""

    def score(reviews: list[str]) -> tuple[list[float | None], str]:
        return _score(aws, reviews, sleep)

    _ = aws.runtime  # made here: threads share clients well, but must not make them
    with (
        ui.progress("evaluate", len(texts), "reviews") as advance,
        ThreadPoolExecutor(in_flight) as pool,
    ):
        try:
            for answered, answered_by in pool.map(score, requests):
                scores += answered
                version = answered_by
                advance(len(answered))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    table = confusion(labels, scores)
    return Evaluation(
        aws.names.endpoint,
        len(labels),
        (table.true_positive + table.true_negative) / len(labels),
        table,
        round(calibration_error(labels, scores), 4),
        scores.count(None),
        round(clock() - started, 1),
        version,
    )


def _score(
    aws: Aws, reviews: list[str], sleep: Callable[[float], None]
) -> tuple[list[float | None], str]:
    """A score per review, None where the endpoint answered with an error; and the version."""
    answer = _ask(aws, reviews, sleep)
    results = answer.get("results")
    if not isinstance(results, list) or len(results) != len(reviews):
        raise AwsError(
            "the endpoint did not answer each review", hint="deploy a model of this repository"
        )
    scores = [float(r["score"]) if "score" in r else None for r in results]
    versions = {str(r["model_version"]) for r in results if "model_version" in r}
    return scores, ", ".join(sorted(versions))


def _ask(aws: Aws, reviews: list[str], sleep: Callable[[float], None]) -> dict[str, object]:
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            with translated():
                return endpoint.ask(aws, {"reviews": reviews})
        except RequestRefused as error:  # throttling is retried by boto3 itself
            if error.status < _SERVER_ERROR or attempt == _ATTEMPTS:
                raise
            sleep(_RETRY_DELAY_S * attempt)
    raise AssertionError  # the loop returns or raises


def _read_test_reviews(archive: Path, limit: int | None) -> tuple[list[str], list[int]]:
    from sentiment.archive import find_root, list_reviews
    from sentiment.errors import SentimentError

    if limit is not None and limit < 1:
        raise InvalidSetting(f"--limit {limit} is too small", hint="an even number of reviews")
    try:
        files = list_reviews(find_root(archive), "test")
        chosen = files if limit is None else balanced_subset(files, limit)
        texts = [file.read() for file in chosen]
    except SentimentError as error:
        raise InvalidData(
            str(error), hint=f"run download, or check --archive-directory {archive}"
        ) from error
    if not texts:
        raise InvalidData(f"{archive} holds no test reviews", hint="run download")
    return texts, [file.label for file in chosen]


def balanced_subset(files: Sequence[ReviewFile], limit: int) -> list[ReviewFile]:
    """`limit` of the files, as many positive as negative, the same ones every time."""
    draw = random.Random(_SUBSET_SEED)  # noqa: S311 - a choice, not a secret
    halves = []
    for label, size in ((1, (limit + 1) // 2), (0, limit // 2)):
        of_class = [file for file in files if file.label == label]
        halves += draw.sample(of_class, min(size, len(of_class)))
    return halves


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--archive-directory",
        type=Path,
        default=DEFAULT_FOLDER,
        help="what download extracted (%(default)s)",
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="N test reviews, half positive, always the same"
    )
    parser.add_argument(
        "--in-flight", type=int, default=4, metavar="N", help="requests at a time (%(default)s)"
    )


def run(arguments: Namespace, tools: Toolbox) -> Evaluation:
    return evaluate(
        tools.connect(),
        arguments.archive_directory,
        limit=arguments.limit,
        in_flight=arguments.in_flight,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
    )


STEP = Step(
    "evaluate", "the test split through the endpoint", add_arguments, run, has_dry_run=False
)
