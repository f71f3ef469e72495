"""The files of static/, read once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.errors import InvalidSetup, NotFound
from chalicelib.exchange import PAGE_HEADERS, Answer, Request

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
PAGE_NAME = "index.html"
_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)  # a line of its own
_FOREVER = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r'(from |import\()"\./([\w.]+)"')
_REVALIDATE = "no-cache"  # browsers may keep it, but must check whether it has changed


@dataclass(frozen=True)
class Asset:
    """One file: its text, its content type, and a fingerprint of its text."""

    text: str
    content_type: str
    fingerprint: str


def fingerprint(text: str) -> str:
    """Return 8 hex digits that change when `text` does."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def find_static(app_folder: Path) -> Path:
    """Return the folder of the page's files.

    It is `static/` in the deployed zip, which has vendor/ at its root, and `vendor/static` in a
    checkout. A checkout without symbolic links has a text file instead of the link. It is refused
    here, so that `chalice package` fails and not the page.

    Raises:
        InvalidSetup: the folder is missing.
    """
    for folder in (app_folder / "static", app_folder / "vendor" / "static"):
        if (folder / PAGE_NAME).is_file():
            return folder
    raise InvalidSetup(
        f"static/{PAGE_NAME} is missing beside app.py: vendor/static must be a symbolic link to"
        " ../../static (on Windows: git config core.symlinks true, then check out again)",
    )


def read_assets(folder: Path) -> dict[str, Asset]:
    """Return every file of `folder` by name, without hidden and backup files.

    Modules import each other by versioned URLs; their comment lines are removed.

    Raises:
        InvalidSetup: a file cannot be served as text of a known type, or a module imports a missing
            module or itself, directly or through others.
    """
    texts = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "#")) or path.name.endswith("~"):
            continue  # of an editor or a file manager, such as .style.css.swp
        if path.suffix not in _CONTENT_TYPES:
            raise InvalidSetup(f"static/{path.name}: files of this type are not served")
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidSetup(f"static/{path.name}: this is not a text file in UTF-8") from error
    assets: dict[str, Asset] = {}

    def add(name: str, importers: tuple[str, ...] = ()) -> Asset:
        if name in importers or name not in texts:
            raise InvalidSetup(f"static/{importers[-1]} imports {name}: missing, or a cycle")
        if name not in assets:

            def version(match: re.Match[str]) -> str:
                imported = add(match[2], (*importers, name))
                return f'{match[1]}"./{match[2]}?v={imported.fingerprint}"'

            text = texts[name]
            if name.endswith(".js"):
                text = _IMPORT.sub(version, _COMMENT.sub("", text))
            content_type = _CONTENT_TYPES[name[name.rindex(".") :]]
            assets[name] = Asset(text, content_type, fingerprint(text))
        return assets[name]

    return {name: add(name) for name in texts}


def serve_asset(assets: Mapping[str, Asset], name: str, request: Request) -> Answer:
    """Return the asset, or 304 if the browser has it.

    The content of a URL with a fingerprint (`one.js?v=1a2b...`, as in the page) never changes.

    Raises:
        NotFound: no asset has this name.
    """
    if name == PAGE_NAME or name not in assets:
        raise NotFound
    asset = assets[name]
    is_versioned = request.query.get("v") == asset.fingerprint
    is_page = name.endswith(".html")
    return cached_answer(
        request,
        asset.text,
        asset.fingerprint,
        {
            **(PAGE_HEADERS if is_page else {}),
            "Content-Type": asset.content_type,
            "Cache-Control": _FOREVER if is_versioned else _REVALIDATE,
        },
    )


def cached_answer(request: Request, text: str, tag: str, headers: Mapping[str, str]) -> Answer:
    """Return `text` with its ETag; 304 without text if If-None-Match has the tag.

    Browsers revalidate it unless `headers` has another Cache-Control. The tag is weak because API
    Gateway sends the same text with and without compression.
    """
    headers = {
        "Cache-Control": _REVALIDATE,
        "X-Content-Type-Options": "nosniff",
        **headers,
        "ETag": f'W/"{tag}"',
        "Vary": "Accept-Encoding",
    }
    known = {
        candidate.strip().removeprefix("W/")
        for candidate in request.header("if-none-match").split(",")
    }
    if f'"{tag}"' in known or "*" in known:
        return Answer(304, "", headers)
    return Answer(200, text, headers)
