"""The page as the server writes it."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.assets import Asset, find_static, read_assets
from chalicelib.errors import EmptyReview, EndpointMissing, InvalidSetup
from chalicelib.exchange import Request
from chalicelib.pages import Page, percentage, render_verdict
from chalicelib.settings import MAX_REVIEW_CHARACTERS
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import judge

ASSETS = read_assets(find_static(APP_FOLDER))
PAGE = Page(ASSETS)


class BoxReader(HTMLParser):
    """Reads the textarea's content and the names of all elements, as a browser does."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""
        self._in_box = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.elements.append(tag)
        self._in_box = self._in_box or tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        self._in_box = self._in_box and tag != "textarea"

    def handle_data(self, data: str) -> None:
        if self._in_box:
            self.text += data


def read_box(page: str) -> BoxReader:
    reader = BoxReader()
    reader.feed(page)
    return reader


ELEMENTS = read_box(PAGE.with_verdict("x", judge("good")).body).elements


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_any_text_comes_back_in_its_box_and_nowhere_else(text: str) -> None:
    """What was typed stays, and no text can become an element."""
    box = read_box(PAGE.with_verdict(text, judge("good")).body)
    assert box.text == "\n" + text  # a browser drops this first line break
    assert box.elements == ELEMENTS


@pytest.mark.parametrize(
    "text",
    ["</textarea><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{word} $x &amp; %s"],
)
def test_markup_in_a_review_stays_text(text: str) -> None:
    """The attacks one thinks of, by name."""
    assert read_box(PAGE.with_error(text, EmptyReview()).body).text == "\n" + text


def test_error_stands_at_the_box_with_its_status() -> None:
    """The error's sentence is tied to the box; only the sender's mistakes mark it invalid."""
    theirs = PAGE.with_error("x", EmptyReview())
    ours = PAGE.with_error("x", EndpointMissing("No model is deployed here at the moment."))
    assert (theirs.status, ours.status) == (400, 503)
    assert '<p id="review-error" class="error">The review is empty.' in theirs.body
    assert 'aria-invalid="true"' in theirs.body
    assert 'aria-invalid="true"' not in ours.body


@pytest.mark.parametrize(
    ("confidence", "text"),
    [(0.5, "50%"), (0.973, "97%"), (0.985, "99%"), (0.9949, "99%"), (0.995, "over 99%")],
)
def test_confidence_is_never_certainty(confidence: float, text: str) -> None:
    """No model is 100 % sure, whatever rounding says."""
    assert percentage(confidence) == text


def test_truncation_is_said() -> None:
    """A review that was cut is not judged in silence."""
    sentence = "Only the beginning and the end of this long review were read."
    older = {"sentiment": "positive", "score": 0.9, "confidence": 0.9}
    assert sentence in render_verdict({**older, "truncated": True})
    assert sentence not in render_verdict(judge("good"))
    counts = {"truncated": True, "n_words": 3517, "n_words_read": 1024}
    assert "1,024 of its 3,517 words were read" in render_verdict({**judge("good"), **counts})


def test_an_unsure_verdict_shows_its_lean_and_the_share() -> None:
    """Who gets no verdict learns how near it was, and to which side."""
    page = render_verdict(judge("good, bad"))
    assert ">Leans negative</strong>" in page
    assert ">62 of 100</strong>" in page
    assert ">such reviews are negative</span>" in page
    assert page.index("not clear enough for a verdict.</p>") < page.index("62 of 100")


@pytest.mark.parametrize(
    ("text", "word"),
    [("good, however bad", "Mixed"), ("plot, good, bad", "No clear opinion")],
)
def test_an_unsure_verdict_says_why(text: str, word: str) -> None:
    """Mixed feelings are not the same as no opinion; only the first have a number."""
    page = render_verdict(judge(text))
    assert f">{word}</strong>" in page
    assert ("62 of 100" in page) == (word == "Mixed")
    assert (">such reviews are negative overall</span>" in page) == (word == "Mixed")


def test_an_older_models_unsure_verdict_leans_by_its_score() -> None:
    """An endpoint deployed before the app sends neither `lean` nor a reason for being unsure."""
    verdict = {"sentiment": "unsure", "score": 0.6, "confidence": 0.6, "reason": "Close."}
    assert ">Leans positive</strong>" in render_verdict(verdict)
    assert ">Unsure</strong>" in render_verdict({**verdict, "lean": None})


def test_fifty_of_a_hundred_lean_nowhere() -> None:
    """'Leans positive' beside '50 of 100' would contradict itself; 51 of 100 do lean."""
    verdict = {**judge("good, bad"), "score": 0.5049, "confidence": 0.5049, "lean": "positive"}
    even = render_verdict(verdict)
    assert ">Unsure</strong>" in even
    assert ">50 of 100</strong>" in even
    assert ">Leans positive</strong>" in render_verdict({**verdict, "confidence": 0.505})


def test_a_text_that_is_not_a_review_shows_no_number() -> None:
    """Nothing was read, so there is no percentage and no scale, but a reason."""
    page = render_verdict(judge("zxqvy"))
    assert ">This does not look like a review</strong>" in page
    assert "None of its words is known; only English is read." in page
    assert "%" not in page
    assert "scale" not in page


@pytest.mark.parametrize("sentiment", ["unsure", "not_a_review"])
def test_a_reason_cannot_become_an_element(sentiment: str) -> None:
    """The endpoint's sentence is text, whatever it holds."""
    page = render_verdict({**judge("good"), "sentiment": sentiment, "reason": "<img src=x> {a} %s"})
    assert "&lt;img src=x&gt; {a} %s" in page


def test_assets_carry_their_fingerprints() -> None:
    """A new style sheet has a new URL, so the old one may be kept for ever."""
    page = PAGE.empty(Request("GET", "/")).body
    for name in ("style.css", "one.js", "icon.svg"):
        assert f'"static/{name}?v={ASSETS[name].fingerprint}"' in page


def test_every_url_of_the_pages_is_relative() -> None:
    """They work under a stage, a custom domain and a local server alike."""
    page = PAGE.empty(Request("GET", "/")).body
    assert 'action="review"' in page
    for text in (page, ASSETS["about.html"].text, ASSETS["privacy.html"].text):
        for absolute in ('="/', '="http', '="//'):
            assert absolute not in text


@pytest.mark.parametrize(
    ("path", "base"),
    [
        ("/", None),
        ("/prod/", None),
        ("/prod", '<base href="/prod/">'),
        ('/a"b', '<base href="/a&quot;b/">'),
    ],
)
def test_stage_without_its_slash_gets_a_base(path: str, base: str | None) -> None:
    """API Gateway serves /prod too, where relative URLs would lead nowhere."""
    page = PAGE.empty(Request("GET", "/", path=path)).body
    assert (base in page) if base else ("<base" not in page)


def test_page_states_the_limit_that_holds() -> None:
    """The hint's figure is the one the server keeps to."""
    assert f"up to {MAX_REVIEW_CHARACTERS:,} characters" in ASSETS["index.html"].text


def test_page_without_its_marks_stops_the_start() -> None:
    """An index.html that cannot be filled in is found at import, not by a user."""
    odd = Asset("<html></html>", "text/html", "x")
    with pytest.raises(InvalidSetup, match="exactly once"):
        Page({"index.html": odd})
