"""The report's plots, each as SVG with a sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from sagemaker_jobs.report_page.drawing import (
    CARD,
    INK,
    MODEL,
    NEGATIVE,
    POSITIVE,
    SOFT,
    TARGET,
    as_svg,
    drawing,
)
from sagemaker_jobs.scores.intervals import wilson_interval
from sagemaker_jobs.scores.metrics import DECISION_THRESHOLD, ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_roc(labels: Sequence[int], scores: Sequence[float], area: float) -> Markup:
    """Draw the receiver operating characteristic, of this area, with the verdicts' point."""
    from sklearn.metrics import roc_curve

    false_rate, true_rate, _ = roc_curve(labels, scores)
    n_positive = sum(labels)
    verdicts = [score >= DECISION_THRESHOLD for score in scores]
    hits = sum(map(int.__mul__, labels, map(int, verdicts)))
    at = ((sum(verdicts) - hits) / (len(labels) - n_positive), hits / n_positive)
    with drawing() as (figure, (axes,)):
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1, linestyle=":")
        axes.plot(false_rate, true_rate, color=MODEL)
        _mark(axes, *at, "score 0.5", (10, -14))
        axes.set(
            xlabel="negative reviews called positive",
            ylabel="positive reviews found",
            xlim=(-0.01, 1),
            ylim=(0, 1.02),
        )
        caption = (
            f"ROC curve, area {area:.4f}; at score 0.5 {at[1]:.1%} of the positive reviews are "
            f"found and {at[0]:.1%} of the negative ones called positive"
        )
        return as_svg(figure, "roc", caption)


def draw_precision_recall(labels: Sequence[int], scores: Sequence[float], average: float) -> Markup:
    """Draw precision over recall, of this average precision, with the verdicts' point."""
    from sklearn.metrics import precision_recall_curve

    precision, recall, _ = precision_recall_curve(labels, scores)
    called = [
        label for label, score in zip(labels, scores, strict=True) if score >= DECISION_THRESHOLD
    ]
    at = (sum(called) / sum(labels), sum(called) / max(len(called), 1))
    lowest = sum(labels) / len(labels)
    with drawing() as (figure, (axes,)):
        axes.axhline(lowest, color=SOFT, linewidth=1, linestyle=":")
        axes.plot(recall, precision, color=MODEL)
        _mark(axes, *at, "score 0.5", (-12, -16), align="right")
        axes.set(
            xlabel="recall: positive reviews found",
            ylabel="precision",
            xlim=(0, 1.01),
            ylim=(max(0, lowest - 0.05), 1.02),
        )
        caption = (
            f"Precision-recall curve, average precision {average:.4f}; at score 0.5 precision is "
            f"{at[1]:.3f} and recall {at[0]:.3f}"
        )
        return as_svg(figure, "precision-recall", caption)


def draw_reliability(
    after: Sequence[ReliabilityBin], before: Sequence[ReliabilityBin], ece: float
) -> Markup:
    """Draw accuracy over confidence above the review counts, also `before` the temperature."""
    with drawing(rows=(3, 1)) as (figure, (axes, counts)):
        axes.plot([0.5, 1], [0.5, 1], color=SOFT, linewidth=1, linestyle=":")
        if before:
            axes.plot(
                *_points(before),
                color=SOFT,
                marker="s",
                markerfacecolor=CARD,
                linestyle="--",
                linewidth=1.2,
                label="before the temperature",
            )
        axes.plot(*_points(after), color=MODEL, marker="o", label="as served")
        intervals = [members.interval for members in after]
        axes.vlines(_points(after)[0], *zip(*intervals, strict=True), color=MODEL, linewidth=1)
        lowest = min([low for low, _ in intervals] + [members.accuracy for members in before])
        axes.set(ylabel="accuracy", ylim=(min(0.45, lowest - 0.05), 1.02))
        axes.legend(loc="lower right")
        counts.bar(
            [members.lowest for members in after],
            [members.n for members in after],
            width=[(members.highest - members.lowest) * 0.86 for members in after],
            align="edge",
            color=MODEL,
        )
        counts.set(xlabel="confidence", ylabel="reviews", xlim=(0.495, 1.005))
        counts.locator_params(axis="y", nbins=3)
        counts.yaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        caption = (
            f"Reliability diagram: accuracy against confidence in {len(after)} bins; "
            f"expected calibration error {ece:.4f}"
        )
        return as_svg(figure, "reliability", caption)


