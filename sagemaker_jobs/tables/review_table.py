"""A file of reviews, read whole and written again with each review's verdict.

Nothing is lost on the way: every column and record comes back in its place. A record that cannot
be read gets an error in place.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Protocol

from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.tables.columns import find_reviews, has_titles
from sagemaker_jobs.tables.separated import (
    ONE_COLUMN,
    Layout,
    Record,
    decode,
    find_layout,
    read_records,
    split_lines,
)
from sagemaker_jobs.tables.verdict import Verdict, titles_beside

_HALF_PAIR = re.compile("[\ud800-\udfff]")
_JSON_LINES = (".jsonl", ".ndjson")
_SPREADSHEETS = {
    b"PK\x03\x04": "an Excel workbook (.xlsx)",
    b"\xd0\xcf\x11\xe0": "an old .xls file",
}
_BYTE_ORDER_MARK = "\ufeff"  # tells Excel that a CSV file is in UTF-8
_MOST_TITLE_LINES = 10  # above the columns' titles


class ReviewTable(Protocol):
    """Reviews in the order of their records."""

    @property
    def reviews(self) -> Sequence[str | Verdict]:
        """The text of each record, or the error of one that cannot be read."""

    @property
    def column(self) -> str:
        """The name of the column that holds the reviews."""

    def write(self, verdicts: Sequence[Verdict]) -> str:
        """Return the whole file with a verdict for each review."""


def read_table(content: bytes, name: str, column: str | None = None) -> ReviewTable:
    """Return the file's reviews; `name` is that of the file, whose suffix tells its format.

    `column` is a title or a number from 1; without it, the column is found.

    Raises:
        InvalidData: the file is a spreadsheet program's own format, or holds no review.
        InvalidSetting: there is no such column.
    """
    for beginning, what in _SPREADSHEETS.items():
        if content.startswith(beginning):
            raise InvalidData(
                f"{name} is {what}", hint="save it as CSV UTF-8 in your spreadsheet program"
            )
    text = decode(content)
    suffix = PurePath(name).suffix.lower()
    if suffix in _JSON_LINES or (name == "-" and text.startswith("{")):
        table: ReviewTable = _read_json_lines(text, name, column)
    else:
        table = _read_separated(text, name, suffix, column)
    if not table.reviews:
        raise InvalidData(f"{name} holds no review", hint="put one review on each line")
    return table


@dataclass(frozen=True)
class _Separated:
    """CSV, or the lines of a text: all records, of which the first may be titles."""

    records: Sequence[Record]
    titles_at: int | None  # the records above them are captions
    layout: Layout
    place: int  # of the reviews' column, from 0
    beginning: str  # a byte order mark, or Excel's line sep=;
    width: int  # number of cells of a usual record
    line_end: str

    @property
    def column(self) -> str:
        return self._titles()[self.place]

    @property
    def reviews(self) -> Sequence[str | Verdict]:
        return [self._review(record) for record in self._body]

    def write(self, verdicts: Sequence[Verdict]) -> str:
        out = io.StringIO(newline="")
        separator = "," if self.layout.separator == ONE_COLUMN else self.layout.separator
        writer = csv.writer(out, delimiter=separator, lineterminator=self.line_end)
        out.write(self.beginning)
        for caption in self.records[: self.titles_at or 0]:
            writer.writerow(caption.cells)
        titles = self._titles()
        width = max([len(titles), *(len(record.cells) for record in self._body)])
        titles += [""] * (width - len(titles))
        writer.writerow([*titles, *titles_beside(titles)])
        for record, verdict in zip(self._body, verdicts, strict=True):
            cells = [*record.cells, *[""] * (width - len(record.cells))]
            writer.writerow([*cells, *verdict])
        return out.getvalue()

    @cached_property
    def _body(self) -> Sequence[Record]:
        return [*map(self._fold, self.records[_after(self.titles_at) :])]

    def _fold(self, record: Record) -> Record:
        """Return the record without cells beyond the titles.

        They are empty, or belong to the review, whose separators had no quotes.
        """
        cells = record.cells
        if self.titles_at is None or record.is_broken or len(cells) <= self.width:
            return record
        n_more = max(len(_without_empty_end(cells)) - self.width, 0)
        review = self.layout.separator.join(cells[self.place : self.place + n_more + 1])
        after = cells[self.place + n_more + 1 : self.width + n_more]
        return Record([*cells[: self.place], review, *after])

    def _titles(self) -> list[str]:
        if self.titles_at is not None:
            return [*self.records[self.titles_at].cells]
        titles = [f"column_{n}" for n in range(1, self.width + 1)]
        titles[self.place] = "review"
        return titles

    def _review(self, record: Record) -> str | Verdict:
        if record.is_broken and len(record.cells) != self.width:
            return Verdict.failed("The quotes in this row do not match.")
        cells = record.cells
        if any(cells[self.width :]):
            return Verdict.failed(
                f"This row has {len(cells)} cells instead of {self.width}; put its text in quotes."
            )
        if len(cells) <= self.place and any(cells):
            return Verdict.failed(f"This row has only {len(cells)} of {self.width} cells.")
        return cells[self.place] if len(cells) > self.place else ""


@dataclass(frozen=True)
class _JsonLines:
    lines: Sequence[str]
    column: str
    reviews: Sequence[str | Verdict]

    def write(self, verdicts: Sequence[Verdict]) -> str:
        return "".join(
            _add_to_line(line, verdict, self.column) + "\n"
            for line, verdict in zip(self.lines, verdicts, strict=True)
        )


def _read_separated(text: str, name: str, suffix: str, wanted: str | None) -> _Separated:
    beginning = _BYTE_ORDER_MARK if text.startswith(_BYTE_ORDER_MARK) else ""
    lines = split_lines(text.removeprefix(_BYTE_ORDER_MARK))
    layout = find_layout(lines)
    if lines and lines[0].startswith("sep=") and layout.separator != ONE_COLUMN:
        beginning += lines.pop(0)
    if suffix == ".txt" and layout.separator != "\t":
        records = [Record([line.rstrip("\r\n")]) for line in lines]  # quotes are the reviews' own
        layout = Layout(ONE_COLUMN)
    else:
        records = list(read_records(lines, layout))
    titles_at = _find_titles(records)
    body = [record.cells for record in records[_after(titles_at) :]]
    if titles_at is None:
        titles, width = None, _commonest_size(record.cells for record in records)
    else:
        titles = records[titles_at].cells
        width = len(titles)
    if wanted is None:
        place = find_reviews(titles, [cells[:width] for cells in body])
    else:
        place = _choose(wanted, titles, width, name)
    line_end = "\r\n" if "\r\n" in text else "\n"
    return _Separated(records, titles_at, layout, place, beginning, width, line_end)


def _find_titles(records: Sequence[Record]) -> int | None:
    """Return the place of the record with the columns' titles; captions may be above it."""
    filled = [_without_empty_end(record.cells) for record in records]
    width = _commonest_size(filled)
    for place, cells in enumerate(filled[:_MOST_TITLE_LINES]):
        if len(cells) >= width:
            below = [record.cells for record in records[place + 1 :]]
            return place if has_titles(records[place].cells, below) else None
    return None


