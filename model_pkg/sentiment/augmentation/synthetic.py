"""Synthetic examples that a student learns next to the reviews and their excerpts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.comparisons import Comparisons
from sentiment.augmentation.concession import Concession
from sentiment.augmentation.negation import Negation
from sentiment.augmentation.opinion_sentences import OpinionSentences, SyntheticExample
from sentiment.augmentation.ratings import Ratings
from sentiment.data.dataset import EncodedSplit

_SHARE = 0.15  # of the reviews that give a rating, and of those that give a comparison


@dataclass(frozen=True)
class SyntheticExamples:
    """Makes negations, concessions, ratings and comparisons."""

    opinions: OpinionSentences
    ratings: Ratings

    @classmethod
    def of(
        cls, opinions: OpinionSentences, split: EncodedSplit, indices: NDArray[np.int64]
    ) -> SyntheticExamples:
        """Return a maker whose ratings mean what they mean in the labelled reviews at `indices`."""
        return cls(opinions, Ratings.of(opinions, split, indices))

    def make(
        self,
        reviews: Sequence[tuple[NDArray[np.integer], float]],
        generator: np.random.Generator,
    ) -> list[list[SyntheticExample]]:
        """Return lists of examples of similar length, from reviews and their targets.

        A target is the review's probability of 'positive'. At most one sentence of a review is
        negated, and at most two become a concession.
        """
        negation, comparisons = Negation(self.opinions), Comparisons(self.opinions)
        negated = [negation.negate(*review, generator) for review in reviews]
        rated, compared = (
            [make(review, generator) for review, _ in reviews if generator.random() < _SHARE]
            for make in (self.ratings.rate, comparisons.compare)
        )
        return [
            [example for example in negated if example is not None],
            Concession(self.opinions).join(reviews, generator),
            [example for example in (*rated, *compared) if example is not None],
        ]
