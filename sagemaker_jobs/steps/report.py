"""`report`: write a page of figures and plots about a model's scores."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.files import check_ours
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.scores.comparison import Comparison, compare
from sagemaker_jobs.scores.metrics import accuracy_at_coverage, calibration_error
from sagemaker_jobs.scores.saved_scores import (
    check_version,
    read_or_score,
    read_or_score_other,
)
from sagemaker_jobs.scores.score_file import BEGINNING, ScoredReview, read_scores
from sagemaker_jobs.scores.score_here import read_description
from sagemaker_jobs.step import Step, Toolbox, add_archive_argument, at_least
from sagemaker_jobs.terminal import Ui

_BUNDLED = Path("pretrained")
_OUTPUT = Path("work/report")
_BOTH = 2
_ATTACHED_BY = (
    "create it with python -m evaluation.behaviour --json, or python -m evaluation.deletion"
)


@dataclass(frozen=True)
class Against:
    """How the model differs from another one on the same reviews."""

    model_version: str
    difference: float  # in accuracy
    interval: tuple[float, float]  # 95 %
    p_value: float  # McNemar's exact test
    text: str


@dataclass(frozen=True)
class Report:
    """The page and its main figures."""

    page: str
    model_version: str
    n_reviews: int
    accuracy: float
    accuracy_at_90_coverage: float
    calibration_error: float
    accuracy_interval: tuple[float, float]  # 95 %
    against: Against | None = None

    def line(self) -> str:
        low, high = self.accuracy_interval
        compared = f". {self.against.text}" if self.against else ""
        return (
            f"{self.page}: accuracy {self.accuracy:.4f} (95 % interval {low:.4f} to "
            f"{high:.4f}), at 90 % coverage "
            f"{self.accuracy_at_90_coverage:.4f}, expected calibration error (ECE) "
            f"{self.calibration_error:.4f} on {self.n_reviews:,} reviews; "
            f"model {self.model_version}{compared}"
        )


def report(
    model: Path,
    archive: Path,
    output: Path,
    *,
    scores: Path | None = None,
    limit: int | None = None,
    against: Path | None = None,
    attachments: Mapping[str, Path] | None = None,
    ui: Ui,
    clock: Callable[[], float] = time.time,
) -> Report:
    """Write the page output/index.html about `scores`; without scores, score the test reviews.

    Such scores are kept in output/scores.csv and used again for the same model. `limit` selects
    that many reviews, the same ones each time. `against` is another model's file of scores, or
    another model, which scores the same reviews. `attachments` are JSON files of other
    measurements by title.

    Raises:
        MissingLibrary: a library that only reports need is not installed.
        InvalidSetting: `model` or an attachment is unusable, or `output` holds a page or scores
            that `report` did not write.
        InvalidData: another model gave the scores, or there are neither scores nor an archive.
    """
    require_libraries("report", "jinja2", "matplotlib", "sklearn")
    from sagemaker_jobs.report_page.measured import Measured
    from sagemaker_jobs.report_page.page import PAGE_BEGINNING, render
    from sagemaker_jobs.report_page.slices import whole
    from sentiment.safe_files import write_atomically

    page, own_scores = output / "index.html", output / "scores.csv"
    check_ours(page, PAGE_BEGINNING.encode(), "--output")
    if scores is None:
        check_ours(own_scores, BEGINNING, "--output")
    description = read_description(model)
    attached = {title: _read_object(path) for title, path in (attachments or {}).items()}
    version = str(description["model_version"])
    rows: Sequence[ScoredReview]
    if scores is not None:
        rows = read_scores(scores)
        check_version(rows, version, scores, model)
    else:
        rows = read_or_score(model, version, archive, own_scores, ui, limit)
    compared = (
        compare(rows, read_or_score_other(against, archive, output, ui, limit)) if against else None
    )
    if len({row.label for row in rows if row.judged_score is not None}) < _BOTH:
        raise InvalidData(
            "all reviews with a score have one label", hint="score reviews of both labels"
        )
    genres = _genres(rows, archive, ui)
    measured = Measured(rows, description, archive, genres, attached, compared)
    day = time.strftime("%Y-%m-%d", time.gmtime(clock()))
    output.mkdir(parents=True, exist_ok=True)
    write_atomically(render(measured, day).encode(), page)
    labels, judged = measured.labels, measured.scores
    return Report(
        str(page),
        version,
        len(rows),
        sum(row.is_right for row in rows) / len(rows),
        round(accuracy_at_coverage(labels, judged), 4),
        round(calibration_error(labels, judged), 4),
        _rounded(whole(rows).interval),
        _against(compared) if compared else None,
    )


def _against(compared: Comparison) -> Against:
    return Against(
        compared.model_version,
        round(compared.difference, 6),
        _rounded(compared.interval),
        compared.p_value,
        compared.text(),
    )


def _rounded(interval: tuple[float, float]) -> tuple[float, float]:
    return round(interval[0], 6), round(interval[1], 6)


def _genres(
    rows: Sequence[ScoredReview], archive: Path, ui: Ui
) -> Mapping[str, Sequence[str]] | None:
    """Return each review's genres; None if the texts are missing."""
    from sagemaker_jobs.report_page.genres import genres_of
    from sentiment.data.archive import find_root
    from sentiment.errors import SentimentError

    found = {}
    try:
        root = find_root(archive)
        with ui.progress("genres", len(rows), "reviews") as advance:
            for row in rows:
                found[row.id] = genres_of((root / f"{row.id}.txt").read_text("utf-8"))
                advance(1)
    except (SentimentError, OSError, UnicodeDecodeError):
        ui.say(f"the reviews' texts are not in {archive}; the page leaves out the genres")
        return None
    return found


