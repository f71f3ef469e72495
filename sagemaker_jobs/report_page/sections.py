"""The report's sections with figures and plots."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from sagemaker_jobs.report_page import figures
from sagemaker_jobs.report_page.boxes import details, figure
from sagemaker_jobs.report_page.measured import Measured
from sagemaker_jobs.report_page.slices import whole
from sagemaker_jobs.report_page.tables import Markup, json_tables, table
from sagemaker_jobs.scores.metrics import (
    accuracy_at_coverage,
    calibration_error,
    confusion,
    coverage_curve,
    reliability_bins,
)
from sagemaker_jobs.scores.score_file import NOT_A_REVIEW, UNSURE

TARGET_ACCURACY = 0.941
TARGET_ECE = 0.015
TARGET_COVERAGE = 0.9
TARGET_ACCURACY_AT_COVERAGE = 0.975
_SMALLEST = 1e-6  # scores are saved to six digits


def headline(measured: Measured) -> str:
    """The figures people ask for first, with their targets."""
    everything = whole(measured.rows)
    low, high = everything.interval
    sure = accuracy_at_coverage(measured.labels, measured.scores, TARGET_COVERAGE)
    items = (
        _headline(
            "Accuracy",
            f"{everything.accuracy:.4f}",
            f"95 % interval {low:.4f} to {high:.4f}; the source report's model: 0.8396",
            (f"at least {TARGET_ACCURACY}", everything.accuracy >= TARGET_ACCURACY),
        ),
        _headline(
            "Accuracy on the surest 90 %",
            f"{sure:.4f}",
            "the tenth with the lowest confidence left out",
            (f"at least {TARGET_ACCURACY_AT_COVERAGE}", sure >= TARGET_ACCURACY_AT_COVERAGE),
        ),
        _headline(
            "Expected calibration error",
            f"{measured.ece:.4f}",
            "15 bins of equal width; 0 is perfect",
            (f"at most {TARGET_ECE}", measured.ece <= TARGET_ECE),
        ),
    )
    return f'<ul class="headline">{"".join(items)}</ul>'


def _headline(name: str, value: str, note: str, target: tuple[str, bool] | None = None) -> str:
    goal = ""
    if target:
        wanted, met = target
        css, said = ("met", "met") if met else ("missed", "missed")
        goal = f'<span class="target target--{css}">target {wanted}: {said}</span>'
    return (
        f'<li><span class="headline__name">{name}</span>'
        f'<span class="headline__value">{value}</span>'
        f'<span class="headline__note">{note}</span>{goal}</li>'
    )


def training(measured: Measured) -> str:
    """Loss of each phase, validation accuracy of all; the numbers below."""
    history = [e for e in measured.training.get("history") or [] if isinstance(e, Mapping)]
    if not history:
        return "<p>The model does not say how its training went.</p>"
    phases: dict[str, list[Mapping[str, Any]]] = {}
    for epoch in history:
        phases.setdefault(str(epoch.get("phase", "training")), []).append(epoch)
    plots = [
        figure(
            f"Loss: {phase}" if len(phases) > 1 else "Loss",
            figures.draw_losses(f"loss-{n}", phase, epochs),
        )
        for n, (phase, epochs) in enumerate(phases.items())
    ]
    judged = {
        phase: epochs
        for phase, epochs in phases.items()
        if any(isinstance(epoch.get("validation_accuracy"), float) for epoch in epochs)
    }
    if judged:
        plots.append(figure("Validation accuracy", figures.draw_validation_accuracy(judged)))
    best = measured.training.get("validation")
    kept = ""
    if isinstance(best, Mapping) and best.get("epoch"):
        kept = f"<p>Kept is epoch {escape(str(best['epoch']))} of the last phase.</p>"
    start = measured.training.get("start")
    went_on = f"<p>It went on from the model {escape(str(start))}.</p>" if start else ""
    numbers = details("Every epoch in numbers", json_tables({"epochs": history}, "Training"))
    return (
        f"<p>Validation reviews were held out of training; they chose the epoch.</p>{kept}{went_on}"
        f'<div class="plots">{"".join(plots)}</div>{numbers}'
    )


def verdicts(measured: Measured) -> str:
    """The confusion matrix, and what got no verdict."""
    found = confusion(measured.labels, measured.scores)
    n_positive, n_negative = measured.labels.count(1), measured.labels.count(0)

    def cell(n: int, of: int, right: bool) -> Markup:
        said = "right" if right else "wrong"
        return Markup(f"{n:,} <small>{n / of:.1%}, {said}</small>", said)

    matrix = table(
        "Confusion matrix, score rounded at 0.5",
        ("reviews", "called positive", "called negative"),
        (
            (
                f"positive reviews ({n_positive:,})",
                cell(found.true_positive, n_positive, right=True),
                cell(found.false_negative, n_positive, right=False),
            ),
            (
                f"negative reviews ({n_negative:,})",
                cell(found.false_positive, n_negative, right=False),
                cell(found.true_negative, n_negative, right=True),
            ),
        ),
    )
    said = [row.sentiment for row in measured.rows]
    without = [
        f"{said.count(name):,} {words} ({said.count(name) / len(said):.1%})"
        for name, words in (
            (UNSURE, "unsure"),
            (NOT_A_REVIEW, "not taken for a review"),
            ("error", "answered with an error"),
        )
        if said.count(name)
    ]
    note = (
        f"<p>The endpoint withheld its verdict: {', '.join(without)}. Here an unsure review counts "
        "by its score; one that was not judged at all counts as wrong.</p>"
        if without
        else "<p>Every review got a verdict.</p>"
    )
    return f'<div class="matrix">{matrix}</div>{note}'


def ranking(measured: Measured) -> str:
    """ROC and precision-recall."""
    roc, area = figures.draw_roc(*measured.judged)
    curve, average = figures.draw_precision_recall(*measured.judged)
    return (
        "<p>How well the score ranks reviews, whatever the threshold.</p>"
        f'<div class="plots">{figure(f"ROC: area under it {area:.4f}", roc)}'
        f"{figure(f'Precision and recall: average precision {average:.4f}', curve)}</div>"
    )


def calibration(measured: Measured) -> str:
    """Reliability, and the scores' distribution; before the temperature too, if that is all.

    From a score alone a temperature can be taken back, but nothing that goes by the text's length.
    """
    after = reliability_bins(measured.labels, measured.scores)
    temperature = measured.sole_temperature
    raw = [_without_temperature(score, temperature) for score in measured.scores]
    before = reliability_bins(measured.labels, raw) if temperature else []
    compared = (
        f"Before the temperature of {temperature:.3f}, fitted on validation reviews, the "
        f"error was {calibration_error(measured.labels, raw):.4f}."
        if temperature
        else ""
    )
    numbers = table(
        "Reliability, bin by bin",
        ("confidence", "reviews", "mean confidence", "accuracy"),
        [
            (
                f"{found.lowest:.3f} to {found.highest:.3f}",
                f"{found.n:,}",
                f"{found.confidence:.4f}",
                f"{found.accuracy:.4f}",
            )
            for found in after
        ],
    )
    reliability = figures.draw_reliability(after, before, measured.ece)
    return (
        "<p>Of the reviews judged with a confidence of 80 %, four in five should be judged "
        f"rightly: on the dotted line. The expected calibration error is {measured.ece:.4f}. "
        f'{compared}</p><div class="plots">{figure("Reliability", reliability)}'
        f"{figure('Scores by label', figures.draw_scores(*measured.judged))}</div>"
        f"{details('Every bin in numbers', numbers)}"
    )


def _without_temperature(score: float | None, temperature: float | None) -> float | None:
    """The score as it was before the logit was divided by the temperature."""
    if score is None or temperature is None:
        return score
    inside = min(max(score, _SMALLEST), 1 - _SMALLEST)
    return 1 / (1 + math.exp(-temperature * math.log(inside / (1 - inside))))


def coverage(measured: Measured) -> str:
    """Accuracy on the surest reviews, and where the unsure rule stands."""
    curve = coverage_curve(measured.labels, measured.scores)
    sure = [row for row in measured.rows if row.sentiment in {"positive", "negative"}]
    rule, verdicts_given = "", None
    if sure and any(row.sentiment == UNSURE for row in measured.rows):
        given = whole(sure)
        share = given.n / len(measured.rows)
        verdicts_given = (share, given.accuracy)
        threshold = measured.description.get("unsure_below")
        below = f" below a confidence of {threshold}" if isinstance(threshold, float) else ""
        rule = (
            f"The model calls itself unsure{below}, chosen on validation reviews: {share:.1%} "
            f"get a verdict, and {given.accuracy:.4f} of these verdicts are right."
        )
    target = (TARGET_COVERAGE, TARGET_ACCURACY_AT_COVERAGE)
    numbers = table(
        "Accuracy at some coverages",
        ("coverage", "reviews", "accuracy"),
        [
            (f"{share:.0%}", f"{n:,}", f"{curve[n - 1]:.4f}")
            for share in (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
            for n in (max(round(share * len(curve)), 1),)
        ],
    )
    plot = figures.draw_coverage(curve, target, verdicts_given)
    return (
        "<p>Reviews in order of the model's confidence, the surest first: how many of the first "
        f'share are judged rightly. {rule}</p><div class="plots">'
        f"{figure('Accuracy against coverage', plot)}<div>{numbers}</div></div>"
    )
