"""The form of the docstrings: errors are listed in a `Raises:` section."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT

PACKAGES = (
    *("model_pkg", "sagemaker_jobs", "local_aws", "chalice_app"),
    *("client", "evaluation", "benchmarks", "tools"),
)
# 'Raises NotFound', 'or raises it', but neither the section nor 'Raise NotOurs unless ...', which
# opens the docstring of a check
_IN_PROSE = re.compile(r"\braises\b(?!:\n)", re.IGNORECASE)
_SECTION = re.compile(r"^Raises:\n((?:[ ]+.*\n?|\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"    \w+(?:\.\w+)*: \S|     +\S")  # or the rest of an entry


def find_faults(source: str) -> Iterator[str]:
    """Yield 'line: name: fault' for each docstring that names errors in another form."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        docstring = ast.get_docstring(node) or ""
        if _IN_PROSE.search(docstring):
            yield f"{node.lineno}: {node.name}: errors in prose"
        for section in _SECTION.findall(docstring):
            for entry in filter(None, section.splitlines()):
                if not _ENTRY.match(entry):
                    yield f"{node.lineno}: {node.name}: not 'Error: when': {entry.strip()}"


@pytest.mark.parametrize("package", PACKAGES)
def test_errors_are_listed_in_a_section(package: str) -> None:
    """`Raises:` holds one entry an error, so that a reader finds them at a glance."""
    listed = subprocess.check_output(["git", "ls-files", f"{package}/*.py"], cwd=ROOT, text=True)
    names = [name for name in listed.splitlines() if (ROOT / name).is_file()]
    assert names
    faults = [
        f"{name}:{fault}" for name in names for fault in find_faults((ROOT / name).read_text())
    ]
    assert not faults


@pytest.mark.parametrize(
    ("docstring", "n_faults"),
    [
        ("Return a page.\n\n    Raises:\n        NotFound: there is none.\n    ", 0),
        ("Raise NotFound unless there is a page.", 0),
        ("Return a page. Raises NotFound.", 1),
        ("Return a page or raises NotFound.", 1),
        ("Return a page.\n\n    Raises:\n        If there is none.\n    ", 1),
    ],
)
def test_other_forms_are_found(docstring: str, n_faults: int) -> None:
    """Neither prose nor a section without the error's name passes."""
    source = f'def find() -> None:\n    """{docstring}"""\n'
    assert len(list(find_faults(source))) == n_faults
