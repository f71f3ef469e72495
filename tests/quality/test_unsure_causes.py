"""How often an unsure verdict's cause is wrong, on the lessons that are there to choose by."""

import pytest

from sentiment.data.lessons import Lesson, read_lessons
from sentiment.serving.predictor import Predictor, Verdict

CHOSEN = [lesson for lesson in read_lessons() if lesson.part == "choose"]
OPINIONS = [lesson for lesson in CHOSEN if lesson.target != 0.5]
PLOTS = [lesson for lesson in CHOSEN if lesson.family == "none"]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.bundled()


def share_without_opinion(predictor: Predictor, lessons: list[Lesson]) -> float:
    verdicts = predictor.predict([lesson.text for lesson in lessons])
    causes = [verdict.unsure_because for verdict in verdicts if isinstance(verdict, Verdict)]
    return causes.count("no_opinion") / len(lessons)


def test_opinions_are_found(predictor: Predictor) -> None:
    """Of short opinions at most 7 % end in 'no clear opinion'."""
    assert share_without_opinion(predictor, OPINIONS) <= 0.07


def test_no_opinion_is_found_in_plots(predictor: Predictor) -> None:
    """Of plots at least a fifth do, though these are full of words such as 'beautiful'."""
    assert share_without_opinion(predictor, PLOTS) >= 0.2


@pytest.mark.parametrize(
    "text", ["What time does it start?", "Today is Thursday.", "It was on television yesterday."]
)
def test_plain_facts_have_no_opinion(predictor: Predictor, text: str) -> None:
    """Whichever way the model leans."""
    (verdict,) = predictor.predict([text])
    assert isinstance(verdict, Verdict)
    assert (verdict.unsure_because, verdict.lean) == ("no_opinion", None)
