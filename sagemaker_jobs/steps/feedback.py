"""`feedback export`: write corrections that users agreed to share as extra training data."""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sagemaker_jobs.aws.feedback_table import Feedback, read_feedback
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.scores.metrics import DECISION_THRESHOLD
from sagemaker_jobs.step import Step, Toolbox

_FOLDERS = ("train/neg", "train/pos")  # by label, as in the archive


@dataclass(frozen=True)
class FeedbackExport:
    """The feedback counts, and the corrections that were written."""

    directory: str
    answers: int
    right: int
    corrections: int  # verdicts called wrong
    without_review: int  # of these, without the review's text
    disputed: int  # reviews with conflicting feedback: left out
    unreadable: int  # items that the web app did not write: left out
    positive: int  # reviews written
    negative: int
    dry_run: bool = False

    def line(self) -> str:
        verb = "would write" if self.dry_run else "wrote"
        share = f" ({self.right / self.answers:.0%})" if self.answers else ""
        n = self.positive + self.negative
        return (
            f"{self.answers} {'answer' if self.answers == 1 else 'answers'}, {self.right} of them "
            f"'right'{share}; {verb} {n} corrected {'review' if n == 1 else 'reviews'} "
            f"({self.positive} positive, {self.negative} negative) to {self.directory}; left out: "
            f"{self.without_review} without their review, {self.disputed} disputed, "
            f"{self.unreadable} unreadable"
        )


@translated()
def export_feedback(
    aws: Aws, directory: Path, *, now: float, dry_run: bool = False
) -> FeedbackExport:
    """Write the corrections as train/{neg,pos}/NUMBER_feedback.txt, for `prepare --extra`.

    A correction is a review that came with the feedback that its verdict is wrong. Reviews with
    conflicting feedback are left out. Check the files before you train on them: anyone can submit
    anything.

    Raises:
        NotThere: the stage has no table.
        InvalidSetting: the folder is not empty.
    """
    _check_new(directory)
    answers, n_unreadable = read_feedback(aws, now)
    wrong = [answer for answer in answers if not answer.right]
    labels = _labels_of_reviews(answers)
    corrected = sorted({answer.review for answer in wrong if answer.review is not None})
    agreed = {text: min(labels[text]) for text in corrected if len(labels[text]) == 1}
    if not dry_run:
        write_corrections(agreed, directory)
    return FeedbackExport(
        str(directory),
        len(answers),
        len(answers) - len(wrong),
        len(wrong),
        sum(answer.review is None for answer in wrong),
        len(corrected) - len(agreed),
        n_unreadable,
        sum(agreed.values()),
        len(agreed) - sum(agreed.values()),
        dry_run,
    )


def _check_new(directory: Path) -> None:
    """Raise InvalidSetting unless the folder is missing or empty.

    An earlier export is not replaced either: you may have edited its files.
    """
    if directory.is_symlink():
        what = "is a symbolic link"
    elif directory.exists() and not directory.is_dir():
        what = "is a file, not a folder"
    elif directory.exists() and any(directory.iterdir()):
        what = "is not empty"
    else:
        return
    raise InvalidSetting(f"{directory} {what}", hint="choose another --directory")


def _labels_of_reviews(answers: Iterable[Feedback]) -> dict[str, set[int]]:
    """Return each review's labels according to its answers: 1 positive, 0 negative."""
    labels: dict[str, set[int]] = {}
    for answer in answers:
        if answer.review is not None:
            verdict = answer.score >= DECISION_THRESHOLD
            labels.setdefault(answer.review, set()).add(int(verdict == answer.right))
    return labels


def write_corrections(label_of: dict[str, int], directory: Path) -> None:
    """Write one file per review (text -> 1 positive, 0 negative), all of them or none."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=directory.parent, prefix=f"{directory.name}-") as temporary:
        whole = Path(temporary) / "whole"
        for folder in _FOLDERS:
            (whole / folder).mkdir(parents=True)
        for text, label in label_of.items():
            number = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)  # at each export
            path = whole / _FOLDERS[label] / f"{number}_feedback.txt"
            path.write_text(text, "utf-8", newline="")
        if directory.exists():
            directory.rmdir()
        whole.rename(directory)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", choices=["export"], help="write corrected reviews as extra training data"
    )
    parser.add_argument(
        "--directory",
        metavar="FOLDER",
        type=Path,
        default=Path("work/feedback"),
        help="folder to write to, new or empty (default: %(default)s)",
    )


def run(arguments: Namespace, tools: Toolbox) -> FeedbackExport:
    return export_feedback(
        tools.connect(), arguments.directory, now=tools.clock(), dry_run=arguments.dry_run
    )


STEP = Step("feedback", "export corrections from users as extra training data", add_arguments, run)
