"""Raw reviews in, verdicts and explanations out."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sentiment.artifact.artifact import Artifact
from sentiment.errors import InvalidRequest
from sentiment.serving.not_a_review import NO_WORDS
from sentiment.serving.predictor import Predictor, Verdict

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


@pytest.mark.parametrize(
    ("review", "words"),
    [
        ("🎬🍿 A <b>wonderful</b> film", ["A", "wonderful", "film"]),
        ("👨‍👩‍👧 film 🇫🇷!", ["film", "!"]),
        ("Great<br /><br />film &amp; plot", ["Great", "film", "plot"]),
        ("Good\r\n\tfilm\x00.", ["Good", "film", "."]),
        ("Cafe\u0301 caf\u00e9 film", ["Cafe\u0301", "caf\u00e9", "film"]),
        ("It\u2019s *really* a film", ["It\u2019s", "really", "a", "film"]),
        ("film*** of ****", ["film", "***", "of", "****"]),
        ("\u202efilm\u202c fi\u00adlm", ["film", "fi\u00adlm"]),
    ],
)
def test_offsets_are_exact(artifact: Artifact, review: str, words: list[str]) -> None:
    """Emoji, markup, references, line ends, accents: each place holds its word, as it was sent."""
    verdict = Predictor(artifact).explain(review)
    assert isinstance(verdict, Verdict)
    assert verdict.explanation is not None
    named = [review[word.start : word.end] for word in verdict.explanation.words]
    assert named == words


@pytest.mark.parametrize(("n_words", "truncated"), [(3, False), (1_024, False), (1_025, True)])
def test_truncated_says_exactly_whether_words_were_left_out(
    artifact: Artifact, n_words: int, truncated: bool
) -> None:
    """1,024 words are read whole; with one more, the answer says that not all was read."""
    (verdict,) = Predictor(artifact).predict([" ".join(["film"] * n_words)])
    assert isinstance(verdict, Verdict)
    assert verdict.truncated is truncated


@pytest.mark.parametrize("review", ["A wonderful film", "a film " * 1_250])
def test_short_and_very_long_reviews_get_a_score(artifact: Artifact, review: str) -> None:
    """3 words and 2,500 words are both scored."""
    (verdict,) = Predictor(artifact).predict([review])
    assert isinstance(verdict, Verdict)
    assert verdict.not_a_review is None
    assert verdict.truncated == (len(review.split()) > 1_024)


def test_a_text_that_is_not_a_review_gets_the_base_rate_and_a_reason(artifact: Artifact) -> None:
    """Nothing was read, so nothing is claimed; its neighbours in the batch are scored as ever."""
    predictor = Predictor(artifact)
    odd, film = predictor.predict(["Zxqvy plokj", "A wonderful film"])
    assert isinstance(odd, Verdict)
    assert isinstance(film, Verdict)
    assert odd.as_json() | {"model_version": ""} == {
        "sentiment": "not_a_review",
        "lean": None,
        "unsure_because": None,
        "score": 0.5,
        "confidence": 0.5,
        "truncated": False,
        "n_words": 2,
        "n_words_read": 0,
        "model_version": "",
        "reason": "None of its words is known; only English is read.",
    }
    assert film.sentiment != "not_a_review"
    assert predictor.predict(["A wonderful film"]) == [film]


def test_what_was_not_read_is_not_explained(artifact: Artifact) -> None:
    """The explanation of a text that is not a review lists no parts."""
    verdict = Predictor(artifact).explain("Zxqvy plokj")
    assert isinstance(verdict, Verdict)
    content = verdict.as_json()
    assert content["sentiment"] == "not_a_review"
    assert content["sentences"] == content["words"] == []


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


@pytest.mark.parametrize("text", ["... !! <br />", "\U0001fae8", "\u200b", "&nbsp;"])
def test_a_text_without_words_is_not_called_empty(artifact: Artifact, text: str) -> None:
    """Somebody who sent signs learns that they are not read, not that nothing was sent."""
    for answer in (*Predictor(artifact).predict([text]), Predictor(artifact).explain(text)):
        assert isinstance(answer, Verdict)
        assert answer.not_a_review == NO_WORDS


@pytest.mark.parametrize("text", ["", " \n\t", "\u3000"])
def test_white_space_alone_is_empty(artifact: Artifact, text: str) -> None:
    """It is an error of its own."""
    for answer in (*Predictor(artifact).predict([text]), Predictor(artifact).explain(text)):
        assert isinstance(answer, InvalidRequest)
        assert answer.code == "empty_review"


def test_the_answer_says_what_was_read(artifact: Artifact) -> None:
    """Counts of words, and the place of those in the middle that were left out."""
    review = "\U0001f3ac " + " ".join(["film"] * 512 + ["bad good"] * 3 + ["film"] * 512)
    for verdict in (*Predictor(artifact).predict([review]), Predictor(artifact).explain(review)):
        assert isinstance(verdict, Verdict)
        content = verdict.as_json()
        unread = review[content["unread"]["start"] : content["unread"]["end"]]
        assert unread == "bad good bad good bad good"
        assert (content["n_words"], content["n_words_read"]) == (1_030, 1_024)
        assert content["truncated"]
    (whole,) = Predictor(artifact).predict(["A film"])
    assert isinstance(whole, Verdict)
    assert whole.as_json().items() >= {"n_words": 2, "n_words_read": 2}.items()
    assert "unread" not in whole.as_json()


def test_a_long_review_has_a_tenth_of_its_words_named(artifact: Artifact) -> None:
    """At least 40 words are named, and in a long review enough for a deletion test."""
    verdict = Predictor(artifact).explain("a wonderful film " * 200)
    assert isinstance(verdict, Verdict)
    assert verdict.explanation is not None
    assert len(verdict.explanation.words) == 60


@pytest.mark.parametrize("bias", [-1e5, 1e5])
def test_an_endless_certainty_is_explained_too(artifact: Artifact, bias: float) -> None:
    """A logit past 709 has no exponential; its score is 0 or 1."""
    certain = replace(artifact, calibration=replace(artifact.calibration, bias=bias))
    predictor = Predictor(certain)
    explained = predictor.explain("A wonderful film")
    assert isinstance(explained, Verdict)
    (plain,) = predictor.predict(["A wonderful film"])
    assert isinstance(plain, Verdict)
    assert explained.score == plain.score == (bias > 0)


def test_one_string_in_place_of_a_list_is_refused(artifact: Artifact) -> None:
    """Its letters would be scored as reviews, one by one."""
    with pytest.raises(TypeError, match="a list of texts, not one text"):
        Predictor(artifact).predict("A wonderful film")
