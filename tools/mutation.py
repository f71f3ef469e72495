"""Change the code in a random sample of places, and see whether the tests notice.

cosmic-ray makes the changes: other operators, numbers, conditions. `make mutation` installs it and
runs this. No file is changed: each change is tried in a forked process, which imports the changed
module and runs the tests of its folder until one fails.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import ModuleType

_ROOT = Path(__file__).resolve().parents[1]
# what is changed, and the tests that should notice
_UNIT = "tests/unit"
_NOT_A_REVIEW = f"{_UNIT}/sentiment/serving/test_not_a_review.py"
_THRESHOLDS = (
    "where_a_kind_of_text_begins",
    "common_words_outweigh_strange_ones",
    "fifty_words_of_plain_english_are_a_review",
    "the_two_thousand_first_words_are_common",
    "ten_thousand_ids_are_enough_to_know_english",
    "numbers_are_recognized",
    "links_and_encoded_data_are_recognized",
    "code_is_recognized",
)
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "not_a_review": (
        "model_pkg/sentiment/serving/not_a_review.py",
        (  # those of the thresholds first: a test that fails early saves the others
            *(f"{_NOT_A_REVIEW}::test_{name}" for name in _THRESHOLDS),
            _NOT_A_REVIEW,
        ),
    ),
    "text": ("model_pkg/sentiment/text/*.py", (f"{_UNIT}/sentiment/text",)),
    "artifact": ("model_pkg/sentiment/artifact/*.py", (f"{_UNIT}/sentiment/artifact",)),
    "validation": ("chalice_app/chalicelib/[cfnr]*.py", (f"{_UNIT}/chalicelib", "tests/contract")),
    "policies": (
        "sagemaker_jobs/aws/policies.py",
        (f"{_UNIT}/sagemaker_jobs/aws/test_policies.py",),
    ),
    "iam": ("local_aws/iam/*.py", (f"{_UNIT}/local_aws/test_iam.py",)),
}
# imported before forking, so that no change's process imports them again; none imports our code
_HEAVY = ("bs4", "boto3", "hypothesis", "moto.server", "numpy", "onnxruntime", "pytest", "torch")
_PLUGINS = ("pytest_socket", "pytest_timeout", "xdist.plugin")
_SKIPPED = ("_Is", "ExceptionReplacer", "RemoveDecorator", "Variable")  # mostly nonsense


@dataclass(frozen=True)
class Mutant:
    """A changed module: where, by what, and its source."""

    path: Path
    line: int
    operator: str
    source: str

    @property
    def module(self) -> str:
        parts = self.path.relative_to(_ROOT).with_suffix("").parts
        return ".".join(parts[1:] if parts[0] in {"model_pkg", "chalice_app"} else parts)

    def diff(self) -> str:
        """Return the changed lines."""
        before = self.path.read_text("utf-8").splitlines()
        lines = difflib.unified_diff(before, self.source.splitlines(), lineterm="", n=0)
        return "\n".join(
            line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}
        )


def sample(pattern: str, n: int, seed: int) -> list[Mutant]:
    """Return `n` mutants of the files, at places drawn with the seed."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names

    draw = random.Random(seed)  # noqa: S311 - a sample, not a secret
    names = [n for n in operator_names() if not any(part in n for part in _SKIPPED)]
    places: dict[tuple[Path, tuple[int, int]], list[tuple[str, int]]] = {}
    for path in sorted(_ROOT.glob(pattern)):
        tree = get_ast(path.read_text("utf-8"))
        for name in names:
            operator = get_operator(name)()
            found = chain.from_iterable(map(operator.mutation_positions, ast_nodes(tree)))
            for occurrence, (start, _) in enumerate(found):
                places.setdefault((path, start), []).append((name, occurrence))
    order = sorted(places)
    draw.shuffle(order)
    mutants: list[Mutant] = []
    for path, start in order:
        name, occurrence = draw.choice(places[path, start])
        text = path.read_text("utf-8")
        changed = mutate_code(text, get_operator(name)(), occurrence)
        if changed and _behaviour(changed) not in {None, _behaviour(text)}:
            mutants.append(Mutant(path, start[0], name.removeprefix("core/"), changed))
        if len(mutants) == n:
            break
    return mutants


def _behaviour(source: str) -> str | None:
    """Return the code without annotations, which nothing evaluates; None if it does not compile."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
    return ast.dump(tree)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._mutant.module:
            return None
        return importlib.util.spec_from_file_location(fullname, self._mutant.path, loader=self)

    def get_source(self, _fullname: str) -> str:
        return self._mutant.source


def is_killed(mutant: Mutant | None, tests: Sequence[str], limit_s: int) -> bool:
    """Return whether a test fails, or none ends in time, with the mutant in place."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return status != 0
    try:
        signal.alarm(limit_s)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nowhere, stream)
        import pytest

        if mutant is not None:
            sys.meta_path.insert(0, _Finder(mutant))
        options = ["-x", "-q", "-p", "no:cacheprovider", *_plugin_options()]
        os._exit(int(pytest.main([*options, *tests])))
    finally:
        os._exit(99)


def _plugin_options() -> Iterator[str]:
    for name in _PLUGINS:
        yield from ("-p", name)


def main() -> int:
    """Print each mutant that no test notices, and the counts."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.mutation",
        description="Change code at random; report what tests miss.",
    )
    parser.add_argument(
        "groups",
        nargs="*",
        metavar="GROUP",
        help=f"groups of modules to change: {', '.join(GROUPS)} (default: all)",
    )
    parser.add_argument(
        "--mutants",
        type=int,
        default=20,
        metavar="N",
        help="number of changes in each group (default: 20)",
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="random seed (default: 1)")
    parser.add_argument(
        "--limit",
        type=int,
        default=600,
        metavar="SECONDS",
        help="longest time of a change's tests (default: 600)",
    )
    arguments = parser.parse_args()
    os.environ |= {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "ORT_DISABLE_TELEMETRY": "1",
    }
    os.chdir(_ROOT)
    for name in _HEAVY:
        importlib.import_module(name)
    counts: Counter[str] = Counter()
    for group in arguments.groups or GROUPS:
        pattern, tests = GROUPS[group]
        started = time.monotonic()
        if is_killed(None, tests, arguments.limit):
            print(f"error: the tests of {group} fail without a change", file=sys.stderr)
            return 1
        print(f"{group}: the tests take {time.monotonic() - started:.0f} s", flush=True)
        killed = 0
        mutants = sample(pattern, arguments.mutants, arguments.seed)
        for mutant in mutants:
            if is_killed(mutant, tests, arguments.limit):
                killed += 1
                print(".", end="", flush=True)
            else:
                where = f"{mutant.path.relative_to(_ROOT)}:{mutant.line}"
                print(f"\nsurvived: {where} {mutant.operator}\n{mutant.diff()}", flush=True)
        counts["killed"] += killed
        counts["all"] += len(mutants)
        print(f"\n{group}: {killed} of {len(mutants)} killed", flush=True)
    print(f"together: {counts['killed']} of {counts['all']} killed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
