"""Find line ends without meaning, where mail programs and forms wrapped the text."""

from __future__ import annotations

import re
from itertools import pairwise

LINE_BREAK = (
    r"</?(?:br|hr|p|div|h[1-6]|ul|ol|li|dl|dt|dd|table|tr|t[dh]|pre|blockquote)\b[^<>]{0,500}>"
)
_PARAGRAPH_END = re.compile(rf"(?:\n[\s>]*\n|{LINE_BREAK})[\s>]*|\Z", re.IGNORECASE)
_ITEM = re.compile(r"(?:[-*+\u2022]|\d{1,2}[.)])\s")
_MARGIN = "> \t\r\n"
_MIN_LENGTH = 40  # characters that a wrapped line has at least
_MIN_LINES, _RAGGED = 3, 15  # of a paragraph that shows it by its shape; characters


def find_wraps(text: str) -> set[int]:
    r"""Return the places of line ends that only wrap the text.

    In a paragraph whose lines are about equally long these are all line ends, except before an item
    of a list. Elsewhere they are those after a comma, and those of long lines before a lower-case
    letter. The '>' before lines of quoted mail does not count as part of a line.

    >>> find_wraps("A film with Tom,\nAnn and Bob.\nGood")
    {16}
    """
    wraps: set[int] = set()
    if "\n" not in text:
        return wraps
    start = 0
    for border in _PARAGRAPH_END.finditer(text):
        lines = text[start : border.start()].rstrip(_MARGIN).split("\n")
        shown = [line.strip(_MARGIN) for line in lines]
        is_block = _is_block([len(line) for line in shown])
        end = start - 1
        for line, (this, following) in zip(lines, pairwise(shown), strict=False):
            end += len(line) + 1
            goes_on = len(this) >= _MIN_LENGTH and following[:1].islower()
            if goes_on or this.endswith(",") or (is_block and not _ITEM.match(following)):
                wraps.add(end)
        start = border.end()
    return wraps


def _is_block(lengths: list[int]) -> bool:
    """Whether lines of these lengths are a wrapped paragraph.

    >>> _is_block([72, 66, 70, 9]), _is_block([72, 31, 70, 9])
    (True, False)
    """
    full = lengths[:-1]
    return (
        len(lengths) >= _MIN_LINES
        and min(full) >= _MIN_LENGTH
        and max(full) - min(full) <= _RAGGED
        and lengths[-1] <= max(full)
    )
