"""Scores of the test reviews by a local model, without an endpoint."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.archive.review_files import read_texts
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.scores.judge_here import judge_here, load_model
from sagemaker_jobs.scores.score_file import ScoredReview, score_all, scored
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from sentiment.data.archive import ReviewFile


def read_description(model: Path) -> dict[str, Any]:
    """Return the artifact's model.json.

    Raises:
        InvalidSetting: `model` is not a model.tar.gz or an artifact folder.
    """
    from sentiment.artifact.description import DESCRIPTION_FILE
    from sentiment.artifact.packing import open_artifact
    from sentiment.errors import InvalidArtifact

    try:
        with open_artifact(model) as folder:
            description = json.loads((folder / DESCRIPTION_FILE).read_bytes())
    except (InvalidArtifact, OSError, ValueError) as error:
        raise _no_model(model) from error
    if not isinstance(description, dict) or "model_version" not in description:
        raise _no_model(model)
    return description


def score_here(
    model: Path, files: Sequence[ReviewFile], path: Path, *, ui: Ui
) -> list[ScoredReview]:
    """Return the files' rows as the endpoint would answer; an interrupted run resumes from `path`.

    Raises:
        InvalidSetting: this code cannot read `model`.
    """
    predictor = load_model(model)
    version = predictor.artifact.version

    def answers(pending: Sequence[ReviewFile]) -> Iterator[list[ScoredReview]]:
        texts = read_texts(pending)
        left = iter(zip(pending, texts, strict=True))
        for results in judge_here(predictor, texts):
            yield [
                scored(file, text, result, version)
                for result, (file, text) in zip(results, left, strict=False)
            ]

    return score_all(files, answers, path=path, version=lambda: version, ui=ui)


def _no_model(model: Path) -> InvalidSetting:
    return InvalidSetting(f"{model} is not a model of this repository", hint="check --model")
