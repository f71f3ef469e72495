"""The corpus of short opinions and edits: its form, its parts, and that it repeats nothing."""

import os
import re
import tarfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sentiment.data.lessons import FAMILIES, Lesson, part_of, read_edits, read_lessons
from tests.support.paths import ROOT

LESSONS = read_lessons()
SHARED = ROOT.parent / "shared" / "data"
ARCHIVE = Path(os.environ.get("IMDB_ARCHIVE", SHARED / "aclImdb_v1.tar.gz"))


def words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"[a-z0-9']+", text.lower()))


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    found = words(text)
    return {found[start : start + size] for start in range(len(found) - size + 1)}


def test_there_are_enough_lessons_of_both_labels() -> None:
    """Some nine thousand texts and eight hundred edited reviews, both labels in balance."""
    counts = Counter(lesson.target for lesson in LESSONS)
    assert sum(counts.values()) >= 8_000
    assert 0.75 < counts[1.0] / counts[0.0] < 1.25
    assert counts[0.5] >= 500
    assert len(read_edits()) >= 800


def test_texts_are_clean() -> None:
    """No empty text, stray blank or quote around it, and a family that is its file's."""
    for lesson in LESSONS:
        assert lesson.text.strip() == lesson.text != "", lesson
        assert lesson.family in FAMILIES
        assert not (lesson.text.startswith('"') and lesson.text.endswith('"')), lesson


def test_every_part_has_every_family() -> None:
    """So that each family can be learned, chosen by and tested; edits as well."""
    found = {(lesson.part, lesson.family) for lesson in LESSONS}
    assert found == {(part, family) for part in ("learn", "choose", "test") for family in FAMILIES}
    assert {edits.part for edits in read_edits()} == {"learn", "choose", "test"}
    sizes = Counter(lesson.part for lesson in LESSONS)
    assert sizes["learn"] > 0.6 * len(LESSONS)


def test_parts_name_batches_that_exist() -> None:
    """A batch that was renamed would slip back into what is learned."""
    from sentiment.data.lessons import _CHOOSE, _TEST

    batches = {lesson.batch for lesson in LESSONS} | {edits.batch for edits in read_edits()}
    assert batches >= _CHOOSE | _TEST
    assert not _CHOOSE & _TEST
    assert part_of("a01_weary") == "learn"


def test_no_text_is_there_twice() -> None:
    """Symbols count: twins may differ in an emoji alone."""
    assert [text for text, n in Counter(lesson.text for lesson in LESSONS).items() if n > 1] == []


def find_near_duplicates(lessons: tuple[Lesson, ...]) -> Iterator[tuple[str, str]]:
    """Pairs of different parts that share half of their runs of four words."""
    runs = [shingles(lesson.text, 4) for lesson in lessons]
    holders = defaultdict(list)
    for number, found in enumerate(runs):
        for run in found:
            holders[run].append(number)
    shared = Counter(
        (one, other)
        for numbers in holders.values()
        if len(numbers) < 20  # the rest are phrases of the language
        for one in numbers
        for other in numbers
        if one < other and lessons[one].part != lessons[other].part
    )
    for (one, other), n in shared.items():
        if n >= 3 and n / len(runs[one] | runs[other]) > 0.5:
            yield lessons[one].text, lessons[other].text


def test_no_part_repeats_another() -> None:
    """What is tested was not learned in other words."""
    assert list(find_near_duplicates(LESSONS)) == []
    learned = next(lesson for lesson in LESSONS if lesson.part == "learn" and len(lesson.text) > 60)
    tested = Lesson(f"{learned.text} Yes.", 1.0, "critic", "a07_tv")
    assert list(find_near_duplicates((learned, tested)))


def test_nothing_is_taken_from_the_behavioural_suite() -> None:
    """The suite judges the model: no case of it, and no run of eight words, is a lesson."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        for inner in value.values() if isinstance(value, dict) else value:
            if not isinstance(value, str):
                yield from strings(inner)

    cases = [
        text
        for path in sorted((ROOT / "evaluation/behaviour/cases").glob("*.toml"))
        for text in strings(tomllib.loads(path.read_text("utf-8")))
    ]
    whole = {words(text) for text in cases} - {()}
    runs = set().union(*(shingles(text, 8) for text in cases))
    assert whole
    taken = [
        lesson.text
        for lesson in LESSONS
        if words(lesson.text) in whole or shingles(lesson.text, 8) & runs
    ]
    assert taken == []


@pytest.mark.imdb
@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"needs the IMDB archive at {ARCHIVE}")
def test_edits_fit_their_reviews() -> None:
    """Each edit finds its place once, no review is set aside, and no long stretch is quoted."""
    names = {f"aclImdb/{edits.review}": edits for edits in read_edits()}
    seen = 0
    with tarfile.open(ARCHIVE) as archive:
        for member in archive:
            edits = names.get(member.name.removeprefix("./"))
            if edits is not None:
                stream = archive.extractfile(member)
                assert stream is not None
                text = stream.read().decode()
                assert edits.apply(text) != text
                seen += 1
                if seen == len(names):
                    break
    assert seen == len(names)
    assert all(len(words(find)) <= 14 for edits in read_edits() for find, _ in edits.edits)
    set_aside = SHARED / "set_aside.txt"
    if set_aside.is_file():
        assert not {edits.review for edits in read_edits()} & set(set_aside.read_text().split())
