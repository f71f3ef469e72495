"""Scores that an earlier report saved, used again for the same model and the same reviews."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sagemaker_jobs.archive.review_files import list_split
from sagemaker_jobs.errors import InvalidData
from sagemaker_jobs.files import check_ours
from sagemaker_jobs.scores.score_file import BEGINNING, ScoredReview, identify, read_scores
from sagemaker_jobs.scores.score_here import read_description, score_here
from sagemaker_jobs.terminal import Ui


def read_or_score_other(
    other: Path, archive: Path, output: Path, ui: Ui, limit: int | None
) -> Sequence[ScoredReview]:
    """Return the rows of a file of scores, or of a model that scores the reviews here."""
    if other.suffix == ".csv":
        return read_scores(other)
    path = output / "against.csv"
    check_ours(path, BEGINNING, "--output")
    return read_or_score(
        other, str(read_description(other)["model_version"]), archive, path, ui, limit
    )


def read_or_score(
    model: Path, version: str, archive: Path, path: Path, ui: Ui, limit: int | None
) -> Sequence[ScoredReview]:
    """Return the saved scores if they are this model's and complete; otherwise new ones."""
    if path.is_file():
        try:
            rows = read_scores(path)
            check_version(rows, version, path, model)
        except InvalidData as error:
            ui.say(f"{error.what}; scoring again")
        else:
            found = _select(rows, archive, limit)
            if found:
                ui.say(f"{path} holds this model's scores; they are used again")
                return found
    files = list_split(archive, limit)
    ui.say(f"scoring {len(files):,} test reviews here; this takes some minutes")
    return score_here(model, files, path, ui=ui)


def _select(
    rows: Sequence[ScoredReview], archive: Path, limit: int | None
) -> Sequence[ScoredReview]:
    """Return the rows of the reviews to report on; none if one is missing.

    Without the archive, these are all rows.
    """
    try:
        wanted = [identify(file) for file in list_split(archive, limit)]
    except InvalidData:
        if limit is None:
            return rows
        raise
    saved = {row.id: row for row in rows}
    return [saved[name] for name in wanted] if saved.keys() >= set(wanted) else []


def check_version(rows: Sequence[ScoredReview], version: str, scores: Path, model: Path) -> None:
    """Raise InvalidData unless the model of this version gave all the scores."""
    versions = ", ".join(sorted({row.model_version for row in rows if row.model_version}))
    if versions != version:
        raise InvalidData(
            f"{scores} was scored by model {versions or 'of no version'}, but {model} is {version}",
            hint="pass that model with --model, or leave out --scores to score the reviews here",
        )
