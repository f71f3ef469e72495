"""Which reviews are learned from and which judge."""

import numpy as np
import pytest

from sentiment.data.dataset import EncodedSplit
from sentiment.data.validation_split import divide
from sentiment.errors import InvalidHyperparameter


def _split(films: list[int] | None, n_reviews: int = 60) -> EncodedSplit:
    return EncodedSplit(
        np.full(n_reviews, 2, np.uint16),
        np.arange(n_reviews + 1),
        np.arange(n_reviews, dtype=np.int8) % 2,
        None if films is None else np.array(films, np.int32),
    )


def test_no_film_is_on_both_sides() -> None:
    """Reviews of a film are learned from, or judge, never both; nothing is lost."""
    films = [number // 3 for number in range(60)]
    split = _split(films)
    division = divide(split, 12)
    assert split.films is not None
    assert not set(split.films[division.train]) & set(split.films[division.validation])
    assert sorted([*division.train, *division.validation]) == list(range(60))
    assert len(division.validation) == 12


def test_films_unknown_means_each_review_for_itself() -> None:
    """An archive without addresses can be divided too."""
    division = divide(_split(None), 12)
    assert len(division.validation) == 12
    assert len(division.train) == 48


def test_a_sample_divides_only_itself() -> None:
    """Of 20 reviews, at most a fifth validates."""
    division = divide(_split(None), 12, sample=20)
    assert len(division.validation) == 4
    assert len(division.train) == 16


def test_reviews_of_unknown_films_leave_the_division_as_it_was() -> None:
    """Corrections that are added to the archive are learned from; who is held out stays so."""
    films = [number // 3 for number in range(60)]
    alone, with_more = divide(_split(films), 12), divide(_split([*films, *range(-40, -30)], 70), 12)
    assert sorted(with_more.validation) == sorted(alone.validation)
    assert set(range(60, 70)) <= set(with_more.train)


def test_the_films_held_out_are_always_the_same() -> None:
    """Another draw would let a released model be judged by reviews that it has learned."""
    split = _split([number // 3 for number in range(60)])
    assert split.films is not None
    assert sorted(set(split.films[divide(split, 12).validation].tolist())) == [1, 10, 16, 18]


def test_one_film_for_all_is_refused() -> None:
    """There is nothing to hold out."""
    with pytest.raises(InvalidHyperparameter, match="every film has more"):
        divide(_split([7] * 60), 12)
