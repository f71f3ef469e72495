"""Who may import whom, and what is pinned where."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

OURS = {
    "sentiment",
    "sagemaker_jobs",
    "chalicelib",
    "app",
    "local_aws",
    "train",
    "predict",
    "serve",
}
MAY_IMPORT = {
    "model_pkg/sentiment": {"sentiment"},
    "model_pkg": {"sentiment", "predict"},
    "sagemaker_jobs": {"sagemaker_jobs", "sentiment"},
    "chalice_app": {"chalicelib"},
    "local_aws": {"local_aws"},
}


def _imported(file: Path) -> set[str]:
    """Top-level names of every import in the file, wherever it stands."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_walls_between_the_deployables(folder: str) -> None:
    """No deployable imports another, but for the ways the design names."""
    pattern = "*.py" if folder == "model_pkg" else "**/*.py"
    files = sorted((ROOT / folder).glob(pattern))
    assert files
    for file in files:
        foreign = (_imported(file) & OURS) - MAY_IMPORT[folder]
        assert not foreign, f"{file.relative_to(ROOT)} imports {foreign}"


def test_the_web_app_needs_nothing_but_what_lambda_has() -> None:
    """The Lambda's code imports the standard library, boto3 and Chalice only."""
    allowed = {*sys.stdlib_module_names, "boto3", "botocore", "chalice", "chalicelib"}
    for file in (ROOT / "chalice_app").glob("**/*.py"):
        assert _imported(file) <= allowed, file.name


def test_importing_the_package_is_light() -> None:
    """Neither torch nor what reads text is loaded before something needs it."""
    code = "import sys, sentiment; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'model_pkg'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"torch", "boto3", "sagemaker", "nltk", "bs4"} & set(done.stdout.split())


def test_serving_loads_no_pytorch() -> None:
    """A model is loaded, scores and explains without it."""
    code = (
        "import sys, predict; predictor = predict.model_fn(sys.argv[1]); "
        "print(predictor.explain('A good film.').score, *sys.modules)"
    )
    folder = ROOT / "tests" / "golden" / "artifact-v2"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={"PYTHONPATH": str(ROOT / "model_pkg"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    score, *modules = done.stdout.split()
    assert 0 < float(score) < 1
    assert not {"torch", "nltk", "bs4"} & set(modules)


def _pins(file: Path) -> dict[str, str]:
    lines = [line.partition("#")[0].strip() for line in file.read_text("utf-8").splitlines()]
    pins = [line.partition("==") for line in lines if line and not line.startswith("-")]
    return {name.partition("[")[0]: version for name, _, version in pins}


def test_every_dependency_is_pinned_and_pinned_alike() -> None:
    """Exact versions everywhere, and the containers' are those tested here."""
    top = _pins(ROOT / "requirements.txt")
    container = _pins(ROOT / "model_pkg" / "requirements.txt")
    assert all({**top, **container, **_pins(ROOT / "requirements-dev.txt")}.values())
    assert container.items() <= top.items()
    dockerfile = (ROOT / "model_pkg" / "Dockerfile").read_text()
    assert f"numpy=={top['numpy']}" in dockerfile


def test_the_container_is_not_root() -> None:
    """The Dockerfile changes to an unprivileged user and starts the server in exec form."""
    lines = (ROOT / "model_pkg" / "Dockerfile").read_text().splitlines()
    assert "USER model" in lines
    assert 'ENTRYPOINT ["python", "/opt/program/serve.py"]' in lines
