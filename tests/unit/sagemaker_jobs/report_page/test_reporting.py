"""The report's arithmetic: slices, genres, mistakes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.report_page.genres import GENRE_WORDS, genres_of
from sagemaker_jobs.report_page.sections import _without_temperature
from sagemaker_jobs.report_page.slices import (
    by_genre,
    by_length,
    by_rating,
    worst_mistakes,
)
from sagemaker_jobs.report_page.tables import json_tables, table
from sagemaker_jobs.scores.score_file import ScoredReview

ROW = ScoredReview("test", "test/pos/0_9", 1, 9, 120, 0.75, "positive", "v")


def rows_of_lengths(lengths: list[int]) -> list[ScoredReview]:
    return [replace(ROW, id=f"test/pos/{n}_9", words=words) for n, words in enumerate(lengths)]


@given(st.lists(st.integers(0, 300), min_size=1, max_size=200))
def test_length_slices_divide_the_reviews(lengths: list[int]) -> None:
    """Each review is in one of at most five slices; none is empty."""
    slices = by_length(rows_of_lengths(lengths))
    assert sum(part.n for part in slices) == len(lengths)
    assert 1 <= len(slices) <= 5


def test_length_slices_are_fifths() -> None:
    """A hundred different lengths make five slices of twenty, named by their bounds."""
    slices = by_length(rows_of_lengths(list(range(1, 101))))
    assert [part.n for part in slices] == [20] * 5
    assert slices[0].name == "1 to 20 words"
    assert slices[-1].name == "81 to 100 words"


def test_rating_slices_count_what_is_right() -> None:
    """A slice for each number of stars that occurs, in order."""
    rows = [ROW, replace(ROW, score=0.1), replace(ROW, rating=1, label=0, score=0.2)]
    one, nine = by_rating(rows)
    assert (one.name, one.n, one.n_right) == ("1 star", 1, 1)
    assert (nine.name, nine.n, nine.accuracy) == ("9 stars", 2, 0.5)


def test_a_review_may_be_of_several_genres_or_of_none() -> None:
    """It counts in each of its genres, and once under none where it has none."""
    rows = [ROW, replace(ROW, id="test/pos/1_9", score=0.1)]
    genres = {"test/pos/0_9": ["comedy", "war"], "test/pos/1_9": []}
    found = {part.name: part.accuracy for part in by_genre(rows, genres)}
    assert found == {"comedy": 1.0, "war": 1.0, "none of these": 0.0}


@pytest.mark.parametrize(
    ("text", "genres"),
    [
        ("A western. A WESTERN!", ["western"]),
        ("Westerns with a sheriff and some zombies", ["western"]),
        ("One western", []),
        ("A warm award for software", []),
        ("science fiction and sci-fi", ["sci-fi"]),
        ("war war comedy comedies", ["comedy", "war"]),
    ],
)
def test_two_mentions_make_a_genre(text: str, genres: list[str]) -> None:
    """Whole words, any case, a plural allowed for; one mention is not enough."""
    assert genres_of(text) == genres


def test_genre_words_are_lower_case_and_belong_to_one_genre() -> None:
    """Texts are lowered before they are searched; no word counts twice."""
    words = [word for listed in GENRE_WORDS.values() for word in listed]
    assert words == [word.lower() for word in words]
    assert len(words) == len(set(words))


def test_the_worst_mistakes_have_the_highest_confidence() -> None:
    """Right verdicts and reviews without one are not among them; equals stand by id."""
    rows = [
        ROW,
        replace(ROW, id="b", score=0.01),
        replace(ROW, id="a", score=0.01),
        replace(ROW, id="c", label=0, score=0.999),
        replace(ROW, id="d", score=0.4),
        replace(ROW, id="e", score=None, sentiment="error"),
        replace(ROW, id="f", label=0, score=0.5, sentiment="not_a_review"),
    ]
    assert [row.id for row in worst_mistakes(rows, 3)] == ["c", "a", "b"]
    assert len(worst_mistakes(rows, 30)) == 4


def test_the_temperature_is_taken_back() -> None:
    """A logit of 2 under temperature 2 was served as sigmoid(1); before it was sigmoid(2)."""
    assert _without_temperature(0.7310585786, 2.0) == pytest.approx(0.8807970780)
    assert _without_temperature(None, 2.0) is None
    assert _without_temperature(1.0, 2.0) == pytest.approx(1.0)


def test_tables_escape_what_they_show() -> None:
    """No cell, caption or column can bring markup with it."""
    made = table("<b>", ("<i>", "x"), [("<script>", "1 < 2")])
    assert "<b>" not in made
    assert "<i>" not in made
    assert "<script>" not in made
    assert "1 &lt; 2" in made


def test_any_json_becomes_tables() -> None:
    """Plain fields, objects by name and lists of objects are shown; what is deeper is counted."""
    content = {
        "rate": 0.91234,
        "families": {"double_negation": {"cases": 1200, "failures": [1, 2]}},
        "runs": [{"seed": 1, "ok": True}, {"seed": 2}],
        "words": ["fine"],
        "nested": {"deep": 1},
        "empty": [],
    }
    made = json_tables(content, "Suite")
    for text in ("0.9123", "double negation", "1,200", ">2<", "yes", "fine", "Suite: nested"):
        assert text in made, text
