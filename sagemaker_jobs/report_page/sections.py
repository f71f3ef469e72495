"""The values of the report's sections with figures and plots; page.html has their words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from sagemaker_jobs.report_page import curves, figures
from sagemaker_jobs.report_page.measured import Measured
from sagemaker_jobs.report_page.slices import whole
from sagemaker_jobs.report_page.tables import Cell, json_tables, table
from sagemaker_jobs.scores.intervals import stratified_bootstrap, wilson_interval
from sagemaker_jobs.scores.metrics import (
    COVERAGE,
    accuracy_at_coverage,
    calibration_error,
    confusion,
    coverage_curve,
    ece_bootstrap,
    reliability_bins,
)
from sagemaker_jobs.scores.score_file import ERROR, NOT_A_REVIEW, UNSURE

_TARGET_ACCURACY = 0.941
_TARGET_ECE = 0.015
_TARGET_ACCURACY_AT_COVERAGE = 0.975
_SMALLEST = 1e-6  # scores are saved to six digits
_WITHHELD = {UNSURE: "unsure", NOT_A_REVIEW: "not a review", ERROR: "answered with an error"}


def headline(measured: Measured) -> list[tuple[str, float, str, str, str]]:
    """Return the main figures: name, value, note, target and how the value stands to it."""
    everything = whole(measured.rows)
    least, most = _TARGET_ACCURACY_AT_COVERAGE, _TARGET_ECE
    accuracy = everything.accuracy
    covered = accuracy_at_coverage(measured.labels, measured.scores)
    n_covered = max(round(COVERAGE * len(measured.rows)), 1)
    covered_interval = wilson_interval(round(covered * n_covered), n_covered)
    ece_interval = ece_bootstrap(*measured.judged)
    return [
        (
            "Accuracy",
            accuracy,
            f"{_interval(everything.interval)}; the source report's model: 0.8396",
            f"at least {_TARGET_ACCURACY}",
            stands(accuracy, everything.interval, at_least=_TARGET_ACCURACY),
        ),
        (
            "Accuracy at 90 % coverage",
            covered,
            f"{_interval(covered_interval)}; without the tenth with the lowest confidence",
            f"at least {least}",
            stands(covered, covered_interval, at_least=least),
        ),
        (
            "Expected calibration error",
            measured.ece,
            f"{_interval(ece_interval)}; 15 bins of equal width; 0 is perfect",
            f"at most {most}",
            stands(-measured.ece, (-ece_interval[1], -ece_interval[0]), at_least=-most),
        ),
    ]


def stands(value: float, interval: tuple[float, float], *, at_least: float) -> str:
    """Return whether the value meets the target; it misses it only with its whole interval.

    >>> stands(0.93, (0.91, 0.95), at_least=0.94), stands(0.9, (0.88, 0.92), at_least=0.94)
    ('open', 'missed')
    """
    if value >= at_least:
        return "met"
    return "missed" if interval[1] < at_least else "open"


def _interval(interval: tuple[float, float]) -> str:
    return f"95 % interval {interval[0]:.4f} to {interval[1]:.4f}"


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.4f} ({_interval(interval)})"


def _range(interval: tuple[float, float]) -> str:
    return f"{interval[0]:.4f} to {interval[1]:.4f}"


def training(measured: Measured) -> dict[str, Any] | None:
    """Return each phase's loss and accuracy by epoch; None if the model has no history."""
    history = [e for e in measured.training.get("history") or [] if isinstance(e, Mapping)]
    if not history:
        return None
    settings = measured.training.get("settings")
    n_validation = settings.get("validation_size") if isinstance(settings, Mapping) else None
    best = measured.training.get("validation")
    return {
        "kept_epoch": best.get("epoch") if isinstance(best, Mapping) else None,
        "start": measured.training.get("start"),
        "plots": curves.draw_training(history, n_validation),
        "phases": curves.name_phases(history),
        "n_validation": n_validation,
        "numbers": json_tables({"epochs": history}, "Training"),
    }


