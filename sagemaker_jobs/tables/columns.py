"""Which column holds the reviews, and whether the first record holds the titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from sagemaker_jobs.tables.separated import is_number


def _set_of(words: str) -> frozenset[str]:
    return frozenset(words.split())


# what a column of reviews is called; the earlier word wins
_WORDS = ("review", "comment", "text", "feedback", "body", "content", "tweet", "opinion")
# with one of these, a title names something about a review: review_id, review_date
_ABOUT = _set_of(
    "id ids date time title score rating ratings stars url link count number name author votes "
    "helpful language length"
)
_COMMON = _ABOUT | _set_of(
    "label sentiment user reviewer year category source email country genre timestamp "
    "index class target polarity subject product city age summary"
)
_FILLERS = _set_of("user customer the your my our a movie film of optional full raw")
_LONGEST_TITLE = 80
_LONGEST_PLAIN_TITLE = 40  # where no word of ours tells that it is one
_MOST_TITLE_WORDS = 4
_LONGER = 3  # times as long as its title is a column of prose
_N_SAMPLE = 200


def has_titles(first: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the first record holds the columns' titles.

    >>> has_titles(["Id", "What did you think?"], [["1", "Good"]])
    True
    >>> has_titles(["Loved it"], [["Bad"]])
    False
    """
    if len(first) == 1:
        words = _split(first[0])
        named = [word for word in words if _names(word)]
        return bool(named) and all(_names(word) or word in _FILLERS for word in words)
    if not first[0] and body and body[0] and body[0][0] == "0":
        return True  # pandas counts its rows in a column without a title
    if any(map(is_number, first)) or not any(first):
        return False
    if any(map(_is_known, first)):
        return True
    if any(len(cell) > _LONGEST_PLAIN_TITLE for cell in first) or not all(first[1:]):
        return False
    return any(_differs(title, _column(body, n)) for n, title in enumerate(first))


def find_reviews(titles: Sequence[str] | None, body: Sequence[Sequence[str]]) -> int:
    """Return the number of the column that holds the reviews, from 0.

    That is a column with a title such as 'review', else the one that reads most like prose.

    >>> find_reviews(["body", "comment", "review"], [["a", "b", "c"]])
    2
    >>> find_reviews(["reviewer", "said"], [["Ann", "What a film"]])
    1
    """
    n_columns = max(1, *map(len, [titles or (), *body[:_N_SAMPLE]]))
    prose = [_n_words(_column(body, n)) for n in range(n_columns)]
    called = [
        n
        for word in _WORDS
        for n in sorted(range(len(titles or ())), key=lambda n: -prose[n])
        if _is_called((titles or ())[n], word)
    ]
    readable = [n for n in called if not _is_numeric(_column(body, n))]
    if readable or (called and not any(prose)):
        return (readable or called)[0]
    return max(range(n_columns), key=lambda n: prose[n])


def _column(body: Sequence[Sequence[str]], n: int) -> list[str]:
    return [cells[n] for cells in body[:_N_SAMPLE] if len(cells) > n and cells[n].strip()]


def _n_words(cells: Sequence[str]) -> float:
    """Return the mean number of words; numbers and links are not words."""
    texts = [re.sub(r"(?:https?://|www\.)\S+", "", cell) for cell in cells]
    return sum(len(re.findall(r"[^\W\d_]+", text)) for text in texts) / max(len(cells), 1)


def _is_numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and sum(map(is_number, cells)) > len(cells) / 2


def _differs(title: str, cells: Sequence[str]) -> bool:
    """Return whether the column's cells are of another kind than its title."""
    if not cells or not title:
        return False
    return _is_numeric(cells) or median(map(len, cells)) > _LONGER * len(title)


def _split(title: str) -> list[str]:
    """Return the title's words in lower case.

    >>> _split("reviewText"), _split("review_body:")
    (['review', 'text'], ['review', 'body'])
    """
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+", title)
    return [part.lower() for part in parts]


def _names(word: str, wanted: Sequence[str] = _WORDS) -> bool:
    """Return whether the word of a title is one of `wanted`: also 'reviews' and 'userreview'."""
    for name in wanted:
        before, found, after = word.partition(name)
        if found and (not before or before in (*_FILLERS, *_WORDS)):
            return not after or after == "s" or after in _WORDS
    return False


def _is_called(title: str, word: str) -> bool:
    words = _split(title)
    return any(_names(part, [word]) for part in words) and not _ABOUT & set(words)


def _is_known(cell: str) -> bool:
    words = _split(cell)
    if not words or len(cell) > _LONGEST_TITLE or cell.rstrip().endswith((".", "!")):
        return False
    if len(words) > _MOST_TITLE_WORDS:
        return _names(words[0]) and "(" in cell  # review (free text, optional)
    known = [word in _COMMON or _names(word) for word in words]
    return any(known) and all(
        is_known or word in _FILLERS for is_known, word in zip(known, words, strict=True)
    )
