"""All that a report is made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sagemaker_jobs.scores.comparison import Comparison
from sagemaker_jobs.scores.metrics import calibration_error
from sagemaker_jobs.scores.score_file import ScoredReview


@dataclass(frozen=True)
class Measured:
    """A model's scores, what it says of itself, and what was measured beside them."""

    rows: Sequence[ScoredReview]  # of both labels, by one model
    description: Mapping[str, Any]  # the artifact's model.json
    archive: Path
    genres: Mapping[str, Sequence[str]] | None  # by a review's id; None where there is no archive
    attachments: Mapping[str, Mapping[str, Any]]  # title -> JSON of another measurement
    compared: Comparison | None = None  # with another model

    @cached_property
    def labels(self) -> list[int]:
        return [row.label for row in self.rows]

    @cached_property
    def scores(self) -> list[float | None]:
        return [row.judged_score for row in self.rows]

    @cached_property
    def judged(self) -> tuple[list[int], list[float]]:
        """Labels and scores of the reviews that have one."""
        pairs = [(row.label, row.judged_score) for row in self.rows]
        kept = [(label, score) for label, score in pairs if score is not None]
        return [label for label, _ in kept], [score for _, score in kept]

    @property
    def reviews(self) -> str:
        """How many reviews of which split: '25,000 test reviews'."""
        splits = " and ".join(sorted({row.split for row in self.rows}))
        return f"{len(self.rows):,} {splits} reviews"

    @property
    def training(self) -> Mapping[str, Any]:
        found = self.description.get("training")
        return found if isinstance(found, Mapping) else {}

    @property
    def sole_temperature(self) -> float | None:
        """The temperature, where nothing else calibrates the model."""
        biases = (self.description.get(name) for name in ("bias", "shift"))  # shift: format 3, 4
        weights = (self.description.get(name) or () for name in ("length_weights", "gains"))
        if any(biases) or any(map(any, weights)):
            return None
        found = self.description.get("temperature")
        return float(found) if isinstance(found, int | float) and found > 0 else None

    @cached_property
    def ece(self) -> float:
        return calibration_error(self.labels, self.scores)
