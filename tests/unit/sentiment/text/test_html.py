"""A review's text without its markup."""

import time

import pytest

from sentiment.serving.http_format import MAX_REVIEW_CHARACTERS
from sentiment.text.html import strip_html
from sentiment.text.words import classic_words

_LIMIT_S = 4  # of processor time; 0.1 here, minutes were it quadratic


@pytest.mark.parametrize(
    "unit",
    [
        "<a ",
        "<a/",
        "<!--",
        "<!-- >",
        "<a b='>'",
        '<a x="',
        "<a =' ",
        "<![CDATA[>",
        "</",
        "<?",
        "<!",
    ],
)
def test_markup_that_does_not_end_takes_no_longer_than_other_text(unit: str) -> None:
    """The parser reads the rest of the review for each that begins; after a few it is not asked."""
    review = (unit * MAX_REVIEW_CHARACTERS)[:MAX_REVIEW_CHARACTERS]
    started = time.process_time()
    strip_html(review)
    assert time.process_time() - started < _LIMIT_S


def test_words_among_much_unended_markup_are_read() -> None:
    """Such a review is read as it stands, as one that the parser rejects."""
    assert classic_words("A good film! " + "<a " * 20) == ["good", "film"]


def test_much_markup_that_ends_is_cut_out() -> None:
    """What is well formed is read as ever, however much of it there is."""
    review = "<p>A <a title='1 < 2'>good</a><!-- ! --> film</p> " * 50
    assert classic_words(review) == ["good", "film"] * 50
    assert classic_words(f"{review} <![x[").count("titl") == 50
