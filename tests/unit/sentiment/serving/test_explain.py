"""Sentences' contributions: they add up to the verdict."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.artifact.artifact import Artifact
from sentiment.serving.explain import START_SCORE, complete
from sentiment.serving.predictor import Predictor, Verdict

relaxed = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
SENTENCES = ["A wonderful film.", "Not bad!", "A film?", "The film, bad and bad."]


def logit(score: float) -> float:
    return math.log(score / (1 - score))


def explained(artifact: Artifact, review: str) -> Verdict:
    verdict = Predictor(artifact).explain(review)
    assert isinstance(verdict, Verdict)
    return verdict


@relaxed
@given(
    sentences=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=40),
    padding=st.sampled_from([0, 300, 1_200]),
)
def test_sentences_add_up_to_the_verdict(
    artifact: Artifact, sentences: list[str], padding: int
) -> None:
    """From the score at the start to the review's, in a short, a long and a truncated review."""
    review = " ".join([*sentences, "film " * padding])
    verdict = explained(artifact, review)
    content = verdict.as_json()
    assert content["start_score"] == START_SCORE
    moved = sum(part["contribution"] for part in content["sentences"])
    rounded = 5e-5 * len(content["sentences"])
    assert moved == pytest.approx(logit(verdict.score) - logit(START_SCORE), abs=rounded + 1e-5)


@pytest.mark.parametrize("review", SENTENCES)
def test_one_sentence_has_the_whole_verdict(artifact: Artifact, review: str) -> None:
    """So its colour cannot contradict the verdict."""
    verdict = explained(artifact, review)
    assert verdict.explanation is not None
    (sentence,) = verdict.explanation.sentences
    assert sentence.contribution == pytest.approx(logit(verdict.score))


@pytest.mark.parametrize("pair", list(permutations(SENTENCES, 2)))
def test_two_sentences_have_their_shapley_values(artifact: Artifact, pair: tuple[str, str]) -> None:
    """The mean of what a sentence adds when it is read first and when it is read last."""
    first, second, both = (
        logit(verdict.score)
        for verdict in Predictor(artifact).predict([*pair, " ".join(pair)])
        if isinstance(verdict, Verdict)
    )
    explanation = explained(artifact, " ".join(pair)).explanation
    assert explanation is not None
    shares = [sentence.contribution for sentence in explanation.sentences]
    assert shares == pytest.approx(
        [(first + both - second) / 2, (second + both - first) / 2], abs=1e-4
    )


@given(
    st.lists(st.floats(-20, 20), min_size=1, max_size=9).map(np.array),
    st.floats(-20, 20),
)
def test_what_is_left_is_shared_out(estimates: np.ndarray, total: float) -> None:
    """The sum is right, and where it was right nothing changes."""
    assert complete(estimates, total).sum() == pytest.approx(total, abs=1e-6)
    assert complete(estimates, float(estimates.sum())) == pytest.approx(estimates, abs=1e-6)


def test_a_line_says_where_sentences_alone_and_together_differ(artifact: Artifact) -> None:
    """It is there exactly where a sentence was turned round."""
    notes = []
    for n in range(1, 30):
        verdict = explained(artifact, " ".join(["A wonderful film."] * n + ["Bad."]))
        assert verdict.explanation is not None
        content = verdict.as_json()
        assert verdict.explanation.turned == ("reasons_note" in content)
        notes.append(verdict.explanation.turned)
    assert not all(notes)
