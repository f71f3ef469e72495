"""Who may import whom, and what is pinned where."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tools import layout

_MAX_CHECKOUT_BYTES = 25_000_000


def _imported(file: Path) -> set[str]:
    """Top-level names of every import in the file, wherever it stands."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").partition(".")[0])
    return names


def test_every_import_keeps_the_rules() -> None:
    """No package imports what the design forbids it, no step a step, and no cycle exists."""
    modules = layout.find_modules()
    assert len(modules) > 100
    assert layout.find_breaches(modules) == []


def test_a_forbidden_import_is_found(tmp_path: Path) -> None:
    """A step that imports a step, serving that imports training, and a cycle are all reported."""
    files = {
        "sagemaker_jobs/steps/one.py": "from sagemaker_jobs.steps import two",
        "sagemaker_jobs/steps/two.py": "import sagemaker_jobs.steps.one",
        "model_pkg/sentiment/serving/a.py": "def late():\n    from sentiment.training.run import t",
        "model_pkg/sentiment/training/run.py": "",
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    breaches = "\n".join(layout.find_breaches(layout.find_modules(tmp_path)))
    assert "sagemaker_jobs.steps.one imports sagemaker_jobs.steps.two" in breaches
    assert "sentiment.serving.a imports sentiment.training.run" in breaches
    assert "cycle" in breaches


def test_no_folder_is_crowded() -> None:
    """A folder holds at most twenty modules, so that a stranger can read its list."""
    assert all(n <= layout.MAX_MODULES for n in layout.count_modules().values())


def test_flow_tests_share_no_region() -> None:
    """A worker's local_aws outlives a module: what one leaves in its region, no other may meet."""
    users: dict[str, set[str]] = {}
    for path in (ROOT / "tests" / "flow").rglob("*.py"):
        if "local_aws" not in path.parts:
            for region in re.findall(r'"([a-z]{2}(?:-gov)?-[a-z]+-\d)"', path.read_text("utf-8")):
                users.setdefault(region, set()).add(path.name)
    assert len(users) > 10
    assert {region: names for region, names in users.items() if len(names) > 1} == {}


def test_no_module_is_long() -> None:
    """A module has at most 300 lines; the next thing goes into another one."""
    assert layout.find_long_modules() == []


def test_the_web_app_needs_nothing_but_what_lambda_has() -> None:
    """The Lambda's code imports the standard library, boto3 and Chalice only."""
    allowed = {*sys.stdlib_module_names, "boto3", "botocore", "chalice", "chalicelib"}
    for file in (ROOT / "chalice_app").glob("**/*.py"):
        assert _imported(file) <= allowed, file.name


def test_programs_run_without_the_tests() -> None:
    """What judges, measures and maintains the project imports nothing from tests/."""
    for folder in ("evaluation", "benchmarks", "tools"):
        for file in (ROOT / folder).glob("**/*.py"):
            assert "tests" not in _imported(file), file


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
    run = _pins(ROOT / "requirements-run.txt")
    top = _pins(ROOT / "requirements.txt")
    container = _pins(ROOT / "model_pkg" / "requirements.txt")
    assert all({**run, **top, **container, **_pins(ROOT / "requirements-dev.txt")}.values())
    assert container.items() <= run.items()
    assert {name: run.get(name, version) for name, version in top.items()} == top


def test_the_requirements_name_what_the_project_stands_on() -> None:
    """requirements.txt includes what running needs; all three files name the agreed libraries."""
    assert "-r requirements-run.txt" in (ROOT / "requirements.txt").read_text().splitlines()
    assert "-r requirements.txt" in (ROOT / "requirements-dev.txt").read_text().splitlines()
    named = {
        name
        for file in ("requirements-run.txt", "requirements.txt", "requirements-dev.txt")
        for name in _pins(ROOT / file)
    }
    agreed = {"chalice", "boto3", "sagemaker-core", "torch", "nltk", "beautifulsoup4", "moto"}
    assert named >= {*agreed, "pytest"}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this copy is not a git checkout")
def test_a_clone_stays_small() -> None:
    """The tracked files, the bundled model among them, are under 25 MB in all."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    assert ROOT / "pretrained" / "model.safetensors" in files
    sizes = {file: file.lstat().st_size for file in files if file.is_file()}
    largest = sorted(sizes, key=sizes.__getitem__, reverse=True)[:10]
    assert sum(sizes.values()) < _MAX_CHECKOUT_BYTES, largest


def test_the_container_is_root_and_its_server_gets_signals() -> None:
    """SageMaker demands root; in exec form the server itself gets SIGTERM."""
    lines = (ROOT / "model_pkg" / "Dockerfile").read_text().splitlines()
    assert not [line for line in lines if line.startswith("USER")]
    assert 'ENTRYPOINT ["python", "/opt/program/serve.py"]' in lines
    assert 'CMD ["serve"]' in lines
