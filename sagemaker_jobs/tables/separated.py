"""Text with separated cells, such as CSV: its encoding, its separator and its records.

Python's `csv` parses. This module decides how to call it, and goes on after a record that it
refuses.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import _csv

ONE_COLUMN = "\x1f"  # a separator that no text holds: each record is one cell
_SEPARATORS = "\t;|,"  # in doubt, the earlier one: prose and decimals have commas
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SAMPLE_LINES, _SAMPLE_RECORDS = 2000, 200
_MOST = 0.5  # of the sample's records have the same number of cells
_NUMBER = re.compile(r"\s*[-+]?\d[\d.,:/ -]*%?\s*")


class Record(NamedTuple):
    """The cells of a record; where its quotes do not match, as well as they could be found."""

    cells: list[str]
    is_broken: bool = False


@dataclass(frozen=True)
class Layout:
    """How the cells of a text are separated and quoted."""

    separator: str
    escape: str | None = None  # before a quote within quotes, where it is not doubled
    skips_blanks: bool = False  # after a separator


def decode(content: bytes) -> str:
    """Return the text, with its byte order mark if it has one.

    A byte that is not UTF-8 is read as Windows-1252, and spoils no other.

    >>> decode("Amélie".encode("latin-1") + " ★".encode())
    'Amélie ★'
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first:2000:2].count(0) > len(content[:2000]) // 4:
            return content.decode(encoding, "replace")
    codecs.register_error("single bytes", _read_single_bytes)
    return content.decode("utf-8", "single bytes")


def _read_single_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    text = "".join(
        bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in wrong
    )  # five bytes are undefined in Windows-1252
    return text, error.end


def split_lines(text: str) -> list[str]:
    """Return the lines with their ends, which are those of CSV: others belong to the text."""
    return list(io.StringIO(text, newline=""))


def find_layout(lines: Sequence[str]) -> Layout:
    r"""Return the layout in which most records have the same number of cells.

    Excel's first line `sep=;` names the separator.

    >>> find_layout(["id;review\n", "1;Good, and short\n"]).separator
    ';'
    >>> find_layout(["Loved it, truly\n", "Bad\n"]) == Layout(ONE_COLUMN)
    True
    """
    named = re.fullmatch(r"sep=(.)\s*", lines[0]) if lines else None
    if named:
        return _complete(lines, named[1])
    best, found = (0.0, False, 0), ONE_COLUMN
    for separator in _SEPARATORS:
        share, width = _share_of_commonest(lines, _complete(lines, separator))
        merit = (share, separator == "\t", width)  # no prose has tabs
        if share >= _MOST and merit > best:
            best, found = merit, separator
    return Layout(found) if found == ONE_COLUMN else _complete(lines, found)


def read_records(lines: Sequence[str], layout: Layout) -> Iterator[Record]:
    """Yield the records. One whose quotes do not match is a line of its own."""
    csv.field_size_limit(sys.maxsize)
    start = 0
    while start < len(lines):
        rest = (lines[n] for n in range(start, len(lines)))
        reader, base = _reader(rest, layout, strict=True), start
        try:
            for cells in reader:
                start = base + reader.line_num
                yield Record(cells)
        except csv.Error:
            line = lines[start].rstrip("\r\n")
            if layout.separator == ONE_COLUMN:
                yield Record([line])
            else:
                yield Record(next(_reader([line], layout, strict=False)), is_broken=True)
            start += 1


def is_number(cell: str) -> bool:
    """Return whether the cell is a number, a date or a share."""
    return _NUMBER.fullmatch(cell) is not None


def _reader(lines: Iterator[str] | Sequence[str], layout: Layout, *, strict: bool) -> _csv.Reader:
    return csv.reader(
        lines,
        delimiter=layout.separator,
        escapechar=layout.escape,
        skipinitialspace=layout.skips_blanks,
        strict=strict,
    )


def _complete(lines: Sequence[str], separator: str) -> Layout:
    """Return the separator's layout with the fewest broken records in the sample."""
    text = "".join(lines[:_SAMPLE_LINES])
    plain = Layout(separator, None, re.search(re.escape(separator) + ' +"', text) is not None)
    if '\\"' not in text:
        return plain
    escaped = Layout(separator, "\\", plain.skips_blanks)
    return min((plain, escaped), key=lambda layout: _count_broken(lines, layout))


def _count_broken(lines: Sequence[str], layout: Layout) -> int:
    return sum(record.is_broken for record in _sample(lines, layout))


def _sample(lines: Sequence[str], layout: Layout) -> list[Record]:
    return list(islice(read_records(lines[:_SAMPLE_LINES], layout), _SAMPLE_RECORDS))


def _share_of_commonest(lines: Sequence[str], layout: Layout) -> tuple[float, int]:
    """Return the share of records with the commonest number of cells above 1, and that number."""
    records = [record for record in _sample(lines, layout) if record.cells]
    widths = Counter(len(record.cells) for record in records if not record.is_broken)
    several = [(n, width) for width, n in widths.items() if width > 1]
    if not several or _is_prose(records):
        return 0.0, 0
    n, width = max(several)
    return n / len(records), width


def _is_prose(records: Sequence[Record]) -> bool:
    """Return whether the separators are those of sentences: all with a blank after them."""
    cells = [cell for record in records for cell in record.cells]
    inner = [cell for record in records for cell in record.cells[1:]]
    return all(cell.startswith(" ") for cell in inner) and not any(map(is_number, cells))
