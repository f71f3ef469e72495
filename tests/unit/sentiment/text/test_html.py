"""A review's text without its markup."""

from sentiment.text.words import classic_words


def test_words_among_much_unended_markup_are_read() -> None:
    """Such a review is read as it stands, as one that the parser rejects."""
    assert classic_words("A good film! " + "<a " * 20) == ["good", "film"]


def test_much_markup_that_ends_is_cut_out() -> None:
    """What is well formed is read as ever, however much of it there is."""
    review = "<p>A <a title='1 < 2'>good</a><!-- ! --> film</p> " * 50
    assert classic_words(review) == ["good", "film"] * 50
    assert classic_words(f"{review} <![x[").count("titl") == 50
