"""Where a review's sentences are, in the text as it was sent.

Reviews come from forms, mail and web pages: with markup, paragraphs without a full stop, lines that
were wrapped in the middle of a sentence, 'bad.The next one', '3.5/5', 'Mr. Hulot' and '...'. Rules
on the characters around a mark tell these apart in microseconds; libraries that segment text know
neither markup nor wrapped lines, and take longer than the network.
"""

from __future__ import annotations

import re

_LINE_BREAKS = "br|hr|p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|t[dh]|pre|blockquote"
_INLINE = "a|b|cite|em|i|q|span|strong|u"
_BORDER = re.compile(
    rf"""
    (?P<break></?(?:{_LINE_BREAKS})\b[^<>]{{0,500}}>)
  | </?[a-zA-Z!?][^<>]{{0,500}}>                        # markup within a sentence, and its marks
  | (?P<marks>[.!?\u2026]+)(?P<closing>(?:["'\u2019\u201d)\]*_]|</(?:{_INLINE})>)*)
  | (?P<lines>\n\s*)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAME_GOES_ON = re.compile(  # George C. Scott and J. Lo, but 'I give it a C.'
    r"(?i:\b(?:mr|mrs|ms|dr|prof|st|mt|lt|col|gen|capt|sgt|rev|vs))$"
    r"|(?:^|[A-Z]\S{0,20}\s)[ABCDF]$|\b[EGHJ-Z]$"
)
_ABBREVIATION = re.compile(r"\b(?:etc|jr|sr|eg|ie|(?:[a-z]\.)+[a-z])$", re.IGNORECASE)
_LOOK_BACK = 24  # characters, for these
_SMALL_LETTER = re.compile(r"\s*[a-z]")
_NUMBER_OF_A_LIST = re.compile(r"\s*\d{1,2}")
_LONG = 60  # characters behind which '...' ends a sentence, whatever follows
_WRAPPED = 40  # characters that a line has at least which was wrapped
_SAYS_SOMETHING = re.compile(r"[\w*]")


def find_sentences(review: str) -> list[tuple[int, int]]:
    """Places [start, end) of the review's sentences, in code points.

    They are in order; what lies between them is white space and markup that breaks lines. A part
    without letters and digits, such as ':)', belongs to the sentence before.

    >>> text = "Mr. Hulot... is back!<br />Good: 3.5/5.Go <i>see</i> it :)"
    >>> [text[start:end] for start, end in find_sentences(text)]
    ['Mr. Hulot... is back!', 'Good: 3.5/5.', 'Go <i>see</i> it :)']
    """
    places: list[tuple[int, int]] = []
    start = 0
    for match in _BORDER.finditer(review):
        if match["marks"]:
            if not _ends_at_marks(review, start, match):
                continue
            end = match.end()
        elif match["break"] or (match["lines"] and _ends_at_line(review, match)):
            end = match.start()
        else:
            continue
        _append(places, review, start, end)
        start = match.end()
    _append(places, review, start, len(review))
    return places


def _ends_at_marks(review: str, start: int, match: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with these marks."""
    marks, end = match["marks"], match.end()
    after = review[end : end + 1]
    is_small = _SMALL_LETTER.match(review, end) is not None
    if after and after in ",;:":
        return False
    if match["closing"] and is_small:  # she said "what a film!" and left
        return False
    if "!" in marks or "?" in marks:
        return True
    if len(marks) > 1 or marks == "\u2026":
        return not is_small or end - start >= _LONG
    before = review[max(start, match.start() - _LOOK_BACK) : match.start()]
    if after.isalnum():  # 3.5 and imdb.com, but bad.The
        return after.isupper() and (before[-1:].islower() or before[-1:].isdigit())
    return not (
        _NAME_GOES_ON.search(before)
        or (is_small and _ABBREVIATION.search(before))
        or _NUMBER_OF_A_LIST.fullmatch(review, start, match.start())
    )


def _ends_at_line(review: str, match: re.Match[str]) -> bool:
    """Whether a sentence ends where this line does: if it was not wrapped."""
    if match["lines"].count("\n") > 1:
        return True
    line = review[review.rfind("\n", 0, match.start()) + 1 : match.start()].rstrip()
    is_wrapped = len(line) >= _WRAPPED and _SMALL_LETTER.match(review, match.end())
    return not (is_wrapped or line.endswith(","))


def _append(places: list[tuple[int, int]], review: str, start: int, end: int) -> None:
    """Add the part without white space around it, where it has any character left."""
    part = review[start:end]
    start += len(part) - len(part.lstrip())
    end -= len(part) - len(part.rstrip())
    if start >= end:
        return
    if places and not _SAYS_SOMETHING.search(review, start, end):
        start, _ = places.pop()
    places.append((start, end))