def _commonest_size(records: Iterable[Sequence[str]]) -> int:
    sizes = Counter(len(cells) for cells in records if cells)
    return max(sizes, key=lambda size: (sizes[size], -size), default=1)


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells up to the last one that is not empty."""
    n_cells = max((n for n, cell in enumerate(cells, start=1) if cell), default=0)
    return cells[:n_cells]


def _after(titles_at: int | None) -> int:
    return 0 if titles_at is None else titles_at + 1


def _choose(wanted: str, titles: Sequence[str] | None, width: int, name: str) -> int:
    lower = [title.strip().lower() for title in titles or ()]
    if wanted.strip().lower() in lower:
        return lower.index(wanted.strip().lower())
    if wanted.isdecimal() and 1 <= int(wanted) <= width:
        return int(wanted) - 1
    known = ", ".join(titles) if titles else f"1 to {width}, as it has no titles"
    raise InvalidSetting(f"{name} has no column {wanted}", hint=f"--column with one of: {known}")


def _read_json_lines(text: str, name: str, wanted: str | None) -> _JsonLines:
    lines = [line for line in text.lstrip(_BYTE_ORDER_MARK).split("\n") if line.strip()]
    found = [_parse(line) for line in lines]
    fields = list(dict.fromkeys(key for item in found if isinstance(item, dict) for key in item))
    if wanted is not None:
        if wanted not in fields:
            raise InvalidSetting(
                f"{name} has no field {wanted}", hint=f"--column with one of: {', '.join(fields)}"
            )
        column = wanted
    elif fields:
        body = [
            [_as_text(item.get(key)) or "" for key in fields]
            for item in found
            if isinstance(item, dict)
        ]
        column = fields[find_reviews(fields, body)]
    else:
        column = "review"
    return _JsonLines(lines, column, [_review(item, column) for item in found])


def _parse(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _as_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _review(item: object, column: str) -> str | Verdict:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return Verdict.failed("This line is not a JSON object.")
    text = _as_text(item.get(column))
    return Verdict.failed(f"The field {column} holds no text.") if text is None else text


def _add_to_line(line: str, verdict: Verdict, column: str) -> str:
    """Return the line's object with the verdict's fields after its own, which stay as they are."""
    item, line = _parse(line), line.strip()
    if not isinstance(item, dict):
        field = column if isinstance(item, str) else "line"
        item = {field: item if isinstance(item, str) else line}
        line = _dump(item)
    values = [None if cell == "" else cell for cell in verdict]
    added = _dump(dict(zip(titles_beside(item), values, strict=True)))
    return f"{line[:-1].rstrip()}{', ' if item else ''}{added[1:]}"


def _dump(content: object) -> str:
    """Return the content as JSON that UTF-8 can hold: half a surrogate pair stays escaped."""
    text = json.dumps(content, ensure_ascii=False)
    return json.dumps(content) if _HALF_PAIR.search(text) else text
