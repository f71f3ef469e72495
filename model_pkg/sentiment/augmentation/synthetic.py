"""All that is made up for a student to learn beside the reviews and their excerpts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.comparisons import Comparisons
from sentiment.augmentation.concession import Contrasts
from sentiment.augmentation.negation import Contradictions
from sentiment.augmentation.opinion_sentences import Opinions, Statement
from sentiment.augmentation.ratings import Ratings
from sentiment.data.dataset import EncodedSplit

_SHARE = 0.15  # of the reviews beside which a rating is made up, and of those for a comparison


@dataclass(frozen=True)
class Statements:
    """Sentences denied and conceded, ratings and comparisons."""

    opinions: Opinions
    ratings: Ratings

    @classmethod
    def of(cls, opinions: Opinions, split: EncodedSplit, indices: NDArray[np.int64]) -> Statements:
        """With ratings that mean what the labelled reviews of the split at `indices` mean."""
        return cls(opinions, Ratings.of(opinions, split, indices))

    def make(
        self,
        reviews: Sequence[tuple[NDArray[np.integer], float]],
        generator: np.random.Generator,
    ) -> list[list[Statement]]:
        """Of reviews with their probabilities of 'positive'; texts of one list are of like length.

        At most one sentence of a review is denied and two are conceded.
        """
        contradictions, comparisons = Contradictions(self.opinions), Comparisons(self.opinions)
        denied = [contradictions.deny(*review, generator) for review in reviews]
        rated, compared = (
            [make(review, generator) for review, _ in reviews if generator.random() < _SHARE]
            for make in (self.ratings.rate, comparisons.compare)
        )
        return [
            [statement for statement in denied if statement is not None],
            Contrasts(self.opinions).join(reviews, generator),
            [statement for statement in (*rated, *compared) if statement is not None],
        ]
