"""Lessons as training examples: short opinions, and reviews beside their edited versions.

The edits turn a review's verdict round and leave the rest as it is, so both versions are learned in
the same step (Kaushik, Hovy & Lipton, "Learning the Difference that Makes a Difference", 2020).
Edited reviews without short opinions, or the other way round, teach less than both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.augmentation.opinion_sentences import SyntheticExample
from sentiment.data.dataset import EncodedLessons, EncodedSplit

_SENTENCES = 3  # short texts in a step for each of its reviews
_EDITED = 0.25  # edited reviews


@dataclass(frozen=True)
class LessonExamples:
    """Draws lessons for the steps of training."""

    lessons: EncodedLessons
    sentences: NDArray[np.int64]  # positions of the texts that stand alone
    edited: NDArray[np.int64]  # positions of the edited reviews
    reviews: EncodedSplit  # the train split, with their originals

    @classmethod
    def of(
        cls, lessons: EncodedLessons, reviews: EncodedSplit, learned: NDArray[np.int64]
    ) -> LessonExamples:
        """Return the examples to learn from; of edited reviews those whose original is `learned`.

        Args:
            lessons: of the dataset; those to choose by are not learned.
            reviews: the train split.
            learned: positions of the reviews that are not held out.
        """
        is_alone = lessons.originals < 0
        is_edited = np.isin(lessons.originals, learned)
        sentences, edited = (
            np.flatnonzero(kind & ~lessons.chooses) for kind in (is_alone, is_edited)
        )
        return cls(lessons, sentences, edited, reviews)

    def draw(
        self, n_reviews: int, generator: np.random.Generator
    ) -> tuple[list[SyntheticExample], list[SyntheticExample]]:
        """Return short texts, two neighbours at a time, and pairs of original and edited review.

        Neighbours are often twins: the same sentence with opposite opinions.
        """
        starts = _draw(self.sentences[:-1], n_reviews * _SENTENCES / 2, generator)
        pairs = _draw(self.edited, n_reviews * _EDITED, generator)
        following = self.sentences[np.searchsorted(self.sentences, starts) + 1]
        neighbours = np.stack([starts, following], axis=1)
        both = []
        for position in pairs.tolist():
            original = int(self.lessons.originals[position])
            label = float(self.reviews.labels[original])
            both += [SyntheticExample(self.reviews.review(original), label), self._text(position)]
        return [self._text(position) for position in neighbours.flatten().tolist()], both

    def _text(self, position: int) -> SyntheticExample:
        target = float(self.lessons.targets[position])
        return SyntheticExample(self.lessons.texts.review(position), target)


def _draw(
    positions: NDArray[np.int64], number: float, generator: np.random.Generator
) -> NDArray[np.int64]:
    n_drawn = min(len(positions), max(1, round(number)))
    return generator.choice(positions, n_drawn, replace=False)
