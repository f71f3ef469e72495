"""The report's training curves.

Phases that judge reviews continue each other, so they share one axis: epochs, counted from the
first one. A phase that judges none, such as a language model, predicts words; it has its own plot.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sagemaker_jobs.report_page.drawing import MODEL, SOFT, as_svg, drawing
from sagemaker_jobs.scores.intervals import wilson_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Epoch = Mapping[str, Any]

_MOST_TICKS = 12
_LOSSES = (
    ("train_loss", "training reviews", SOFT, "--"),
    ("validation_loss", "validation", MODEL, "-"),
)


def draw_training(history: Sequence[Epoch], n_validation: int | None) -> list[tuple[str, Markup]]:
    """Return captions and plots; `n_validation` reviews give the accuracy's interval."""
    judging = [epoch for epoch in history if _is_number(epoch.get("validation_accuracy"))]
    plots = []
    others = [epoch for epoch in history if epoch not in judging]
    for n, (phase, epochs) in enumerate(groupby(others, phase_of)):
        unit = "cross-entropy a word (nats)"
        plots.append((f"Loss: {phase}", _draw_losses(f"loss-{n}", [*epochs], unit)))
    if judging:
        unit = "cross-entropy a review (nats)"
        plots.append(("Loss on reviews", _draw_losses("loss", judging, unit)))
        plots.append(("Validation accuracy", _draw_accuracy(judging, n_validation)))
    return plots


def name_phases(history: Sequence[Epoch]) -> str:
    """Return which epochs belong to which phase, of those that judge reviews.

    >>> found = {"validation_accuracy": 0.9}
    >>> name_phases([{"phase": "student", **found}, {"phase": "self_training", **found}])
    'epoch 1 student, epoch 2 self training'
    """
    judging = [epoch for epoch in history if _is_number(epoch.get("validation_accuracy"))]
    parts, first = [], 1
    for phase, epochs in groupby(judging, phase_of):
        last = first + len([*epochs]) - 1
        which = f"epoch {first}" if last == first else f"epochs {first} to {last}"
        parts.append(f"{which} {phase}")
        first = last + 1
    return ", ".join(parts)


def phase_of(epoch: Epoch) -> str:
    """Return the phase's name in words."""
    return str(epoch.get("phase", "training")).replace("_", " ")


def _draw_losses(name: str, epochs: Sequence[Epoch], unit: str) -> Markup:
    with drawing() as (figure, (axes,)):
        last = []
        for key, label, color, line in _LOSSES:
            for places, losses in _measured(epochs, key):
                axes.plot(places, losses, color=color, linestyle=line, marker="o")
            axes.plot([], [], color=color, linestyle=line, marker="o", label=label)
            if _is_number(epochs[-1].get(key)):
                last.append(f"{label} {epochs[-1][key]:.3f}")
        _count_epochs(axes, epochs)
        axes.set_ylabel(unit)
        axes.legend()
        caption = f"Loss over {len(epochs)} epochs; at the end {', '.join(last) or 'unknown'}"
        return as_svg(figure, name, caption)


def _draw_accuracy(epochs: Sequence[Epoch], n_validation: int | None) -> Markup:
    key = "validation_accuracy"
    with drawing() as (figure, (axes,)):
        for places, accuracies in _measured(epochs, key):
            axes.plot(places, accuracies, color=MODEL, marker="o")
            if n_validation:
                intervals = [
                    wilson_interval(round(a * n_validation), n_validation) for a in accuracies
                ]
                axes.vlines(places, *zip(*intervals, strict=True), color=MODEL, linewidth=1)
        _count_epochs(axes, epochs)
        axes.set_ylabel("accuracy on validation reviews")
        best = max(epoch[key] for epoch in epochs)
        caption = f"Validation accuracy over {len(epochs)} epochs; best {best:.4f}"
        return as_svg(figure, "accuracy", caption)


def _measured(epochs: Sequence[Epoch], key: str) -> Iterator[tuple[list[int], list[float]]]:
    """Yield each phase's epochs, counted from the first of all, and its values."""
    numbered = enumerate(epochs, start=1)
    for _, of_phase in groupby(numbered, lambda found: phase_of(found[1])):
        points = [(n, float(epoch[key])) for n, epoch in of_phase if _is_number(epoch.get(key))]
        if points:
            places, values = zip(*points, strict=True)
            yield [*places], [*values]


def _is_number(content: object) -> bool:
    return isinstance(content, int | float) and math.isfinite(content)


def _count_epochs(axes: Axes, epochs: Sequence[Epoch]) -> None:
    axes.set_xlabel("epoch")
    axes.set_xlim(0.7, len(epochs) + 0.3)
    for n, (before, after) in enumerate(pairwise(epochs), start=1):
        if phase_of(before) != phase_of(after):
            axes.axvline(n + 0.5, color=SOFT, linewidth=1, linestyle=":")
    if len(epochs) <= _MOST_TICKS:
        axes.set_xticks(range(1, len(epochs) + 1))
    else:
        axes.locator_params(axis="x", integer=True)
