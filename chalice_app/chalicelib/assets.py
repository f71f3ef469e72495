"""The files of static/, read once."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.errors import NotFound, SetupError
from chalicelib.exchange import Answer, Request

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
PAGE_NAME = "index.html"
_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)  # a line of its own
_FOREVER = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r'from "\./([\w.]+)"')
_CHECK_FIRST = "no-cache"  # keep it, but ask whether it is still the same


@dataclass(frozen=True)
class Asset:
    """One file: its text, its type, and a fingerprint of its bytes."""

    text: str
    content_type: str
    fingerprint: str


def fingerprint(text: str) -> str:
    """Return 8 hex digits that change when `text` does."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def find_static(app_folder: Path) -> Path:
    """Return the folder of the page's files: `static/` in the deployed zip, where vendor/ is
    unpacked at the root, and `vendor/static` in a checkout.

    Raises SetupError where there is none, or only the text file that a checkout without symbolic
    links makes of the link: so `chalice package` fails, not the page.
    """
    for folder in (app_folder / "static", app_folder / "vendor" / "static"):
        if (folder / PAGE_NAME).is_file():
            return folder
    raise SetupError(
        f"static/{PAGE_NAME} is missing beside app.py: vendor/static must be a symbolic link to"
        " ../../static (on Windows: git config core.symlinks true, then check out again)",
    )


def read_assets(folder: Path) -> dict[str, Asset]:
    """Return every file of `folder` by name, without hidden and backup files.

    Modules import each other by versioned URLs; their comment lines are left out.

    Raises SetupError for a file that cannot be served as text of a known type, and for modules
    that import each other in a circle or a module that is not there.
    """
    texts = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "#")) or path.name.endswith("~"):
            continue  # an editor's or a file manager's own, such as .style.css.swp
        if path.suffix not in _CONTENT_TYPES:
            raise SetupError(f"static/{path.name}: this type of file is not served")
        try:
            texts[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(f"static/{path.name}: this is not a text file in UTF-8") from error
    assets: dict[str, Asset] = {}

    def add(name: str, importers: tuple[str, ...] = ()) -> Asset:
        if name in importers or name not in texts:
            raise SetupError(f"static/{importers[-1]} imports {name}: absent, or in a circle")
        if name not in assets:

            def version(match: re.Match[str]) -> str:
                imported = add(match[1], (*importers, name))
                return f'from "./{match[1]}?v={imported.fingerprint}"'

            text = texts[name]
            if name.endswith(".js"):
                text = _IMPORT.sub(version, _COMMENT.sub("", text))
            content_type = _CONTENT_TYPES[name[name.rindex(".") :]]
            assets[name] = Asset(text, content_type, fingerprint(text))
        return assets[name]

    return {name: add(name) for name in texts}


def serve_asset(assets: Mapping[str, Asset], name: str, request: Request) -> Answer:
    """Return the asset, or 304 where the browser has it; raises NotFound.

    A URL with the fingerprint in it (`forms.js?v=1a2b...`, as the page writes them) never changes.
    """
    if name == PAGE_NAME or name not in assets:
        raise NotFound
    asset = assets[name]
    is_versioned = request.query.get("v") == asset.fingerprint
    return cached_answer(
        request,
        asset.text,
        asset.fingerprint,
        {
            "Content-Type": asset.content_type,
            "Cache-Control": _FOREVER if is_versioned else _CHECK_FIRST,
            "X-Content-Type-Options": "nosniff",
        },
    )


def cached_answer(request: Request, text: str, tag: str, headers: Mapping[str, str]) -> Answer:
    """Return `text` with its ETag; 304 and no text where If-None-Match names it.

    The tag is a weak one, since API Gateway sends the same text compressed or not.
    """
    headers = {**headers, "ETag": f'W/"{tag}"', "Vary": "Accept-Encoding"}
    known = {
        candidate.strip().removeprefix("W/")
        for candidate in request.header("if-none-match").split(",")
    }
    if f'"{tag}"' in known or "*" in known:
        return Answer(304, "", headers)
    return Answer(200, text, headers)
