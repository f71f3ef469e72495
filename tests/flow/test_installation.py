"""What `make run`, `make install` and `pip install .` install: enough, and where it is found."""

import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from sentiment.serving.predictor import Predictor, Verdict
from tests.support.local_run import local_run
from tests.support.paths import MODEL_PACKAGE, ROOT
from tests.support.pipeline import call_step as step

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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that `pip install .` builds and installs, built of a copy: it leaves files."""
    copy = tmp_path_factory.mktemp("copy")
    for name in ("pyproject.toml", "setup.py"):
        shutil.copyfile(ROOT / name, copy / name)
    no_caches = shutil.ignore_patterns("__pycache__")
    for name in ("model_pkg", "pretrained"):
        shutil.copytree(ROOT / name, copy / name, ignore=no_caches)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps")
    subprocess.run(
        [*pip, "--no-build-isolation", "--wheel-dir", copy / "made", copy],
        capture_output=True,
        check=True,
    )
    (made,) = (copy / "made").glob("*.whl")
    return made


def test_the_wheel_holds_the_package_and_the_bundled_model(wheel: Path) -> None:
    """All files of the package, also those that are not code, and the model; nothing else."""
    package = MODEL_PACKAGE / "sentiment"
    files = [path for path in package.rglob("*") if path.suffix in {".py", ".txt", ".tsv"}]
    expected = {f"sentiment/{path.relative_to(package).as_posix()}" for path in files}
    expected |= {f"sentiment/pretrained/{p.name}" for p in (ROOT / "pretrained").iterdir()}
    with zipfile.ZipFile(wheel) as content:
        names = {name for name in content.namelist() if ".dist-info/" not in name}
    assert names == expected


def test_an_installed_package_judges_with_its_own_model(wheel: Path, tmp_path: Path) -> None:
    """`Predictor.bundled()` needs nothing of the repository."""
    with zipfile.ZipFile(wheel) as content:
        content.extractall(tmp_path)
    code = (
        "from sentiment import Predictor; found = Predictor.bundled()\n"
        "print(found.predict(['A wonderful film'])[0].sentiment)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "positive\n"


def test_the_readmes_lines_for_a_notebook_work(tmp_path: Path) -> None:
    """They run as they are written, and print what the bundled model says here."""
    readme = (ROOT / "README.md").read_text("utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    verdict, _ = Predictor.bundled().predict(["A wonderful film", "A waste of time"])
    assert isinstance(verdict, Verdict)
    assert done.stdout == f"['positive', 'negative']\n{verdict.score}\n"


def test_what_the_package_needs_is_what_is_tested() -> None:
    """Each dependency of the package is pinned for `make run`, in a version that it accepts."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pinned = {found.name: found for found in read(ROOT / "requirements-run.txt")}
    for text in project["dependencies"]:
        needed = Requirement(text)
        (version,) = pinned[needed.name].specifier
        assert needed.specifier.contains(version.version), text


def test_an_exported_model_scores_raw_text_without_this_repository(tmp_path: Path) -> None:
    """Its folder, NumPy and ONNX Runtime suffice for the example, which scores as `Predictor`."""
    folder = tmp_path / "exported"
    assert step("export", "--onnx", str(folder), environment={}).exit_code == 0
    (tmp_path / "requirements.txt").write_text("numpy\nonnxruntime\n")
    python = make_environment(tmp_path / "requirements.txt", tmp_path / "environment")
    reviews = ["A wonderful film", "<b>Not</b> bad, 7/10 \U0001f60d", "dull " * 1500, "..."]
    done = subprocess.run(
        [python, folder / "example.py", *reviews],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    scores = [float(line.split()[0]) for line in done.stdout.splitlines()]
    verdicts = [verdict.as_json() for verdict in Predictor.bundled().predict(reviews)]
    assert scores == pytest.approx([verdict["score"] for verdict in verdicts], abs=2e-6)
    assert len((folder / "example.py").read_text("utf-8").splitlines()) <= 30
