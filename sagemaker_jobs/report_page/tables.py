"""HTML tables: headers with their scope, a caption, everything escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

_MOST_ROWS = 200


@dataclass(frozen=True)
class Markup:
    """A cell whose HTML was made here; every other cell is escaped."""

    html: str
    css_class: str = ""


Cell = str | Markup


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """The table in a box that scrolls by itself where the page is narrow.

    Each row's first cell is its header. Cells that begin with a digit stand to the right.
    """
    filled = [[row[n] for row in rows if row[n] != ""] for n in range(len(columns))]
    numbers = [bool(cells) and all(map(_is_number, cells)) for cells in filled]
    head = "".join(
        f'<th scope="col" class="{"number" if number and place else "text"}">{escape(column)}</th>'
        for place, (column, number) in enumerate(zip(columns, numbers, strict=True))
    )
    body = "".join(f"<tr>{''.join(_cells(row))}</tr>\n" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n"
    )


def _cells(row: Sequence[Cell]) -> Iterator[str]:
    header, *others = (_content(cell) for cell in row)
    yield f'<th scope="row">{header[0]}</th>'
    for content, css in others:
        yield f'<td class="{css}">{content}</td>' if css else f"<td>{content}</td>"


def _content(cell: Cell) -> tuple[str, str]:
    """The cell's HTML and its class."""
    if isinstance(cell, Markup):
        return cell.html, cell.css_class
    return escape(cell), "number" if _is_number(cell) else ""


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, str) and cell[:1].isdigit()


def json_tables(content: Mapping[str, Any], caption: str) -> str:
    """Any JSON object as tables: its plain fields first, then a table for each collection in it.

    What stands deeper is counted, not shown.
    """
    plain = {name: field for name, field in content.items() if not isinstance(field, dict | list)}
    made = ""
    if plain:
        made += table(
            caption, ("figure", "value"), [(_words(name), _text(f)) for name, f in plain.items()]
        )
    for name, field in content.items():
        rows = _named_objects(field)
        if rows:
            made += _object_table(f"{caption}: {_words(name)}", rows)
        elif isinstance(field, dict) and field:
            made += json_tables(field, f"{caption}: {_words(name)}")
        elif isinstance(field, list) and field:
            made += table(
                f"{caption}: {_words(name)}",
                ("number", "value"),
                [(str(n), _text(item)) for n, item in enumerate(field[:_MOST_ROWS], start=1)],
            )
    return made


def _named_objects(field: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """The objects in a list, numbered, or in an object, by name; none if they are not alone."""
    named: list[tuple[str, Any]] = []
    if isinstance(field, dict):
        named = [(_words(name), item) for name, item in field.items()]
    elif isinstance(field, list):
        named = [(str(n), item) for n, item in enumerate(field, start=1)]
    return named if all(isinstance(item, dict) for _, item in named) else []


def _object_table(caption: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    columns = list(dict.fromkeys(name for _, item in rows for name in item))
    return table(
        caption if len(rows) <= _MOST_ROWS else f"{caption} (the first {_MOST_ROWS})",
        ("which", *map(_words, columns)),
        [(name, *(_text(item.get(c)) for c in columns)) for name, item in rows[:_MOST_ROWS]],
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(field: Any) -> str:
    """
    >>> [_text(field) for field in (0.91234567, 1200, None, [1, 2], "x")]
    ['0.9123', '1,200', '', '2', 'x']
    """
    if isinstance(field, bool):
        return "yes" if field else "no"
    if isinstance(field, float):
        return f"{field:.4f}".rstrip("0").rstrip(".")
    if isinstance(field, int):
        return f"{field:,}"
    if isinstance(field, dict | list):
        return str(len(field))
    return "" if field is None else str(field)
