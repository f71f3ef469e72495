"""Find a review's sentences, in the text as it was sent.

Reviews come from forms, mail and web pages: with markup, paragraphs without a full stop, lines that
were wrapped in the middle of a sentence, 'bad.The next one', '3.5/5', 'Mr. Hulot' and '...'. Rules
on the characters around a mark tell these apart in microseconds; libraries that segment text know
neither markup nor wrapped lines, and take longer than the network.
"""

from __future__ import annotations

import re

from sentiment.text.line_wraps import LINE_BREAK, find_wraps

SMILEY = (  # :) ;-( =D, <3 </3, XD, ^_^ >_< o_O
    r"(?:[<>]?[:;=][-'^]?[()\[\]{}|/\\DPp*<>]+|<[/\\]?3+|[xX]D+"
    r"|\(?(?:\^[_.]*\^|[>oOT;]_+[<oOT;]|><)\)?)"
)
_EMOJI = "[\u2190-\u2bff\ufe0f\u200d\U0001f000-\U0001faff]"  # and arrows, stars and hearts
_BORDER = re.compile(
    rf"""
    (?P<break>{LINE_BREAK})
  | </?[a-zA-Z!?][^<>]{{0,500}}>                        # markup within a sentence, and its marks
  | (?P<marks>[.!?\u2026]+)
    (?P<closing>(?:["'\u2019\u201d\u203a\u00bb)\]*_]|</(?:a|b|cite|em|i|q|span|strong|u)>)*)
    (?:[ \t]{{0,2}}(?:{SMILEY}(?!\w)|{_EMOJI}))*
  | (?P<lines>\n[\s>]*)                                 # quoted mail has '> ' before each line
    """,
    re.VERBOSE | re.IGNORECASE,
)
_NAME_GOES_ON = re.compile(  # George C. Scott and J. Lo, but 'I give it a C.'
    r"(?i:\b(?:mr|mrs|ms|dr|prof|st|mt|lt|col|gen|capt|sgt|cpl|pvt|maj|cmdr|det|insp|sen|gov|hon"
    r"|rev|mme|mlle|ph|vs?|e\.g|i\.e|cf))$|\bFr$"
    r"|(?:^\s?|[A-Z]\S{0,20}\s|\b(?:by|with|starring|and|of|as)\s)[ABCDF]$|\b[EGHJ-Z]$"
)
_ABBREVIATION = re.compile(  # within a sentence, where a small letter follows
    r"\b(?:etc|jr|sr|eg|ie|bros|inc|ltd|corp|co|dept|approx|ph\.d|(?:[a-z]\.)+[a-z])$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"\b(?:no|vol|pt|ch|ep|fig|pp?)$", re.IGNORECASE)  # No. 1
_LOOK_BACK = 24  # characters, for these
_NUMBER_OF_A_LIST = re.compile(r"\s*\d{1,2}")
_NEXT_OF_A_LIST = re.compile(r"\d{1,2}[.)]\s?[A-Za-z]")
_ADDRESS_BEGINS = re.compile(r"(?:\bwww\.|://|@)\S*$")
_ADDRESS_GOES_ON = re.compile(
    r"(?:[\w-]{1,40}\.){0,3}(?:com|net|org|edu|gov|info|biz|tv|co|uk|de|fr|nl|ca|au|nz|jp|ru"
    r"|[sx]?html?|php|aspx?|cgi|jpe?g|gif|png|pdf|txt|docx?|avi|mpe?g|mp[34]|mov|wmv|exe|zip)\b"
    r"|[a-z]\.\w"  # and 'e.g.', 'a.m.'
)
_SMALL_LETTER = re.compile(r"[\s>]*[a-z]")
_SMALL_WORD = re.compile(r"[a-z]{2}$")
_DIGIT = re.compile(r"\s?\d")
_LONG = 60  # characters after which '...' ends a sentence, whatever follows
_NO_MARGIN = re.compile(r"[^\s>]")
_SAYS_SOMETHING = re.compile(r"[\w*]")


def find_sentences(review: str) -> list[tuple[int, int]]:
    """Return the places [start, end) of the review's sentences, in code points.

    They are in order. Between them are white space, markup that breaks lines, and the '>' of quoted
    mail. A part without letters and digits, such as ':)', belongs to the sentence before.

    >>> text = "Mr. Hulot... is back!<br />Good: 3.5/5.Go <i>see</i> it! :) Now"
    >>> [text[start:end] for start, end in find_sentences(text)]
    ['Mr. Hulot... is back!', 'Good: 3.5/5.', 'Go <i>see</i> it! :)', 'Now']
    """
    places: list[tuple[int, int]] = []
    wraps = find_wraps(review)
    start = 0
    for match in _BORDER.finditer(review):
        if match["marks"]:
            if not _ends_at_marks(review, start, match):
                continue
            end = match.end()
        elif match["break"] or (match["lines"] and match.start() not in wraps):
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
    if (
        _NAME_GOES_ON.search(before)
        or (is_small and _ABBREVIATION.search(before))
        or (_DIGIT.match(review, end) and _NUMBERED.search(before))
        or _NUMBER_OF_A_LIST.fullmatch(before)
    ):
        return False
    return not after.isalnum() or _ends_without_space(review, before, end)


def _ends_without_space(review: str, before: str, end: int) -> bool:
    """Whether a sentence ends before the letter or digit at `end`: not in 3.5 and imdb.com."""
    after = review[end]
    if after.isupper():  # bad.The, 3/10.The
        is_end = before[-1:].islower() or before[-1:].isdigit()
    elif after.isdigit():
        is_end = before[-1:].islower() and _NEXT_OF_A_LIST.match(review, end) is not None
    else:  # bad.the
        is_end = _SMALL_WORD.search(before) is not None
    return is_end and not (_ADDRESS_GOES_ON.match(review, end) or _ADDRESS_BEGINS.search(before))


def _append(places: list[tuple[int, int]], review: str, start: int, end: int) -> None:
    """Add the part without what is around it, where it has any character left."""
    first = _NO_MARGIN.search(review, start, end)
    if first is None:
        return
    start, end = first.start(), start + len(review[start:end].rstrip())
    if places and not _SAYS_SOMETHING.search(review, start, end):
        start, _ = places.pop()
    places.append((start, end))
