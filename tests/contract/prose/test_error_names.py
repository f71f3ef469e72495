"""An error is named for what is wrong: InvalidArtifact, EndpointThrottled."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.support.paths import ROOT
from tools.layout import find_modules

_ONLY_ONES = {"ServiceError"}  # the client's, which has no other


def find_misnamed(sources: Iterable[str]) -> list[str]:
    """Return the classes that end in Error although no other error derives from them."""
    classes = [
        node
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ClassDef)
    ]
    bases = {ast.unparse(base) for node in classes for base in node.bases}
    names = {node.name for node in classes if node.name.endswith("Error")}
    return sorted(names - bases - _ONLY_ONES)


def test_only_an_error_with_others_below_it_ends_in_error() -> None:
    """JobError and AwsError are groups; StillRunning, which is raised, says what is wrong."""
    rooms: dict[str, list[Path]] = {}
    for module, path in find_modules().items():
        rooms.setdefault(module.partition(".")[0], []).append(path)
    del rooms["local_aws"]
    for room, paths in rooms.items():
        assert not find_misnamed(path.read_text("utf-8") for path in paths), room
    assert (ROOT / "client" / "movie_sentiment.py").read_text().count("(Exception)") == 1


def test_a_misnamed_error_is_found() -> None:
    """A leaf of the tree may not end in Error, a group must not be reported."""
    tree = ["class RootError(Exception): ...", "class DiskError(RootError): ..."]
    assert find_misnamed(tree) == ["DiskError"]
