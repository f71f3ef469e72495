"""Serving static/."""

import gzip
from pathlib import Path

import pytest

from chalicelib.assets import find_static, read_assets, serve_asset
from chalicelib.errors import InvalidSetup, NotFound
from chalicelib.exchange import PAGE_HEADERS, Request
from chalicelib.pages import Page
from tests.support.paths import APP_FOLDER

ASSETS = read_assets(find_static(APP_FOLDER))


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("style.css", "text/css; charset=utf-8"),
        ("one.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml; charset=utf-8"),
    ],
)
def test_asset_has_its_type_and_tag(name: str, content_type: str) -> None:
    """A file comes as what it is, to be asked about again before it is used again."""
    answer = serve_asset(ASSETS, name, Request("GET", "/static/{name}"))
    assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
    assert answer.body == ASSETS[name].text
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("known", ['"{}"', 'W/"{}"', '"other", "{}"', "*"])
def test_asset_the_browser_has_is_not_sent_again(known: str) -> None:
    """If-None-Match with the right tag is answered by 304 and no body."""
    tag = ASSETS["one.js"].fingerprint
    request = Request("GET", "/static/{name}", headers={"if-none-match": known.format(tag)})
    answer = serve_asset(ASSETS, "one.js", request)
    assert (answer.status, answer.body, answer.headers["ETag"]) == (304, "", f'W/"{tag}"')


def test_only_the_right_fingerprint_is_kept_for_ever() -> None:
    """An old page's URL must not pin the new file under the old name, or the reverse."""
    right = {"v": ASSETS["one.js"].fingerprint}
    for query, cache in ((right, "immutable"), ({"v": "0"}, "no-cache")):
        answer = serve_asset(ASSETS, "one.js", Request("GET", "/static/{name}", query=query))
        assert cache in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["nothing.css", "../app.py", "..%2fapp.py", "", "index.html"])
def test_other_names_are_not_found(name: str) -> None:
    """Only the files of static/ are there; the page itself lives at the root."""
    with pytest.raises(NotFound):
        serve_asset(ASSETS, name, Request("GET", "/static/{name}"))


def test_missing_static_stops_the_start(tmp_path: Path) -> None:
    """A checkout without symbolic links fails while it is packaged, with a sentence."""
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "static").write_text("../../static")
    with pytest.raises(InvalidSetup, match="symbolic link"):
        find_static(tmp_path)


def test_unknown_type_of_file_stops_the_start(tmp_path: Path) -> None:
    """A file that we would serve with a wrong type is found at import."""
    (tmp_path / "photo.bmp").write_bytes(b"BM")
    with pytest.raises(InvalidSetup, match=r"photo\.bmp"):
        read_assets(tmp_path)


def test_a_file_that_is_not_text_stops_the_start(tmp_path: Path) -> None:
    """Bytes in another encoding and a folder are named, as an unknown type is."""
    (tmp_path / "style.css").write_bytes("p::before { content: 'é' }".encode("latin-1"))
    with pytest.raises(InvalidSetup, match=r"style\.css: this is not a text file in UTF-8"):
        read_assets(tmp_path)
    (tmp_path / "style.css").unlink()
    (tmp_path / "style.css").mkdir()
    with pytest.raises(InvalidSetup, match=r"style\.css: this is not a text file in UTF-8"):
        read_assets(tmp_path)


@pytest.mark.parametrize(
    "name", [".style.css.swp", ".DS_Store", "index.html~", ".index.html", "#index.html#", "._a.css"]
)
def test_hidden_and_backup_files_are_skipped(tmp_path: Path, name: str) -> None:
    """What an editor or a file manager leaves beside the page neither stops it nor is served."""
    (tmp_path / "style.css").write_text("p {}")
    (tmp_path / name).write_bytes(b"\xff\x00")
    assert list(read_assets(tmp_path)) == ["style.css"]


def test_first_visit_is_light() -> None:
    """The page stays small enough for a Lambda to serve it well: feedback and versions included,
    each file compressed by itself as it goes over the wire. Pages that it links to do not count.
    """
    several = {"sheet.js", "table.js", "outcome.js", "xlsx.js"}  # loaded when that tab is opened
    texts = {
        name: asset.text
        for name, asset in ASSETS.items()
        if not name.endswith(".html") and name not in several
    }
    texts["index.html"] = Page(ASSETS, asks_for_feedback=True).empty(Request("GET", "/")).body
    files = [text.encode() for text in texts.values()]
    assert sum(len(gzip.compress(file)) for file in files) <= 25_000


@pytest.mark.parametrize("name", ["about.html", "privacy.html"])
def test_pages_of_prose_have_the_pages_headers(name: str) -> None:
    """They run only this server's files, in no frame, as the form does."""
    answer = serve_asset(ASSETS, name, Request("GET", "/static/{name}"))
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert PAGE_HEADERS.items() <= answer.headers.items()


def test_modules_import_each_other_by_version(tmp_path: Path) -> None:
    """A module that changes changes the URLs of all that import it: no browser mixes versions."""
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\n')
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    (tmp_path / "c.js").write_text('const { b } = await import("./b.js");\n')
    before = read_assets(tmp_path)
    for name in ("a.js", "c.js"):
        assert f'"./b.js?v={before["b.js"].fingerprint}"' in before[name].text
    (tmp_path / "b.js").write_text("export const b = 2;\n")
    after = read_assets(tmp_path)
    assert after["a.js"].fingerprint != before["a.js"].fingerprint


def test_what_explains_a_module_is_not_sent(tmp_path: Path) -> None:
    """Lines of comment alone; what stands behind code, or in a string, is left as it is."""
    (tmp_path / "a.js").write_text(
        '// Why.\nexport const a = "http://127.0.0.1"; // so\n\t// and how\n\tnext();\n'
    )
    sent = 'export const a = "http://127.0.0.1"; // so\n\tnext();\n'
    assert read_assets(tmp_path)["a.js"].text == sent


@pytest.mark.parametrize("imported", ["a.js", "nothing.js"])
def test_a_module_that_cannot_load_stops_the_start(tmp_path: Path, imported: str) -> None:
    """A circle of imports, or one of a module that is not there, fails while it is packaged."""
    (tmp_path / "a.js").write_text(f'import {{ b }} from "./{imported}";\n')
    with pytest.raises(InvalidSetup, match="imports"):
        read_assets(tmp_path)
