"""The fuzzers of `make fuzz`, with a fixed seed and few inputs: no parser breaks its promise."""

import os
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.support.fuzz.__main__ import PAGE_SCRIPT, Broken, fuzz
from tests.support.fuzz.mutations import mutate
from tests.support.fuzz.targets import Target, make_targets
from tests.support.timeouts import HANG_S

SEED, N_INPUTS = 29, 150
NAMES = [
    "cleaning",
    "model requests",
    "web requests",
    "model answers",
    "artifact",
    "archive",
    "tables",
]


@pytest.fixture(scope="module")
def targets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Target]:
    return make_targets(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("name", NAMES)
def test_any_bytes_give_a_value_or_a_declared_error(targets: dict[str, Target], name: str) -> None:
    """Whatever the bytes: no other exception, and never seconds for 4 kB."""
    assert fuzz(name, targets[name], SEED, inputs=N_INPUTS)[0] == N_INPUTS


def test_every_target_is_in_this_run(targets: dict[str, Target]) -> None:
    """A target that is added is fuzzed here too."""
    assert sorted(targets) == sorted(NAMES)


def test_a_broken_promise_is_found_with_its_input() -> None:
    """The report has the seed and the input, and both make it again."""

    def run(content: bytes, _: Random) -> None:
        content.decode()

    target = Target(run, ["é".encode() * 20])
    found = []
    for _ in range(2):
        with pytest.raises(Broken, match=r"UnicodeDecodeError.*toy, seed 1, input \d+: b'") as one:
            fuzz("toy", target, 1, inputs=1_000)
        found.append(str(one.value))
    assert found[0] == found[1]


def test_the_same_seed_makes_the_same_inputs() -> None:
    """And another seed others."""

    def make(seed: int) -> list[bytes]:
        random = Random(seed)  # noqa: S311 - inputs, not secrets
        return [mutate([b"A good film", b"A bad one"], random) for _ in range(50)]

    assert make(1) == make(1)
    assert make(1) != make(2)


def test_the_pages_tables_survive_any_file(tmp_path: Path) -> None:
    """In Node, as `make fuzz` runs it."""
    if shutil.which("node") is None:
        assert not os.environ.get("CI"), "CI has Node"
        pytest.skip("the page's scripts need Node, which is not here")
    done = subprocess.run(
        ["node", PAGE_SCRIPT, "--inputs", "150", "--seconds", "600", "--seed", str(SEED)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "150 inputs" in done.stdout
