"""Lessons: short opinions written for this project, and edits that reverse a review's verdict.

`lessons/*.tsv` hold texts with a label, a family and a batch, one family a file.
`lessons/edits.tsv` holds edits of IMDB train reviews as rows of (review, find, replace), without
the reviews' texts. `lessons/README.md` is the datasheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from sentiment.errors import InvalidDataset

Part = Literal["learn", "choose", "test"]

FAMILIES = (
    "critic",
    "everyday",
    "absence",
    "contrast",
    "none",
    "title",
    "profanity",
    "apostrophe",
    "comparative",
    "rating",
    "symbols",
    "irony",
)
TARGETS = {"positive": 1.0, "negative": 0.0, "none": 0.5}

# Whole batches, so that twins and an author's habits are in one part only.
_CHOOSE = frozenset(
    [
        "a03_regional",
        "a10_veteran",
        "b05_child_gran",
        "b12_email",
        "b16_rating",
        "c03_absence_horror",
        "c08_contrast_genre",
        "c11_none_plot",
        "d06_mild",
        "d13_capsules_action",
        "d18_sequels_remakes",
        "d21_negative_quiet",
        "e03_india_africa",
        "e09_hashtags",
        "e10_curly_1",
        "e14_title2_1",
        "e15_profanity_1",
        "f04_long_critic",
        "f12_irony_both_1",
        "edits5b",
    ]
)
_TEST = frozenset(
    [
        "a07_tv",
        "a13_script",
        "b04_chat",
        "b08_reddit",
        "c04_absence_series",
        "c09_contrast_twostep",
        "c13_none_talk",
        "d03_shift_twins",
        "d07_mild",
        "d12_complex",
        "d15_capsules_world",
        "e06_trucker_teacher",
        "e10_curly_2",
        "e14_title2_2",
        "e15_profanity_2",
        "e18_comparative",
        "f07_contrast_first",
        "f10_quiet_positive",
        "f12_irony_both_2",
        "f13_symbols",
        "f14_rating",
        "edits5a",
    ]
)


@dataclass(frozen=True)
class Lesson:
    """One text; `target` is 1 for positive, 0 for negative, 0.5 where it gives no verdict."""

    text: str
    target: float
    family: str
    batch: str

    @property
    def part(self) -> Part:
        """Return what the text is for: to learn from, to choose between models, or to test."""
        return part_of(self.batch)


@dataclass(frozen=True)
class ReviewEdits:
    """The edits that reverse one train review's verdict, and so its label."""

    review: str  # path in the archive, such as train/neg/10_2.txt
    edits: tuple[tuple[str, str], ...]  # (find, replace); each `find` occurs once
    batch: str

    @property
    def part(self) -> Part:
        """Return what the pair of texts is for, as `Lesson.part` does."""
        return part_of(self.batch)

    @property
    def target(self) -> float:
        """Return the edited text's probability of 'positive', the opposite of the review's."""
        return 1.0 if "/neg/" in self.review else 0.0

    def apply(self, text: str) -> str:
        """Return the review's text with all edits made.

        >>> edits = ReviewEdits("train/neg/10_2.txt", (("a bore", "a joy"),), "edits1")
        >>> edits.apply("It was a bore.")
        'It was a joy.'

        Raises:
            InvalidDataset: a `find` does not occur exactly once, so this is another text.
        """
        for find, replace in self.edits:
            if text.count(find) != 1:
                raise InvalidDataset(f"{self.review} does not hold {find!r} exactly once")
            text = text.replace(find, replace)
        return text


def part_of(batch: str) -> Part:
    """Return the part that a batch belongs to.

    >>> part_of("a01_weary")
    'learn'
    """
    return "choose" if batch in _CHOOSE else "test" if batch in _TEST else "learn"


@cache
def read_set_aside() -> frozenset[str]:
    """Return the train reviews, by path in the archive, that nothing may learn from or choose by.

    They are the originals of measures that others keep.
    """
    return frozenset((files("sentiment.data") / "set_aside.txt").read_text("ascii").split())


@cache
def read_lessons() -> tuple[Lesson, ...]:
    """Return all texts, family by family; twins are neighbours."""
    return tuple(
        Lesson(text, TARGETS[label], family, batch)
        for name in FAMILIES
        for label, text, family, batch in _read_rows(name)
    )


@cache
def read_edits() -> tuple[ReviewEdits, ...]:
    """Return the edited reviews in the file's order."""
    found: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for review, find, replace, batch in _read_rows("edits"):
        found.setdefault(review, (batch, []))[1].append((find, replace))
    return tuple(ReviewEdits(name, tuple(edits), batch) for name, (batch, edits) in found.items())


def _read_rows(name: str) -> Iterator[list[str]]:
    content = (files("sentiment.data") / "lessons" / f"{name}.tsv").read_text("utf-8")
    return (line.split("\t") for line in content.splitlines()[1:])
