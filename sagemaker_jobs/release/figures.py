"""A model's figures, measured on this machine, and its comparison with the serving model."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sagemaker_jobs.archive.review_files import list_split, read_texts
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.paths import MODEL_PACKAGE
from sagemaker_jobs.scores.comparison import compare
from sagemaker_jobs.scores.judge_here import load_model
from sagemaker_jobs.scores.metrics import accuracy_at_coverage, calibration_error
from sagemaker_jobs.scores.saved_scores import read_or_score
from sagemaker_jobs.scores.score_file import ScoredReview
from sagemaker_jobs.scores.score_here import read_description
from sagemaker_jobs.terminal import Ui

SCORES, AGAINST, BEHAVIOUR = "scores.csv", "against.csv", "behaviour.json"
_N_TIMED = 50  # reviews
_ROUNDS = 5


@dataclass(frozen=True)
class Measurement:
    """What to measure: a model.tar.gz, and the serving model to compare with, if there is one."""

    model: Path
    serving: Path | None
    archive: Path  # extracted
    limit: int | None  # of the test reviews
    folder: Path  # for the scores


def measure(work: Measurement, wanted: Collection[str], *, ui: Ui) -> dict[str, float]:
    """Return the wanted figures; those that compare only if there is a serving model.

    Scores are kept in the folder, so an interrupted measurement resumes.

    Raises:
        InvalidSetting: the model cannot be read, or a suite cannot be run.
        InvalidData: there is no extracted archive.
    """
    figures = {"size_mb": round(work.model.stat().st_size / 1e6, 3)}
    rows = _score(work, work.model, SCORES, ui)
    labels, scores = [row.label for row in rows], [row.judged_score for row in rows]
    figures["accuracy"] = round(sum(row.is_right for row in rows) / len(rows), 6)
    figures["accuracy_at_90_coverage"] = round(accuracy_at_coverage(labels, scores), 6)
    figures["calibration_error"] = round(calibration_error(labels, scores), 6)
    if "behaviour" in wanted:
        suite = _run_suite("behaviour", work.model, ui)
        (work.folder / BEHAVIOUR).write_text(json.dumps(suite), "utf-8")
        figures["behaviour"] = suite["rate"]
    if "robustness" in wanted:
        suite = _run_suite("robustness", work.model, ui)
        figures["robustness"] = round(suite["families"]["all"]["accuracy"], 6)
    if work.serving is not None and "accuracy_gain" in wanted:
        others = _score(work, work.serving, AGAINST, ui)
        figures["accuracy_gain"] = round(compare(rows, others).difference, 6)
    if work.serving is not None and "latency_ratio" in wanted:
        texts = read_texts(list_split(work.archive, _N_TIMED))
        figures["latency_ratio"] = round(latency_ratio(work.model, work.serving, texts), 3)
    return figures


def _score(work: Measurement, model: Path, name: str, ui: Ui) -> list[ScoredReview]:
    version = str(read_description(model)["model_version"])
    return list(read_or_score(model, version, work.archive, work.folder / name, ui, work.limit))


def _run_suite(name: str, model: Path, ui: Ui) -> dict[str, Any]:
    """Return the results of `python -m evaluation.NAME` on the model.

    Raises:
        InvalidSetting: it failed, as where the repository's folder evaluation/ is missing.
    """
    ui.say(f"running the {name} suite")
    command = [sys.executable, "-m", f"evaluation.{name}", "--model", str(model.resolve())]
    done = subprocess.run(  # noqa: S603 - our own suite, with arguments in a list
        [*command, "--json"],
        cwd=MODEL_PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it printed nothing"])[-1]
        raise InvalidSetting(
            f"the {name} suite failed: {last}",
            hint=f"run it alone, {' '.join(command[1:])}, or drop its rule with --rules",
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def latency_ratio(
    model: Path,
    other: Path,
    texts: list[str],
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Return the model's median time for the texts, divided by the other's.

    They take turns, so that a busy machine slows both.
    """
    predictors = [load_model(path) for path in (model, other)]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(_ROUNDS):
        for text in texts:
            for predictor, taken in zip(predictors, times, strict=True):
                started = clock()
                predictor.predict([text])
                taken.append(clock() - started)
    mine, others = map(statistics.median, times)
    return mine / others if others else 1.0
