"""Settings and versions."""

import tomllib
from pathlib import Path

import pytest

import sentiment.version
from chalicelib import version
from chalicelib.errors import InvalidSetup, WebError
from chalicelib.settings import Settings
from tests.support.paths import ROOT


@pytest.mark.parametrize("name", [None, "", "-x", "a" * 64, "arn:aws:x", "under_score"])
def test_impossible_endpoint_name_stops_the_start(name: str | None) -> None:
    """A name that no endpoint can have is found at import, with the variable's name."""
    with pytest.raises(InvalidSetup, match="ENDPOINT_NAME"):
        Settings.from_env({} if name is None else {"ENDPOINT_NAME": name})


def test_version_is_the_projects() -> None:
    """One file has the version: the web app links to it, and pyproject.toml reads it."""
    assert Path(version.__file__).samefile(sentiment.version.__file__)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert settings["project"]["dynamic"] == ["version"]
    read_from = settings["tool"]["setuptools"]["dynamic"]["version"]
    assert read_from == {"attr": "sentiment.version.__version__"}


def test_every_error_is_in_the_drawn_tree() -> None:
    """The tree at the top of errors.py names each error with its status and code."""
    from chalicelib import errors

    def lines(root: type[WebError]) -> list[tuple[str, str, str]]:
        below = [line for child in root.__subclasses__() for line in lines(child)]
        return [(root.__name__, str(root.status), root.code), *below]

    drawn = (errors.__doc__ or "").splitlines()
    for name, status, code in lines(WebError)[1:]:
        line = next((line for line in drawn if f" {name} " in f"{line} "), "")
        assert {status, code} <= set(line.split()), name
