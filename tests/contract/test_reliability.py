"""The page on reliability: every row of its tables names a test, and the test exists."""

import ast
import re

from tests.support.paths import ROOT

PAGE = (ROOT / "docs/reliability.md").read_text("utf-8")
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[str]:
    """Return the rows of the tables of faults, without their heads."""
    found = []
    for table in re.findall(r"^\| fault .*\n\|[-|]+\|\n((?:\|.*\n)+)", PAGE, re.MULTILINE):
        found += table.splitlines()
    return found


def test_every_fault_names_a_test_that_exists() -> None:
    """A fault without one is a promise that nobody keeps."""
    assert len(rows()) > 30
    for row in rows():
        named = NAMED.findall(row)
        assert named, row
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
            assert name in tests, f"{path} has no {name}"


def test_every_test_of_a_fault_is_on_the_page() -> None:
    """A test that is added to the faults' folder gets its row."""
    named = {name for _, name in NAMED.findall(PAGE)}
    for path in sorted((ROOT / "tests/flow/faults").glob("test_*.py")):
        tests = re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        assert set(tests) <= named, path.name