def _read_object(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"cannot read {path} as JSON", hint=_ATTACHED_BY) from error
    if not isinstance(content, dict):
        raise InvalidSetting(f"{path} does not hold a JSON object", hint=_ATTACHED_BY)
    return content


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--scores",
        type=Path,
        metavar="FILE",
        help="scores that `evaluate --scores` saved (default: score the test reviews here)",
    )
    parser.add_argument(
        "--limit",
        type=at_least(2),
        metavar="N",
        help="report on the same N test reviews each time, half of them positive (default: all)",
    )
    parser.add_argument(
        "--against",
        type=Path,
        metavar="OTHER",
        help="compare with another model: its scores (.csv), its model.tar.gz or its folder",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=_BUNDLED,
        metavar="FILE",
        help="the model.tar.gz that gave the scores (default: %(default)s)",
    )
    add_archive_argument(parser)
    parser.add_argument(
        "--output",
        type=Path,
        default=_OUTPUT,
        metavar="FOLDER",
        help="folder for index.html (default: %(default)s)",
    )
    parser.add_argument(
        "--behaviour",
        type=Path,
        metavar="FILE",
        help="add the results of `python -m evaluation.behaviour --json`",
    )
    parser.add_argument(
        "--deletion",
        type=Path,
        metavar="FILE",
        help="add the results of `python -m evaluation.deletion`",
    )


def run(arguments: Namespace, tools: Toolbox) -> Report:
    if arguments.scores and arguments.limit:
        raise InvalidSetting(
            "--limit is for scoring here, and --scores names finished scores",
            hint="leave out one of them",
        )
    attachments = {
        "Behavioural suite": arguments.behaviour,
        "Deletion test of explanations": arguments.deletion,
    }
    return report(
        arguments.model,
        arguments.archive_directory,
        arguments.output,
        scores=arguments.scores,
        limit=arguments.limit,
        against=arguments.against,
        attachments={title: path for title, path in attachments.items() if path},
        ui=tools.ui,
        clock=tools.clock,
    )


STEP = Step(
    "report",
    "write a page of figures and plots about a model",
    add_arguments,
    run,
    has_dry_run=False,
)
