"""A review's text without its markup."""

import pytest

from sentiment.text.html import strip_html
from sentiment.text.words import classic_words


@pytest.mark.parametrize("tag", ["<p ", "</p ", "<!-- ", "<!DOCTYPE ", "<?php "])
def test_a_few_unended_tags_are_parsed_and_many_are_left(tag: str) -> None:
    """More than 16 would take the parser too long."""
    assert strip_html("good &amp; bad " + tag * 16).startswith("good & bad ")
    assert strip_html("good &amp; bad " + tag * 17).startswith("good &amp; bad ")


def test_words_among_much_unended_markup_are_read() -> None:
    """Such a review is read as it stands, as one that the parser rejects."""
    assert classic_words("A good film! " + "<a " * 20) == ["good", "film"]


def test_much_markup_that_ends_is_cut_out() -> None:
    """What is well formed is read as ever, however much of it there is."""
    review = "<p>A <a title='1 < 2'>good</a><!-- ! --> film</p> " * 50
    assert classic_words(review) == ["good", "film"] * 50
    assert classic_words(f"{review} <![x[").count("titl") == 50
