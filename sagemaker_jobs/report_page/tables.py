"""Templates and tables: every value in them is escaped unless it is `Markup`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_MOST_ROWS = 200
_FOLDER = Path(__file__).parent
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_template(name: str, **values: object) -> Markup:
    """Return the template `name` of this folder, filled in."""
    return Markup(_ENVIRONMENT.get_template(name).render(values))  # noqa: S704 - escaped by Jinja


def read_part(name: str) -> Markup:
    """Return a file of this folder as it is."""
    return Markup((_FOLDER / name).read_text("utf-8"))  # noqa: S704 - a file of ours


class Cell(NamedTuple):
    """A cell's text, escaped unless it is `Markup`, and its CSS class."""

    content: str
    css_class: str = ""


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str | Cell]]) -> Markup:
    """Return the table in a box that scrolls by itself where the page is narrow.

    Each row's first cell is its header. Cells that begin with a digit are aligned right.
    """
    cells = [[_as_cell(cell) for cell in row] for row in rows]
    classes = ["text"]
    for n in range(1, len(columns)):
        found = {row[n].css_class for row in cells if row[n].content}
        classes.append("number" if found == {"number"} else "text")
    heads = zip(columns, classes, strict=True)
    return render_template("table.html", caption=caption, columns=heads, rows=cells)


def _as_cell(cell: str | Cell) -> Cell:
    return cell if isinstance(cell, Cell) else Cell(cell, "number" if cell[:1].isdigit() else "")


def json_tables(content: Mapping[str, Any], caption: str) -> Markup:
    """Return a JSON object as tables: its plain fields first, then a table for each collection.

    What is nested deeper is counted, not shown.
    """
    plain = {name: field for name, field in content.items() if not isinstance(field, dict | list)}
    made = Markup()
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
    """Return the objects in a list, numbered, or in an object, by name; none if mixed."""
    named: list[tuple[str, Any]] = []
    if isinstance(field, dict):
        named = [(_words(name), item) for name, item in field.items()]
    elif isinstance(field, list):
        named = [(str(n), item) for n, item in enumerate(field, start=1)]
    return named if all(isinstance(item, dict) for _, item in named) else []


def _object_table(caption: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> Markup:
    columns = list(dict.fromkeys(name for _, item in rows for name in item))
    return table(
        caption if len(rows) <= _MOST_ROWS else f"{caption} (the first {_MOST_ROWS})",
        ("which", *map(_words, columns)),
        [(name, *(_text(item.get(c)) for c in columns)) for name, item in rows[:_MOST_ROWS]],
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _text(field: Any) -> str:
    """Return the field as a cell's text.

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
