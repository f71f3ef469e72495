"""What `make run` and `make install` install: enough, and where it can be found."""

import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.local_run import local_run
from tests.support.paths import MODEL_PACKAGE, ROOT

ENVIRONMENT = ROOT / ".venv"
NOT_LINKED = {"..", "__pycache__"}  # scripts, and caches of modules


def make_environment(requirements: Path, folder: Path) -> Path:
    """Make a virtual environment from links to installed packages; return its Python.

    It holds the file's packages and what they need, and finds `sentiment` as an editable install.
    """
    venv.create(folder, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = folder / "lib" / version / "site-packages"
    for name in with_dependencies(read(requirements)):
        found = distribution(name)
        for top in {file.parts[0] for file in found.files or ()} - NOT_LINKED:
            link = site_packages / top
            if not link.exists():
                link.symlink_to(Path(str(found.locate_file(top))))
    (site_packages / "sentiment.pth").write_text(f"{MODEL_PACKAGE}\n")
    return folder / "bin" / "python"


def read(requirements: Path) -> Iterator[Requirement]:
    for line in requirements.read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            yield Requirement(text)


def with_dependencies(wanted: Iterator[Requirement]) -> set[str]:
    """Return the names of the packages wanted, and of all that they need."""
    seen: dict[str, str] = {}
    waiting = list(wanted)
    while waiting:
        requirement = waiting.pop()
        if str(requirement) in seen:
            continue
        seen[str(requirement)] = requirement.name
        for text in distribution(requirement.name).requires or ():
            needed = Requirement(text)
            extras = ["", *requirement.extras]
            if needed.marker is None or any(needed.marker.evaluate({"extra": e}) for e in extras):
                waiting.append(needed)
    return set(seen.values())


def test_running_imports_no_more_than_its_requirements(tmp_path: Path) -> None:
    """With the packages of requirements-run.txt alone the bundled model is deployed and judges."""
    python = make_environment(ROOT / "requirements-run.txt", tmp_path)
    heavy = ["torch", "sagemaker", "nltk", "scipy", "cfnlint"]
    code = f"from importlib.util import find_spec; print([n for n in {heavy} if find_spec(n)])"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
    with local_run(python=python) as running:
        assert running.post("A wonderful film") == "1.0"


@pytest.mark.skipif(
    ENVIRONMENT.is_symlink() or not (ENVIRONMENT / "installed-run").is_file(),
    reason="this checkout has no environment of its own that make installed",
)
def test_sentiment_can_be_imported_from_any_folder(tmp_path: Path) -> None:
    """`make install` and `make run` install this checkout's package in editable mode."""
    done = subprocess.run(
        [ENVIRONMENT / "bin" / "python", "-I", "-c", "import sentiment; print(sentiment.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == str(MODEL_PACKAGE / "sentiment" / "__init__.py"), done.stderr
