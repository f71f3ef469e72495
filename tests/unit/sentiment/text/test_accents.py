"""Accents: one spelling for each word, and no time that grows by the square of their number."""

import json
import time
from typing import Literal
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.artifact.artifact import Artifact
from sentiment.serving.http_format import Request, read_request
from sentiment.serving.predictor import Predictor, Verdict
from sentiment.text.accents import MOST_MARKS, compose, limit_marks
from sentiment.text.words import find_words
from tests.support import texts

ABOVE, BELOW = "\u0301", "\u0316"  # of two combining classes, so that normalising sorts them
FLOOD = "e" + (ABOVE + BELOW) * 9_999
ATTEMPTS = 10
SHORT_RUNS = st.lists(
    st.characters() | st.text(ABOVE + BELOW + "\u0327\u05b0\u064b\u3099", max_size=MOST_MARKS),
).map("a".join)


@given(SHORT_RUNS)
def test_up_to_thirty_marks_in_a_row_change_nothing(text: str) -> None:
    """No text as people write it differs from its plain NFC."""
    assert limit_marks(text) == text
    visible = "".join(sign for sign in text if sign not in "\u00ad\u200b\u200c\u200d\u2060\ufe0f")
    assert compose(text) == normalize("NFC", visible)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("language", texts.OTHER_LANGUAGES)
def test_no_language_loses_a_mark(language: str, form: Literal["NFC", "NFD"]) -> None:
    """Vietnamese, Hebrew or Hindi put a few marks on a letter, never thirty."""
    for text in texts.OTHER_LANGUAGES[language]:
        written = normalize(form, text)
        assert limit_marks(written) == written


@pytest.mark.parametrize("marks", [ABOVE + BELOW, "\u064b\u0650", "\u0591\u05b0", "\u0f73\u0f75"])
def test_further_marks_are_left_out(marks: str) -> None:
    """Thirty stay, of any script; letters and marks that follow the next letter stay too."""
    flood = marks * 500
    assert limit_marks(f"e{flood}o{marks} {flood}") == (
        f"e{flood[:MOST_MARKS]}o{marks} {flood[:MOST_MARKS]}"
    )


@pytest.mark.parametrize("n_marks", [MOST_MARKS, MOST_MARKS + 1, 500])
@pytest.mark.parametrize("between", ["\N{EM DASH}", "e", ""])
def test_each_run_of_marks_has_its_own_thirty(n_marks: int, between: str) -> None:
    """A sign between two runs separates them as a letter does."""
    run = ABOVE * n_marks
    kept = ABOVE * MOST_MARKS
    expected = f"e{kept}{between}{kept}" if between else f"e{kept}"
    assert limit_marks(f"e{run}{between}{run}") == expected


@pytest.mark.parametrize("between", ["\u200b", "\u00ad", "\ufe0f"])
def test_invisible_characters_hide_no_flood(between: str) -> None:
    """They are taken out before the marks are counted."""
    flood = "e" + (ABOVE + between + BELOW + between) * 500
    assert compose(flood) == normalize("NFC", "e" + (ABOVE + BELOW) * (MOST_MARKS // 2))


def test_places_are_those_of_the_text_as_sent() -> None:
    """A word has all its marks in its place, however few of them the model reads."""
    text = f"A {FLOOD} film"
    assert [(word.start, word.end) for word in find_words(text)] == [
        (0, 1),
        (2, 2 + len(FLOOD)),
        (3 + len(FLOOD), 7 + len(FLOOD)),
    ]


@pytest.mark.parametrize("explain", [False, True])
def test_a_flood_of_accents_takes_no_longer_than_words(artifact: Artifact, explain: bool) -> None:
    """Of as many characters, in processor time; sorting all the accents would take 20 times that.

    The best of a few attempts, because other programs can only make a measurement longer.
    """
    predictor = Predictor(artifact)

    def cpu_s(text: str) -> float:
        started = time.thread_time()
        request = read_request(json.dumps({"review": text}), "application/json")
        assert isinstance(request, Request)
        (review,) = request.reviews
        assert isinstance(review, str)
        verdict = predictor.explain(review) if explain else predictor.predict([review])[0]
        assert isinstance(verdict, Verdict)
        return time.thread_time() - started

    plain = ("a wonderful film " * len(FLOOD))[: len(FLOOD)]
    assert any(cpu_s(FLOOD) < cpu_s(plain) for _ in range(ATTEMPTS))