def verdicts(measured: Measured) -> dict[str, Any]:
    """Return the confusion matrix, and how many reviews got no verdict."""
    found = confusion(measured.labels, measured.scores)

    def row(label: str, n_positive: int, n_negative: int, results: tuple[str, str]) -> list[Any]:
        n = n_positive + n_negative
        cells = [
            Cell(
                Markup("{:,} <small>{:.1%} ({:.1%} to {:.1%}), {}</small>").format(
                    part, part / n, *wilson_interval(part, n), result
                ),
                result,
            )
            for part, result in zip((n_positive, n_negative), results, strict=True)
        ]
        return [f"{label} reviews ({n:,})", *cells]

    rows = (
        row("positive", found.true_positive, found.false_negative, ("right", "wrong")),
        row("negative", found.false_positive, found.true_negative, ("wrong", "right")),
    )
    columns = ("reviews", "called positive", "called negative")
    matrix = table("Confusion matrix, score rounded at 0.5", columns, rows)
    sentiments = [row.sentiment for row in measured.rows]
    counts = {words: sentiments.count(name) for name, words in _WITHHELD.items()}
    withheld = [f"{n:,} {words} ({n / len(sentiments):.1%})" for words, n in counts.items() if n]
    return {"matrix": matrix, "withheld": ", ".join(withheld)}


def ranking(measured: Measured) -> dict[str, Any]:
    """Return the ROC and precision-recall curves and the areas under them."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    judged = measured.judged
    area, average = float(roc_auc_score(*judged)), float(average_precision_score(*judged))
    return {
        "roc": figures.draw_roc(*judged, area),
        "area": _with_interval(area, stratified_bootstrap(roc_auc_score, *judged)),
        "precision_recall": figures.draw_precision_recall(*judged, average),
        "average": _with_interval(average, stratified_bootstrap(average_precision_score, *judged)),
    }


def calibration(measured: Measured) -> dict[str, Any]:
    """Return reliability and the distribution of scores.

    If temperature scaling is the only calibration, its effect is undone for comparison. Weights
    that depend on the text's length cannot be undone from a score.
    """
    after = reliability_bins(measured.labels, measured.scores)
    temperature = measured.sole_temperature
    raw = [_without_temperature(score, temperature) for score in measured.scores]
    before = reliability_bins(measured.labels, raw) if temperature else []
    numbers = table(
        "Reliability, bin by bin",
        ("confidence", "reviews", "mean confidence", "accuracy", "95 % interval"),
        [
            (
                f"{found.lowest:.3f} to {found.highest:.3f}",
                f"{found.n:,}",
                f"{found.confidence:.4f}",
                f"{found.accuracy:.4f}",
                _range(found.interval),
            )
            for found in after
        ],
    )
    return {
        "ece": _with_interval(measured.ece, ece_bootstrap(*measured.judged)),
        "ece_before": _with_interval(
            calibration_error(measured.labels, raw),
            ece_bootstrap(measured.judged[0], [score for score in raw if score is not None]),
        ),
        "temperature": temperature,
        "reliability": figures.draw_reliability(after, before, measured.ece),
        "scores": figures.draw_scores(*measured.judged),
        "numbers": numbers,
    }


def _without_temperature(score: float | None, temperature: float | None) -> float | None:
    """Return the score as it was before the logit was divided by the temperature."""
    if score is None or temperature is None:
        return score
    inside = min(max(score, _SMALLEST), 1 - _SMALLEST)
    return 1 / (1 + math.exp(-temperature * math.log(inside / (1 - inside))))


def coverage(measured: Measured) -> dict[str, Any]:
    """Return accuracy over coverage, and the share and accuracy that the unsure rule leaves."""
    curve = coverage_curve(measured.labels, measured.scores)
    sure = [row for row in measured.rows if row.sentiment in {"positive", "negative"}]
    point, by_rule = None, None
    if sure and any(row.sentiment == UNSURE for row in measured.rows):
        share, of_sure = len(sure) / len(measured.rows), whole(sure)
        point = (share, of_sure.accuracy)
        by_rule = (share, _with_interval(of_sure.accuracy, of_sure.interval))
    threshold = measured.description.get("unsure_below")
    rows = []
    for part in (1.0, 0.95, 0.9, 0.8, 0.7, 0.5):
        n = max(round(part * len(curve)), 1)
        accuracy = curve[n - 1]
        interval = _range(wilson_interval(round(accuracy * n), n))
        rows.append((f"{part:.0%}", f"{n:,}", f"{accuracy:.4f}", interval))
    return {
        "verdicts": by_rule,
        "threshold": threshold if isinstance(threshold, float) else None,
        "plot": figures.draw_coverage(curve, (COVERAGE, _TARGET_ACCURACY_AT_COVERAGE), point),
        "numbers": table(
            "Accuracy at some coverages", ("coverage", "reviews", "accuracy", "95 % interval"), rows
        ),
    }
