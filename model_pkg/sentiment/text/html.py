"""A review's text without its markup, as the classic recipe has it."""

from __future__ import annotations

import re
import warnings
from html.parser import HTMLParser

BREAK = "<br />"  # nearly all of the archive's markup
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[a-zA-Z#]")  # what html.parser does not take for plain text
_MOST_UNENDED = 16


class _TooManyUnended(Exception):
    """Markup began more often than can be tried, and did not end."""


class _Trial(HTMLParser):
    """Reads markup as BeautifulSoup does, and gives up where that would take too long.

    At unclosed markup the parser reads the whole rest of the review, and then resumes a few
    characters later. A text of nothing else takes time quadratic in its length.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self._n_unended = 0

    def parse_starttag(self, i: int) -> int:
        return self._count(super().parse_starttag(i))

    def parse_endtag(self, i: int) -> int:
        return self._count(super().parse_endtag(i))

    def parse_comment(self, i: int, report: bool = True) -> int:
        return self._count(super().parse_comment(i, report))

    def parse_html_declaration(self, i: int) -> int:
        return self._count(super().parse_html_declaration(i))

    def parse_pi(self, i: int) -> int:
        return self._count(super().parse_pi(i))

    def _count(self, end: int) -> int:
        self._n_unended += end < 0
        if self._n_unended > _MOST_UNENDED:
            raise _TooManyUnended
        return end


def strip_html(review: str) -> str:
    """Return the review's text as `BeautifulSoup(review, "html.parser").get_text()` does.

    Only white space between two tags may differ: the parser shortens it. Half a surrogate pair,
    which the parser refuses, counts as an unknown character. A review that the parser rejects is
    returned unchanged, and so is one with many unclosed tags.

    >>> strip_html("Great<br />film &amp; cast")
    'Greatfilm & cast'
    """
    text = review.replace(BREAK, "")
    if ("<" not in text and "&" not in text) or _MARKUP.search(text) is None:
        return text  # every '<' and '&' began a line break or is one that the parser leaves alone
    whole = review.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not _is_soon_read(whole):
        return review
    from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning
    from bs4.exceptions import ParserRejectedMarkup

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        try:
            return BeautifulSoup(whole, "html.parser").get_text()
        except ParserRejectedMarkup:  # a declaration that it does not know, such as '<![x['
            return review


def _is_soon_read(review: str) -> bool:
    """Whether the parser takes a time in proportion to the review's length."""
    if review.count("<") <= _MOST_UNENDED:  # nearly every review
        return True
    trial = _Trial()
    try:
        trial.feed(review)
        trial.close()
    except (_TooManyUnended, AssertionError):  # the latter: rejected, by BeautifulSoup as well
        return False
    return True