def draw_coverage(
    curve: Sequence[float], target: tuple[float, float], verdicts: tuple[float, float] | None
) -> Markup:
    """Draw the accuracy on the most confident reviews over their share.

    `target` and `verdicts` are points (share, accuracy): the goal, and the reviews on which the
    model is not unsure.
    """
    n = len(curve)
    first = max(n // 50, 1)  # the first few reviews make no rate
    step = max(n // 500, 1)
    places = [*range(first, n, step), n]
    with drawing() as (figure, (axes,)):
        shares = [place / n for place in places]
        band = [wilson_interval(round(curve[p - 1] * p), p) for p in places]
        lows, highs = zip(*band, strict=True)
        axes.fill_between(shares, lows, highs, color=MODEL, alpha=0.18, linewidth=0)
        axes.plot(shares, [curve[p - 1] for p in places], color=MODEL)
        axes.plot(*target, marker="_", markersize=14, markeredgewidth=2, color=TARGET)
        axes.annotate(
            f"target {target[1]:.3f}",
            target,
            xytext=(-12, -4),
            textcoords="offset points",
            ha="right",
            color=TARGET,
        )
        caption = f"Accuracy against coverage: {curve[-1]:.4f} on all reviews"
        caption += f", {curve[max(round(target[0] * n), 1) - 1]:.4f} at {target[0]:.0%} coverage"
        if verdicts:
            axes.axvline(verdicts[0], color=SOFT, linewidth=1, linestyle=":")
            axes.plot(*verdicts, marker="o", markersize=6, color=INK, markeredgecolor=CARD)
            axes.annotate(
                "not unsure",
                (verdicts[0], 1),
                xycoords=("data", "axes fraction"),
                xytext=(-4, -2),
                textcoords="offset points",
                ha="right",
                va="top",
                color=INK,
            )
            caption += f"; the unsure rule leaves {verdicts[0]:.1%} with accuracy {verdicts[1]:.4f}"
        lowest = min(target[1], *lows)
        axes.set(
            xlabel="coverage: share of reviews with a verdict",
            ylabel="accuracy on them",
            xlim=(0, 1.01),
            ylim=(lowest - (1 - lowest) * 0.15, 1 + (1 - lowest) * 0.15),
        )
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        return as_svg(figure, "coverage", caption)


def draw_scores(labels: Sequence[int], scores: Sequence[float]) -> Markup:
    """Draw how many reviews of each label got which score, on a logarithmic axis."""
    bins = [place / 40 for place in range(41)]
    by_label = [
        [score for label, score in zip(labels, scores, strict=True) if label == wanted]
        for wanted in (0, 1)
    ]
    with drawing() as (figure, (axes,)):
        for found, name, color, line in zip(
            by_label,
            ("negative reviews", "positive reviews"),
            (NEGATIVE, POSITIVE),
            ("-", "--"),
            strict=True,
        ):
            axes.hist(found, bins=bins, histtype="stepfilled", color=color, alpha=0.14)
            axes.hist(found, bins=bins, histtype="step", color=color, linestyle=line, linewidth=1.5)
            axes.plot([], [], color=color, linestyle=line, label=name)
        axes.axvline(DECISION_THRESHOLD, color=SOFT, linewidth=1, linestyle=":")
        axes.set(xlabel="score: probability of 'positive'", ylabel="reviews", xlim=(0, 1))
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        axes.yaxis.set_minor_formatter(lambda _n, _: "")
        axes.legend(loc="upper center")
        sure = sum(min(score, 1 - score) < 0.1 for score in scores)  # noqa: PLR2004 - said below
        caption = (
            f"Distribution of scores by label; {sure / len(scores):.1%} are below 0.1 or above 0.9"
        )
        return as_svg(figure, "scores", caption)


def _points(bins: Sequence[ReliabilityBin]) -> tuple[list[float], list[float]]:
    return [members.confidence for members in bins], [members.accuracy for members in bins]


def _mark(
    axes: Axes, x: float, y: float, text: str, offset: tuple[int, int], align: str = "left"
) -> None:
    axes.plot(x, y, marker="o", markersize=6, color=INK, markeredgecolor=CARD)
    axes.annotate(text, (x, y), xytext=offset, textcoords="offset points", ha=align, color=INK)
