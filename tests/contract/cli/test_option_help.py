"""What every program's `--help` promises, read from the source: no program has to start for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

PROGRAMS = sorted(
    path
    for folder in ("sagemaker_jobs", "local_aws", "evaluation", "benchmarks", "tools")
    for path in (ROOT / folder).rglob("*.py")
    if "add_argument(" in path.read_text("utf-8") or "ArgumentParser(" in path.read_text("utf-8")
)
# other names for what the other options call FILE, FOLDER, PATH (a file or a folder) and IMAGE
OTHER_NAMES = {"DIR", "DIRECTORY", "DATA", "ARCHIVE", "MODEL", "URI"}


def find_faults(source: str) -> Iterator[str]:
    """Yield 'line: fault' for each option that its help leaves unexplained."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func).rpartition(".")[2]
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if name == "ArgumentParser" and "prog" not in given:
            yield f"{node.lineno}: the program has no name; try: prog='python -m ...'"
        if name != "add_argument":
            continue
        option = ast.unparse(node.args[0]).strip("'\"")
        phrase = given.get("help")
        is_hidden = phrase is not None and ast.unparse(phrase).endswith("SUPPRESS")
        if " " not in _text(phrase) and not is_hidden:
            yield f"{node.lineno}: {option} has no phrase as its help"
        metavar = _text(given.get("metavar")) or option.strip("-").replace("-", "_").upper()
        takes_a_name = "choices" not in given and "action" not in given
        if takes_a_name and option.startswith("--") and metavar in OTHER_NAMES:
            yield f"{node.lineno}: {option} calls its value {metavar}"


def _text(node: ast.expr | None) -> str:
    parts = [
        part.value
        for part in ast.walk(node or ast.Constant(""))
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return "".join(parts)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_program_explains_its_options(path: Path) -> None:
    """A program has its command as its name, and each option a phrase and a plain value's name."""
    assert not list(find_faults(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("line", "n_faults"),
    [
        ('ArgumentParser(prog="python -m tools.x")', 0),
        ("ArgumentParser()", 1),
        ('parser.add_argument("--model", metavar="PATH", help="model to judge")', 0),
        ('parser.add_argument("--model", help="model to judge")', 1),
        ('parser.add_argument("--quick", action="store_true")', 1),
        ('parser.add_argument("--directory", metavar="DIR", help=f"folder of {name}")', 1),
    ],
)
def test_unexplained_options_are_found(line: str, n_faults: int) -> None:
    """Each rule has a case that breaks it, and one that does not."""
    assert len(list(find_faults(line))) == n_faults
