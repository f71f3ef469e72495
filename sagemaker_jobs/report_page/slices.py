"""Accuracy by kind of review: by length, by rating, by genre."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sagemaker_jobs.report_page.genres import GENRE_WORDS
from sagemaker_jobs.scores.intervals import wilson_interval
from sagemaker_jobs.scores.score_file import ScoredReview

_PARTS = 5  # quintiles


@dataclass(frozen=True)
class Slice:
    """A group of n > 0 reviews, of which n_right were judged correctly."""

    name: str
    n: int
    n_right: int

    @property
    def accuracy(self) -> float:
        return self.n_right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the accuracy."""
        return wilson_interval(self.n_right, self.n)


def whole(rows: Sequence[ScoredReview]) -> Slice:
    """Return all reviews as one slice."""
    return Slice("all", len(rows), sum(row.is_right for row in rows))


def by_length(rows: Sequence[ScoredReview]) -> list[Slice]:
    """Return quintiles by number of words; reviews of the same length are in the same slice."""
    lengths = sorted(row.words for row in rows)
    bounds = sorted({lengths[len(lengths) * part // _PARTS] for part in range(1, _PARTS)})
    edges = [lengths[0], *(bound for bound in bounds if bound > lengths[0]), lengths[-1] + 1]
    return _filled(
        (
            f"{lowest:,} to {highest - 1:,} words",
            [row for row in rows if lowest <= row.words < highest],
        )
        for lowest, highest in pairwise(edges)
    )


def by_rating(rows: Sequence[ScoredReview]) -> list[Slice]:
    """Return a slice for each number of stars that occurs."""
    return _filled(
        (
            f"{stars} star{'s' if stars > 1 else ''}",
            [row for row in rows if row.rating == stars],
        )
        for stars in sorted({row.rating for row in rows if row.rating})
    )


def by_genre(rows: Sequence[ScoredReview], genres: Mapping[str, Sequence[str]]) -> list[Slice]:
    """Return a slice a genre, and one of reviews without any; `genres` maps ids to genres."""
    named = [
        (genre, [row for row in rows if genre in genres[row.id]]) for genre in sorted(GENRE_WORDS)
    ]
    return _filled([*named, ("none of these", [row for row in rows if not genres[row.id]])])


def _filled(named: Iterable[tuple[str, Sequence[ScoredReview]]]) -> list[Slice]:
    return [
        Slice(name, len(members), sum(row.is_right for row in members))
        for name, members in named
        if members
    ]


def worst_mistakes(rows: Sequence[ScoredReview], n: int) -> list[ScoredReview]:
    """Return the n wrong verdicts with the highest confidence, highest first."""
    wrong = [row for row in rows if row.judged_score is not None and not row.is_right]
    return sorted(wrong, key=lambda row: (-_confidence(row), row.id))[:n]


def _confidence(row: ScoredReview) -> float:
    score = row.score or 0.0
    return max(score, 1 - score)
