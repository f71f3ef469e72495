"""Count modules and their lines, and check the imports: `python -m tools.layout`.

The rules are those of docs/architecture.md. A package may import only what _RULES lists for it.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
MAX_MODULES = 20  # in a folder
MAX_LINES = 300  # in a module
_CODE = (
    "model_pkg",
    "sagemaker_jobs",
    "local_aws",
    "chalice_app",
    "client",
    "evaluation",
    "benchmarks",
    "tools",
    "tests",
)

_ROOTS = tuple(
    f"sentiment.{name}" for name in ("errors", "recipe", "safe_files", "tensors", "version")
)
_TEXT = (*_ROOTS, "sentiment.text")
_DATA = (*_TEXT, "sentiment.data")
_MODELS = (*_DATA, "sentiment.models")
_ARTIFACT = (*_TEXT, "sentiment.artifact")
_JOBS = tuple(
    f"sagemaker_jobs.{name}" for name in ("errors", "files", "libraries", "paths", "terminal")
)
_RESOURCES = (*_JOBS, "sagemaker_jobs.aws", "sagemaker_jobs.archive")
_WORK = tuple(
    f"sagemaker_jobs.{name}"
    for name in ("training", "endpoint", "hardening", "scores", "tables", "bulk")
)
_LOCAL = tuple(
    f"local_aws.{name}"
    for name in ("arns", "errors", "http", "access", "credentials", "protocols", "request_body")
)
_HOST = (*_LOCAL, "local_aws.host")
_IAM = (*_LOCAL, "local_aws.iam")
_SAGEMAKER = (*_HOST, "local_aws.context", "local_aws.log_stream", "local_aws.sagemaker")

_RELEASE = "sagemaker_jobs.steps.release"  # its steps run the others

# Which of our packages each of them may import; the longest prefix of a module's name decides.
_RULES: dict[str, tuple[str, ...]] = {
    "sentiment": ("sentiment",),
    "sentiment.errors": (),
    "sentiment.version": (),
    "sentiment.recipe": ("sentiment.errors",),
    "sentiment.safe_files": ("sentiment.errors",),
    "sentiment.tensors": ("sentiment.errors", "sentiment.safe_files"),
    "sentiment.text": _TEXT,
    "sentiment.data": _DATA,
    "sentiment.models": _MODELS,
    "sentiment.augmentation": (*_MODELS, "sentiment.augmentation"),
    "sentiment.artifact": _ARTIFACT,
    "sentiment.serving": (*_ARTIFACT, "sentiment.serving"),
    "sentiment.training": (
        *_MODELS,
        "sentiment.artifact",
        "sentiment.augmentation",
        "sentiment.training",
    ),
    "train": ("sentiment",),
    "predict": (*_ARTIFACT, "sentiment.serving"),
    "serve": (*_ARTIFACT, "sentiment.serving", "predict"),
    "sagemaker_jobs": ("sagemaker_jobs", "sentiment"),
    **dict.fromkeys(_JOBS, ("sagemaker_jobs.errors",)),
    "sagemaker_jobs.files": ("sagemaker_jobs.errors", "sentiment.errors", "sentiment.safe_files"),
    "sagemaker_jobs.aws": (*_RESOURCES, "sentiment"),
    "sagemaker_jobs.archive": (*_RESOURCES, "sentiment"),
    **dict.fromkeys(_WORK, (*_RESOURCES, *_WORK, "sentiment")),
    "sagemaker_jobs.operations": (
        *_RESOURCES,
        *_WORK,
        "sagemaker_jobs.operations",
        "sagemaker_jobs.release",
        "sentiment",
    ),
    "sagemaker_jobs.report_page": (
        *_RESOURCES,
        *_WORK,
        "sagemaker_jobs.report_page",
        "sentiment",
    ),
    "sagemaker_jobs.release": (*_RESOURCES, *_WORK, "sagemaker_jobs.release", "sentiment"),
    "local_aws": ("local_aws",),
    **dict.fromkeys(_LOCAL, _LOCAL),
    "local_aws.host": _HOST,
    "local_aws.iam": _IAM,
    "local_aws.context": _HOST,
    "local_aws.embedded_metrics": (),
    "local_aws.log_stream": (*_HOST, "local_aws.context", "local_aws.embedded_metrics"),
    "local_aws.sagemaker": _SAGEMAKER,
    "local_aws.functions": (*_SAGEMAKER, "local_aws.functions"),
    "app": ("chalicelib",),
    "chalicelib": ("chalicelib",),
    "client": (),
}


def find_modules(root: Path = _ROOT) -> dict[str, Path]:
    """Return the path of every module of the deployables by import name."""
    found = {}
    for folder in ("model_pkg", "sagemaker_jobs", "local_aws", "chalice_app", "client"):
        base = root / folder if folder in {"model_pkg", "chalice_app"} else root
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(base).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the names of our modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in modules else node.module for name in inside]
        else:
            continue
        yield from (name for name in names if name in modules)


def find_breaches(modules: dict[str, Path]) -> list[str]:
    """Return a sentence for every import that the rules forbid, and for every import cycle."""
    breaches = []
    graph = {name: set(read_imports(path, modules)) for name, path in modules.items()}
    for name, targets in graph.items():
        rule = max((key for key in _RULES if _within(name, key)), key=len)
        package = name.partition(".")[0]  # every module may import its version
        for target in sorted(targets - {package}):
            if not any(_within(target, allowed) for allowed in _RULES[rule]):
                breaches.append(f"{name} imports {target}; {rule} may not")
            if _is_step(name) and _is_step(target) and not _within(name, _RELEASE):
                breaches.append(f"{name} imports {target}; no step imports a step")
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        breaches.append(f"an import cycle: {' -> '.join(error.args[1])}")
    return breaches


def count_modules() -> Counter[str]:
    """Return the number of modules in each folder, without `__init__.py`."""
    return Counter(
        str(path.parent.relative_to(_ROOT)) for path in _files() if path.name != "__init__.py"
    )


def find_long_modules() -> list[str]:
    """Return a sentence for every module that has more than MAX_LINES lines."""
    counts = {path: len(path.read_text("utf-8").splitlines()) for path in _files()}
    return [
        f"{path.relative_to(_ROOT)} has {n} lines, more than {MAX_LINES}"
        for path, n in counts.items()
        if n > MAX_LINES
    ]


def main() -> int:
    """Print the folders' sizes and the breaches; return 1 if a rule is broken."""
    counts, modules = count_modules(), find_modules()
    for folder, count in sorted(counts.items()):
        print(f"{count:3}  {folder}")
    crowded = [
        f"{folder} has {n} modules, more than {MAX_MODULES}"
        for folder, n in counts.items()
        if n > MAX_MODULES
    ]
    breaches = crowded + find_long_modules() + find_breaches(modules)
    print("\n".join(breaches) or f"{len(_RULES)} import rules hold for {len(modules)} modules")
    return 1 if breaches else 0


def _files() -> list[Path]:
    files = [path for folder in _CODE for path in (_ROOT / folder).rglob("*.py")]
    return [path for path in files if "node_modules" not in path.parts]


def _within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def _is_step(name: str) -> bool:
    return name.startswith("sagemaker_jobs.steps.")


if __name__ == "__main__":
    sys.exit(main())
