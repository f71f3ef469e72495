"""Build the API's reference page from openapi.yaml: one HTML file without scripts.

    python -m tools.api_reference

A test fails if the page does not match the description.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parents[1] / "chalice_app/chalicelib/reference"

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="How to request verdicts on movie reviews over HTTP.">
<title>{title} API {version}</title>
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/style.css">
</head>
<body>
<main>
<h1>{title} <em>API {version}</em></h1>
<p class="lead">{description} For programs: <a href="openapi.yaml">openapi.yaml</a>.</p>
{parts}
</main>
</body>
</html>
"""


def build(document: dict[str, Any]) -> str:
    """Return the reference page of an OpenAPI document."""
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    schemas = document["components"]["schemas"]
    kinds = [_schema(name, schema) for name, schema in schemas.items()]
    info = document["info"]
    return _PAGE.format(
        title=escape(info["title"]),
        version=escape(info["version"]),
        description=escape(info["description"]),
        parts="\n".join([*operations, *kinds]),
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parts = [
        f'<section class="reasons" id="{escape(operation["operationId"])}">',
        f"<h2><code>{method.upper()} {escape(path)}</code></h2>",
        f"<p>{escape(operation['summary'])}. {escape(operation.get('description', ''))}</p>",
        *_contents("Body", operation.get("requestBody", {})),
    ]
    rows = []
    for status, response in operation["responses"].items():
        is_good = status.startswith("2")
        failure = "" if is_good else _answer(response)
        rows.append((f"<code>{status}</code>", f"{escape(response['description'])}{failure}"))
        if is_good:
            parts += _contents("Answer", response)
    return "\n".join([*parts, _table(("Status", "When"), rows), "</section>"])


def _contents(title: str, holder: dict[str, Any]) -> list[str]:
    """Return a body's or an answer's types, each with its fields and example."""
    parts = []
    for kind, content in holder.get("content", {}).items():
        schema = content["schema"]
        parts.append(f"<p>{title}: <code>{escape(kind)}</code>, {_sentences(schema)}</p>")
        parts += _fields_table(schema)
        if "example" in content:
            example = content["example"]
            text = example if isinstance(example, str) else json.dumps(example)
            parts.append(f"<blockquote><code>{escape(text)}</code></blockquote>")
    return parts


def _answer(response: dict[str, Any]) -> str:
    return f" As JSON {_kind(response['content']['application/json']['schema'])}."


def _schema(name: str, schema: dict[str, Any]) -> str:
    return "\n".join(
        [
            f'<section class="reasons" id="{escape(name)}">',
            f"<h2>{escape(name)}</h2>",
            f"<p>{_sentences(schema)}</p>",
            *_fields_table(schema["allOf"][-1] if "allOf" in schema else schema),
            "</section>",
        ]
    )


def _fields_table(schema: dict[str, Any]) -> list[str]:
    rows = list(_fields(schema))
    return [_table(("Field", "Description"), rows)] if rows else []


def _fields(schema: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the schema's own fields; those of inner objects are named by their path."""
    own = schema.get("items", schema)
    for name, field in own.get("properties", {}).items():
        optional = "" if name in own.get("required", ()) else " Optional."
        yield f"<code>{escape(prefix + name)}</code>", _sentences(field) + optional
        inner = f"{prefix}{name}[]." if "items" in field else f"{prefix}{name}."
        yield from _fields(field, inner)


def _sentences(schema: dict[str, Any]) -> str:
    sentences = [f"{_kind(schema)}.", escape(schema.get("description", ""))]
    if "default" in schema:
        sentences.append(f"Default: {json.dumps(schema['default'])}.")
    if "examples" in schema:
        examples = ", ".join(f"<code>{escape(value)}</code>" for value in schema["examples"])
        sentences.append(f"Example: {examples}.")
    return " ".join(filter(None, sentences))


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'a <a href="docs#{name}">{name}</a>'
    for key, joint in (("allOf", " and more: "), ("anyOf", " or ")):
        if key in schema:
            return joint.join(_kind(part) for part in schema[key])
    if "enum" in schema:
        values = ("null" if value is None else value for value in schema["enum"])
        return "one of " + ", ".join(f"<code>{escape(value)}</code>" for value in values)
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if "type" not in schema:
        return escape(schema["description"][0].lower() + schema["description"][1:].rstrip("."))
    return _typed(schema)


def _typed(schema: dict[str, Any]) -> str:
    kind = escape(schema["type"])
    named = f"an {kind}" if kind[0] in "aio" else f"a {kind}"
    if kind == "array":
        at_most = f" of at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"a list{at_most}, each {_kind(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{named}, each value {_kind(schema['additionalProperties'])}"
    limits = [
        text.format(schema[key])
        for key, text in (
            ("minimum", "from {:,}"),
            ("maximum", "to {:,}"),
            ("maxLength", "of at most {:,} characters"),
            ("format", "({})"),
        )
        if key in schema
    ]
    return " ".join([named, *limits])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


if __name__ == "__main__":
    description = yaml.safe_load((_FOLDER / "openapi.yaml").read_text("utf-8"))
    (_FOLDER / "docs.html").write_text(build(description), "utf-8")
