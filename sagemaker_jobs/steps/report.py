"""`report`: write a page of figures and plots about a model's scores."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.archive.review_files import list_split
from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.files import check_ours
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.scores.metrics import accuracy_at_coverage, calibration_error
from sagemaker_jobs.scores.score_file import BEGINNING, ScoredReview, read_scores
from sagemaker_jobs.scores.score_here import read_description, score_here
from sagemaker_jobs.step import Step, Toolbox, add_archive_argument
from sagemaker_jobs.terminal import Ui

_BUNDLED = Path("pretrained")
_OUTPUT = Path("work/report")
_BOTH = 2
_ATTACHED_BY = (
    "create it with python -m evaluation.behaviour --json, or python -m evaluation.deletion"
)


@dataclass(frozen=True)
class Report:
    """The page and its main figures."""

    page: str
    model_version: str
    n_reviews: int
    accuracy: float
    accuracy_at_90_coverage: float
    calibration_error: float

    def line(self) -> str:
        return (
            f"{self.page}: accuracy {self.accuracy:.4f}, at 90 % coverage "
            f"{self.accuracy_at_90_coverage:.4f}, expected calibration error (ECE) "
            f"{self.calibration_error:.4f} on {self.n_reviews:,} reviews; "
            f"model {self.model_version}"
        )


def report(
    model: Path,
    archive: Path,
    output: Path,
    *,
    scores: Path | None = None,
    attachments: Mapping[str, Path] | None = None,
    ui: Ui,
    clock: Callable[[], float] = time.time,
) -> Report:
    """Write the page output/index.html about `scores`; without scores, score the test reviews.

    Such scores are kept in output/scores.csv and used again for the same model. `attachments` are
    JSON files of other measurements by title.

    Raises:
        MissingLibrary: a library that only reports need is not installed.
        InvalidSetting: `model` or an attachment is unusable, or `output` holds a page or scores
            that `report` did not write.
        InvalidData: another model gave the scores, or there are neither scores nor an archive.
    """
    require_libraries("report", "jinja2", "matplotlib", "sklearn")
    from sagemaker_jobs.report_page.measured import Measured
    from sagemaker_jobs.report_page.page import PAGE_BEGINNING, render
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
        _check(rows, version, scores, model)
    else:
        rows = _score(model, version, archive, own_scores, ui)
    if len({row.label for row in rows if row.judged_score is not None}) < _BOTH:
        raise InvalidData(
            "all reviews with a score have one label", hint="score reviews of both labels"
        )
    measured = Measured(rows, description, archive, _genres(rows, archive, ui), attached)
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
    )


def _score(model: Path, version: str, archive: Path, path: Path, ui: Ui) -> Sequence[ScoredReview]:
    """Return the saved scores if they are this model's; otherwise new ones."""
    if path.is_file():
        try:
            rows = read_scores(path)
            _check(rows, version, path, model)
        except InvalidData as error:
            ui.say(f"{error.what}; scoring again")
        else:
            ui.say(f"{path} holds this model's scores; they are used again")
            return rows
    files = list_split(archive)
    ui.say(f"scoring {len(files):,} test reviews here; this takes some minutes")
    return score_here(model, files, path, ui=ui)


def _check(rows: Sequence[ScoredReview], version: str, scores: Path, model: Path) -> None:
    versions = ", ".join(sorted({row.model_version for row in rows if row.model_version}))
    if versions != version:
        raise InvalidData(
            f"{scores} was scored by model {versions or 'of no version'}, but {model} is {version}",
            hint="pass that model with --model, or leave out --scores to score the reviews here",
        )


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
        metavar="DIR",
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
    attachments = {
        "Behavioural suite": arguments.behaviour,
        "Deletion test of explanations": arguments.deletion,
    }
    return report(
        arguments.model,
        arguments.archive_directory,
        arguments.output,
        scores=arguments.scores,
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
