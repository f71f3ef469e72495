"""`evaluate`: measure the endpoint's accuracy on the test reviews."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs.archive.review_files import list_split, read_texts
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.endpoint.judge_all import judge_all, read_version
from sagemaker_jobs.scores.metrics import (
    Confusion,
    accuracy_at_coverage,
    calibration_error,
    confusion,
)
from sagemaker_jobs.scores.score_file import NOT_A_REVIEW, UNSURE, ScoredReview, score_all, scored
from sagemaker_jobs.step import Step, Toolbox, add_archive_argument, at_least
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from sentiment.data.archive import ReviewFile


@dataclass(frozen=True)
class Evaluation:
    """The endpoint's figures on the test reviews."""

    endpoint: str
    n_reviews: int
    accuracy: float
    accuracy_at_90_coverage: float
    confusion: Confusion
    calibration_error: float
    n_unscored: int  # answered with an error; counted as wrong
    unsure_share: float  # of all reviews
    not_a_review_share: float  # of all reviews; counted as wrong, whatever the score
    seconds: float
    model_version: str
    scores: str | None = None  # the file with one row per review

    def line(self) -> str:
        table = self.confusion
        saved = f"; scores in {self.scores}" if self.scores else ""
        return (
            f"accuracy {self.accuracy:.4f}, expected calibration error (ECE) "
            f"{self.calibration_error:.4f} on {self.n_reviews:,} test reviews in "
            f"{self.seconds:.0f} s (at 90 % coverage: {self.accuracy_at_90_coverage:.4f}; "
            f"unsure {self.unsure_share:.1%}; "
            f"positive reviews: {table.true_positive:,} right, {table.false_negative:,} wrong; "
            f"negative: {table.true_negative:,} right, {table.false_positive:,} wrong; "
            f"model {self.model_version}){saved}"
        )


@translated()
def evaluate(
    aws: Aws,
    archive: Path,
    *,
    limit: int | None = None,
    in_flight: int = 4,
    scores: Path | None = None,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
) -> Evaluation:
    """Send the raw test reviews to the endpoint in chunks of 512 and return its figures.

    `limit` selects that many reviews, half of them positive, the same ones each time. `scores` is
    a CSV file with one row per review; an interrupted evaluation resumes from it.

    Raises:
        InvalidData: `archive` is not the extracted archive.
        NotThere: the stage has no endpoint.
        AwsError: a chunk got no valid answer in three attempts.
    """
    files = list_split(archive, limit)
    started = clock()

    def answers(pending: Sequence[ReviewFile]) -> Iterator[list[ScoredReview]]:
        return _answers(aws, pending, in_flight, sleep)

    def version() -> str:
        return read_version(aws, sleep)

    rows = score_all(files, answers, path=scores, version=version, ui=ui)
    labels = [row.label for row in rows]
    judged = [row.judged_score for row in rows]
    verdicts = [row.sentiment for row in rows]
    table = confusion(labels, judged)
    return Evaluation(
        aws.names.endpoint,
        len(rows),
        (table.true_positive + table.true_negative) / len(rows),
        round(accuracy_at_coverage(labels, judged), 4),
        table,
        round(calibration_error(labels, judged), 4),
        sum(row.score is None for row in rows),
        round(verdicts.count(UNSURE) / len(rows), 4),
        round(verdicts.count(NOT_A_REVIEW) / len(rows), 4),
        round(clock() - started, 1),
        ", ".join(sorted({row.model_version for row in rows if row.model_version})),
        str(scores) if scores else None,
    )


def _answers(
    aws: Aws, files: Sequence[ReviewFile], in_flight: int, sleep: Callable[[float], None]
) -> Iterator[list[ScoredReview]]:
    """Yield the files' rows in order, one request's at a time."""
    texts = read_texts(files)
    left = iter(zip(files, texts, strict=True))
    for results in judge_all(aws, texts, in_flight=in_flight, sleep=sleep):
        version = next((str(r["model_version"]) for r in results if "score" in r), "")
        yield [
            scored(file, text, result, str(result.get("model_version", version)))
            for result, (file, text) in zip(results, left, strict=False)
        ]


def add_arguments(parser: ArgumentParser) -> None:
    add_archive_argument(parser)
    parser.add_argument(
        "--limit",
        type=int,
        metavar="N",
        help="evaluate the same N test reviews each time, half of them positive (default: all)",
    )
    parser.add_argument(
        "--in-flight",
        type=at_least(1),
        default=4,
        metavar="N",
        help="number of concurrent requests (default: %(default)s)",
    )
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="FILE",
        help="save one CSV row per review; an interrupted evaluation resumes from it",
    )


def run(arguments: Namespace, tools: Toolbox) -> Evaluation:
    return evaluate(
        tools.connect(),
        arguments.archive_directory,
        limit=arguments.limit,
        in_flight=arguments.in_flight,
        scores=arguments.scores,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
    )


STEP = Step(
    "evaluate",
    "measure the endpoint's accuracy on the test reviews",
    add_arguments,
    run,
    has_dry_run=False,
)
