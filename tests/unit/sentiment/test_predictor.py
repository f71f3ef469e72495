"""Raw reviews in, verdicts and explanations out."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.artifact import Artifact
from sentiment.errors import InvalidRequest
from sentiment.explain import find_sentences
from sentiment.predictor import Predictor, Verdict

ANY_TEXT = st.text(alphabet=st.characters())
relaxed = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@relaxed
@given(reviews=st.lists(ANY_TEXT, max_size=5))
def test_any_text_gets_a_verdict_or_an_error(artifact: Artifact, reviews: list[str]) -> None:
    """Whatever is sent, each review has one answer, in order, and scores lie in [0, 1]."""
    answers = Predictor(artifact).predict(reviews)
    assert len(answers) == len(reviews)
    for answer in answers:
        if isinstance(answer, Verdict):
            assert 0 <= answer.score <= 1
        else:
            assert answer.code == "empty_review"


@relaxed
@given(review=ANY_TEXT)
def test_an_explanation_points_into_the_review(artifact: Artifact, review: str) -> None:
    """Explained and plain scores agree; every place named lies in the text as it was sent."""
    predictor = Predictor(artifact)
    (plain,), explained = predictor.predict([review]), predictor.explain(review)
    if isinstance(plain, InvalidRequest):
        assert isinstance(explained, InvalidRequest)
        return
    assert isinstance(explained, Verdict)
    assert explained.explanation is not None
    assert abs(explained.score - plain.score) < 1e-5
    for part in [*explained.explanation.sentences, *explained.explanation.words]:
        assert 0 <= part.start < part.end <= len(review)
        assert review[part.start : part.end].strip() != ""


@given(ANY_TEXT)
def test_sentences_follow_one_another(review: str) -> None:
    """Sentences are in order, do not overlap and leave out white space only at their ends."""
    end = 0
    for start, stop in find_sentences(review):
        assert end <= start < stop
        end = stop


def test_offsets_count_characters_past_emoji_and_markup(artifact: Artifact) -> None:
    """The place of a word behind an emoji and a tag is where a page finds it."""
    review = "🎬🍿 A <b>wonderful</b> film"
    verdict = Predictor(artifact).explain(review)
    assert isinstance(verdict, Verdict)
    assert verdict.explanation is not None
    named = [review[word.start : word.end] for word in verdict.explanation.words]
    assert named == ["A", "wonderful", "film"]


def test_a_long_review_keeps_head_and_tail_and_says_so(artifact: Artifact) -> None:
    """Words in the middle of a very long review do not count; those at its end do."""
    predictor = Predictor(artifact)
    middle = " film" * 2_000
    plain, changed, ended = predictor.predict(
        [f"bad{middle}", f"bad{middle[:5_000]} not{middle[5_000:]}", f"bad{middle} not bad"]
    )
    assert isinstance(plain, Verdict)
    assert isinstance(changed, Verdict)
    assert isinstance(ended, Verdict)
    assert plain.truncated
    assert plain.score == changed.score != ended.score


def test_punctuation_alone_is_no_review(artifact: Artifact) -> None:
    """'...' is answered with a sentence, not with a guess."""
    (answer,) = Predictor(artifact).predict(["... !! <br />"])
    assert isinstance(answer, InvalidRequest)
    assert answer.code == "empty_review"
