"""A verdict: firm or unsure, which way it leans, and in which percentage."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.serving.predictor import Reading, Verdict, in_percent
from sentiment.serving.unsure import Cause, Doubt


def verdict_of(score: float, unsure_below: float) -> Verdict:
    return Verdict(score, Reading(3, 3), model_version="1", unsure_below=unsure_below)


@pytest.mark.parametrize(
    ("score", "unsure_below", "sentiment"),
    [
        (0.5, 0.5, "positive"),
        (0.49, 0.5, "negative"),
        (0.694, 0.7, "unsure"),
        (0.695, 0.7, "positive"),
        (0.7249, 0.721, "unsure"),  # 72 %
        (0.725, 0.721, "positive"),  # 73 %
        (0.31, 0.7, "unsure"),
        (0.29, 0.7, "negative"),
    ],
)
def test_unsure_is_the_published_rule_on_the_percentage_shown(
    score: float, unsure_below: float, sentiment: str
) -> None:
    """A client that knows the threshold gets the same verdict from the answer alone."""
    content = verdict_of(score, unsure_below).as_json()
    assert content["sentiment"] == sentiment
    is_below = in_percent(content["confidence"]) < 100 * unsure_below
    assert is_below == (sentiment == "unsure")


@given(
    unsure_below=st.floats(0.5, 0.999),
    scores=st.lists(st.floats(0, 1), min_size=2, max_size=20),
    step=st.floats(-0.02, 0.02),
)
def test_no_percentage_is_on_both_sides_of_the_rule(
    unsure_below: float, scores: list[float], step: float
) -> None:
    """Rounded as clients round it, the share tells firm from unsure verdicts."""
    near = min(max(unsure_below + step, 0), 1)
    verdicts = [verdict_of(score, unsure_below) for score in [*scores, near, 1 - near]]
    shown = {
        is_unsure: {
            in_percent(verdict.confidence)
            for verdict in verdicts
            if (verdict.sentiment == "unsure") == is_unsure
        }
        for is_unsure in (True, False)
    }
    assert not shown[True] & shown[False]


@pytest.mark.parametrize(
    ("score", "sentiment", "lean"),
    [
        (0.9, "positive", "positive"),
        (0.6, "unsure", "positive"),
        (0.4, "unsure", "negative"),
        (0.1, "negative", "negative"),
    ],
)
def test_a_verdict_says_which_way_it_leans(score: float, sentiment: str, lean: str) -> None:
    """An unsure verdict leans to its likelier side; a firm one has no reason beside it."""
    content = verdict_of(score, 0.8).as_json()
    assert (content["sentiment"], content["lean"]) == (sentiment, lean)
    assert (content["unsure_because"] is None) == ("reason" not in content) == (sentiment == lean)


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        ("not_understood", "Most of its words are not known to this program."),
        ("no_opinion", "It does not clearly say whether the film is good."),
    ],
)
def test_a_text_without_a_clear_opinion_leans_nowhere(cause: Cause, reason: str) -> None:
    """Which way unknown words or a plot lean is anybody's guess."""
    doubted = replace(verdict_of(0.6, 0.8), doubt=Doubt(cause))
    content = doubted.as_json()
    assert (content["sentiment"], content["lean"]) == ("unsure", None)
    assert (content["unsure_because"], content["reason"]) == (cause, reason)
