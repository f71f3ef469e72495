"""Divide the train split into reviews to learn from and reviews to validate and calibrate on.

Reviews of one film share names and opinions, and no film of the test split is in the train split.
So no film is on both sides here either, and validation is as hard as the test.

The films are drawn first, so the same ones are held out even if reviews are added to the archive's,
and reviews that are set aside count as if they were there. After a warm start, the validation
reviews are still new to both models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sentiment.data.dataset import EncodedSplit
from sentiment.errors import InvalidHyperparameter

_SEED = 1  # the same reviews are held out whatever a run's own seed


@dataclass(frozen=True)
class Division:
    """Positions in the train split of the reviews on either side."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]


def divide(split: EncodedSplit, validation_size: int, sample: int = 0) -> Division:
    """Hold out `validation_size` of the reviews, whole films at a time, drawn at random.

    A review whose film is unknown (a negative number) is held out only if the known films do not
    suffice. With a `sample`, only that many reviews take part, and at most a fifth is held out. If
    the films' sizes do not add up to `validation_size`, slightly fewer reviews are held out.

    Raises:
        InvalidHyperparameter: there are too few reviews, or none would be left to learn from.
    """
    films = np.arange(len(split)) if split.films is None else split.films.astype(np.int64)
    set_aside = films[:0] if split.films_set_aside is None else split.films_set_aside
    names = np.unique(np.concatenate([films, set_aside]))
    generator = np.random.default_rng(_SEED)
    known, unknown = (generator.permutation(names[kind]) for kind in (names >= 0, names < 0))
    taking_part = generator.permutation(len(split))
    if sample > len(split):
        raise InvalidHyperparameter(
            f"sample is {sample}, but the train split holds {len(split)} reviews"
        )
    if sample:
        taking_part = taking_part[:sample]
        validation_size = min(validation_size, max(1, sample // 5))
    if validation_size >= len(taking_part):
        raise InvalidHyperparameter(
            f"validation-size is {validation_size}, which leaves none of the {len(taking_part)} "
            "reviews to learn from"
        )
    counted = films[taking_part] if sample else np.concatenate([films, set_aside])
    present, sizes = np.unique(counted, return_counts=True)
    size_of = dict(zip(present.tolist(), sizes.tolist(), strict=True))
    chosen, n_held_out = [], 0
    for film in (*known.tolist(), *unknown.tolist()):
        n_reviews = size_of.get(film, 0)
        if n_reviews and n_held_out + n_reviews <= validation_size:
            chosen.append(film)
            n_held_out += n_reviews
    if not chosen:
        raise InvalidHyperparameter(
            f"validation-size is {validation_size}, but every film has more reviews"
        )
    held_out = np.isin(films[taking_part], chosen)
    return Division(taking_part[~held_out], taking_part[held_out])
