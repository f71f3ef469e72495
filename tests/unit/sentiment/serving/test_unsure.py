"""Why a verdict is unsure."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from sentiment.artifact.artifact import Artifact
from sentiment.artifact.calibration import Calibration
from sentiment.recipe import DEFAULT
from sentiment.serving.unsure import Doubt, find_doubt
from sentiment.text.encoder import Encoder
from sentiment.text.vocabulary import Vocabulary

PRAISE = ["gorgeous", "superb", "loved"]
BLAME = ["stupid", "awful", "hated"]
OTHERS = "the photography story plot acting is first half ending a man travels to paris what time"
OTHERS += " does it start today thursday i but and then or so ."
OTHERS += " sequel that nobody needed nodded off didn't loud anyone know should here"


def by_words(reviews: list[list[int]]) -> Any:
    """One part a review: 2 for each word of praise, -2 for each of blame."""
    weights = np.zeros(len(VOCABULARY))
    weights[VOCABULARY.ids(PRAISE)] = 2
    weights[VOCABULARY.ids(BLAME)] = -2
    return np.array([[weights[ids].sum()] for ids in reviews], np.float32)


VOCABULARY = Vocabulary([*PRAISE, *BLAME, *OTHERS.split()])
ENCODER = Encoder(DEFAULT, VOCABULARY)
ARTIFACT = cast(
    "Artifact",
    SimpleNamespace(network=SimpleNamespace(parts=by_words), calibration=Calibration(1.0)),
)


def doubt_of(review: str, score: float = 0.6) -> Doubt:
    encoded, words = ENCODER.encode_with_places(review)
    return find_doubt(ARTIFACT, encoded.ids, words, score)


@pytest.mark.parametrize(
    ("review", "praised", "blamed"),
    [
        ("Gorgeous photography, stupid story.", "Gorgeous photography", "stupid story"),
        ("I loved the first half but hated the ending", "I loved the first half", "hated the"),
        ("The acting is superb. The plot is awful.", "The acting is superb", "The plot is"),
        ("\U0001f3ac <b>Superb</b> acting; awful plot", "Superb</b> acting", "awful plot"),
    ],
)
def test_praise_beside_blame_is_mixed(review: str, praised: str, blamed: str) -> None:
    """The clauses that praise and blame most are named by their places."""
    doubt = doubt_of(review)
    assert doubt.cause == "mixed"
    assert doubt.praise is not None
    assert doubt.blame is not None
    assert review[doubt.praise.start : doubt.praise.end] == praised
    assert review[doubt.blame.start : doubt.blame.end].startswith(blamed)


@pytest.mark.parametrize(
    "review",
    [
        "What time does it start?",
        "Today is Thursday.",
        "A man travels to Paris.",
        "The story is the first half, and then the ending.",
    ],
)
def test_a_text_without_opinion_words_holds_no_opinion(review: str) -> None:
    """A question, a plot, a date."""
    assert doubt_of(review).cause == "no_opinion"


def test_a_clear_lean_is_an_opinion_in_other_words() -> None:
    """The list of opinion words is short; but a question asks, whatever the score."""
    assert doubt_of("A man travels to the ending.", 0.79).cause == "close"
    assert doubt_of("What time does it start?", 0.79).cause == "no_opinion"
    assert doubt_of("Today is Thursday.", 0.79).cause == "no_opinion"
    assert doubt_of("I know today is Thursday.", 0.79).cause == "close"


@pytest.mark.parametrize("review", ["A sequel that nobody needed", "It didn't start", "So loud"])
def test_somebody_who_judges_has_an_opinion(review: str) -> None:
    """Plots and facts seldom say 'nobody', 'so' or 'didn't'."""
    assert doubt_of(review, 0.5) == Doubt("close")


def test_somebody_who_speaks_has_an_opinion_if_it_leans() -> None:
    """Small talk says 'I' too: 'I saw it yesterday.'; plots and facts seldom do."""
    assert doubt_of("I nodded off here.", 0.61) == Doubt("close")
    assert doubt_of("I nodded off here.", 0.59) == Doubt("no_opinion")
    assert doubt_of("A man nodded off here.", 0.61) == Doubt("no_opinion")


@pytest.mark.parametrize("review", ["Does anyone know the time?", "should i start here?"])
def test_a_question_holds_an_opinion_only_where_it_praises_or_blames(review: str) -> None:
    """A question speaks to somebody anyway, so 'anyone' and 'I' say nothing there."""
    assert doubt_of(review).cause == "no_opinion"
    assert doubt_of(f"Superb, {review}").cause == "close"


def test_a_phrase_that_leans_is_an_opinion() -> None:
    """A few words without a full stop, as in capsule reviews; a sentence states a fact."""
    assert doubt_of("the first half", 0.37).cause == "close"
    assert doubt_of("the first half", 0.45).cause == "no_opinion"
    assert doubt_of("Today is the first half.", 0.37).cause == "no_opinion"


@pytest.mark.parametrize("review", ["The acting is superb", "I loved it", "So superb or so"])
def test_an_opinion_on_one_side_is_close(review: str) -> None:
    """It has an opinion, and nothing speaks against it."""
    assert doubt_of(review) == Doubt("close")


@pytest.mark.parametrize("review", ["The zorblax frimbled it.", "Frimbled quux superb"])
def test_unknown_words_are_not_understood(review: str) -> None:
    """Half of the words unknown, whatever the others say; punctuation and numbers do not count."""
    assert doubt_of(review).cause == "not_understood"


def test_a_tenth_of_blame_is_not_mixed() -> None:
    """One word against many does not make the review mixed."""
    assert doubt_of("superb, " * 9 + "awful.").cause == "close"
    assert doubt_of("superb, " * 2 + "awful.").cause == "mixed"
