"""The epochs that a model's weights went through, over all the runs that they come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sentiment.training.checkpoint import EpochMetrics

_ROUND = re.compile(r"_\d+\Z")


def continue_history(
    earlier: Sequence[Mapping[str, Any]], epochs: Sequence[EpochMetrics]
) -> list[dict[str, Any]]:
    """The earlier epochs and then the new ones, whose phases have names of their own.

    A phase whose name is taken is the next round of it.

    >>> new = EpochMetrics("self_training", 1, 0.3, 0.4, 0.9, 60.0)
    >>> [epoch["phase"] for epoch in continue_history([asdict(new)], [new, new])]
    ['self_training', 'self_training_2', 'self_training_2']
    """
    history = [dict(epoch) for epoch in earlier]
    taken = {str(epoch.get("phase")) for epoch in history}
    names: dict[str, str] = {}
    for epoch in epochs:
        if epoch.phase not in names:
            names[epoch.phase] = _next_free(epoch.phase, taken)
            taken.add(names[epoch.phase])
        history.append({**asdict(epoch), "phase": names[epoch.phase]})
    return history


def _next_free(phase: str, taken: set[str]) -> str:
    number = 2
    name = phase
    while name in taken:
        name = f"{_ROUND.sub('', phase)}_{number}"
        number += 1
    return name
