"""The form of the docstrings.

A public function or method has one that begins with a verb, a public class has one, and errors are
listed in a `Raises:` section. A property reads as an attribute and may go without. So may what is
described in one place for all: the errors in the tree at the top of their module, the functions and
the line of every step in `sagemaker_jobs/step.py`, and the methods of a protocol at its class.
"""

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
_OF_EVERY_STEP = {"add_arguments", "run", "line", "exit_code"}
# A new verb belongs here. 'Returns' and 'Whether' do not.
_VERBS = """
    Add Answer Apply Approve Ask Block Build Check Clip Close Compare Convert Copy Count Create
    Cross-validate Declare Delete Deploy Do Download Draw Drop End Extract Fit Follow Forget Give Go
    Handle Have Hold Keep Kill Let Load Log Make Mark Measure Move Print Queue Raise Read Record
    Remove Replace Report Request Restore Return Run Scale Send Serve Set Show Start Stop Store
    Take Tell Time Train Unpack Upload Wait Write Yield
"""
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


def find_missing(source: str) -> Iterator[str]:
    """Yield 'line: name: fault' for each public name without a docstring in the right form."""
    yield from _missing_in(ast.parse(source), is_public=True)


def _missing_in(parent: ast.Module | ast.ClassDef, *, is_public: bool) -> Iterator[str]:
    for node in parent.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            public = is_public and not node.name.startswith("_")
            words = (ast.get_docstring(node) or "").split()
            fault = _fault(node, words) if public else ""
            if fault:
                yield f"{node.lineno}: {node.name}: {fault}"
            if isinstance(node, ast.ClassDef) and not _derives_from(node, "Protocol"):
                yield from _missing_in(node, is_public=public)


def _fault(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, words: list[str]) -> str:
    decorators = " ".join(map(ast.unparse, node.decorator_list))
    if isinstance(node, ast.ClassDef):
        is_error = _derives_from(node, "Error") or _derives_from(node, "Unavailable")
        return "" if words or is_error else "no docstring"
    if "property" in decorators or "overload" in decorators:
        return ""
    if not words:
        return "" if node.name in _OF_EVERY_STEP else "no docstring"
    return (
        "" if words[0].strip(",") in _VERBS.split() else f"{words[0]!r} is not a verb that we use"
    )


def _derives_from(node: ast.ClassDef, ending: str) -> bool:
    return any(ast.unparse(base).endswith(ending) for base in node.bases)


def _sources(package: str) -> dict[str, str]:
    listed = subprocess.check_output(["git", "ls-files", f"{package}/*.py"], cwd=ROOT, text=True)
    names = [name for name in listed.splitlines() if (ROOT / name).is_file()]
    assert names
    return {name: (ROOT / name).read_text("utf-8") for name in names}


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "local_aws"])
def test_public_names_have_docstrings_that_begin_with_a_verb(package: str) -> None:
    """What another module uses says what it does before anyone reads its code."""
    faults = [
        f"{name}:{fault}"
        for name, text in _sources(package).items()
        for fault in find_missing(text)
    ]
    assert not faults


@pytest.mark.parametrize(
    ("definition", "n_faults"),
    [
        ('def find() -> None:\n    """Return a page."""', 0),
        ("def find() -> None: ...", 1),
        ('def find() -> None:\n    """Whether there is a page."""', 1),
        ("def _find() -> None: ...", 0),
        ("def run() -> None: ...", 0),
        ("class Page: ...", 1),
        ("class NoPage(WebError): ...", 0),
        ('class Page:\n    """A page."""\n    def read(self) -> str: ...', 1),
        ('class Page:\n    """A page."""\n    @property\n    def text(self) -> str: ...', 0),
        ('class Page(Protocol):\n    """A page."""\n    def read(self) -> str: ...', 0),
    ],
)
def test_missing_docstrings_are_found(definition: str, n_faults: int) -> None:
    """Each rule has a case that breaks it, and one that does not."""
    assert len(list(find_missing(definition))) == n_faults


def test_every_test_opens_with_a_sentence() -> None:
    """It states the behaviour that the test holds, where the name has no room for it."""
    silent = [
        f"{name}:{node.lineno}: {node.name}"
        for name, text in _sources("tests").items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent


@pytest.mark.parametrize("package", PACKAGES)
def test_errors_are_listed_in_a_section(package: str) -> None:
    """`Raises:` holds one entry an error, so that a reader finds them at a glance."""
    faults = [
        f"{name}:{fault}" for name, text in _sources(package).items() for fault in find_faults(text)
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
