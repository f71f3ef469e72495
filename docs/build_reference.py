"""The API's reference page from its description: one HTML file, without a script.

    python docs/build_reference.py

A test holds the page to the description.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[1] / "chalice_app/chalicelib/reference"

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="How to ask for verdicts on movie reviews over HTTP.">
<title>{title} API {version}</title>
<link rel="icon" href="static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="static/style.css">
</head>
<body>
<main>
<h1>{title} <em>API {version}</em></h1>
<p class="lead">{description} The same for machines: <a href="openapi.yaml">openapi.yaml</a>.</p>
{parts}
</main>
</body>
</html>
"""


def build(document: dict[str, Any]) -> str:
    """The reference page of an OpenAPI document."""
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
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body: <code>{escape(kind)}</code>, {_kind(content['schema'])}</p>")
        if "example" in content:
            example = content["example"]
            text = example if isinstance(example, str) else json.dumps(example)
            parts.append(f"<blockquote><code>{escape(text)}</code></blockquote>")
    rows = [
        (f"<code>{status}</code>", f"{escape(response['description'])} {_answer(response)}")
        for status, response in operation["responses"].items()
    ]
    return "\n".join([*parts, _table(("Status", "When"), rows), "</section>"])


def _answer(response: dict[str, Any]) -> str:
    schema = response["content"].get("application/json", {}).get("schema", {})
    return f"As JSON {_kind(schema)}." if "$ref" in schema else ""


def _schema(name: str, schema: dict[str, Any]) -> str:
    own = schema["allOf"][-1] if "allOf" in schema else schema
    inner = own.get("items", own).get("properties", {})
    rows = [
        (f"<code>{escape(field)}</code>", f"{_kind(kind)}. {escape(kind.get('description', ''))}")
        for field, kind in inner.items()
    ]
    return "\n".join(
        [
            f'<section class="reasons" id="{escape(name)}">',
            f"<h2>{escape(name)}</h2>",
            f"<p>{_kind(schema)}. {escape(schema.get('description', ''))}</p>",
            *([_table(("Field", "What it is"), rows)] if rows else []),
            "</section>",
        ]
    )


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'a <a href="docs#{name}">{name}</a>'
    if "allOf" in schema:
        return " with more: ".join(_kind(part) for part in schema["allOf"])
    if "enum" in schema:
        return "one of " + ", ".join(f"<code>{escape(value)}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        at_most = f" of at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"a list{at_most}"
    limits = [
        f"{word} {schema[key]:,}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("maxLength", "at most"))
        if key in schema
    ]
    kind = escape(schema.get("type", "value"))
    return " ".join([f"an {kind}" if kind[0] in "aio" else f"a {kind}", *limits])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{title}</th>' for title in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


if __name__ == "__main__":
    description = yaml.safe_load((FOLDER / "openapi.yaml").read_text("utf-8"))
    (FOLDER / "docs.html").write_text(build(description), "utf-8")
