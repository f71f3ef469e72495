"""The page's pure scripts, tested by Node's own test runner."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.timeouts import HANG_S

FOLDER = Path(__file__).parent
STATIC = FOLDER.parents[1] / "static"
# imports the page's modules as they are: older ones need a package.json beside them
_OLDEST = (20, 19)


def test_scripts_do_what_their_tests_say() -> None:
    """Every `*.test.mjs` of this folder passes."""
    node = shutil.which("node")
    version = "" if node is None else subprocess.check_output([node, "--version"], text=True)
    found = tuple(map(int, re.findall(r"\d+", version)[:2]))
    if found < _OLDEST:
        reason = f"Node {'.'.join(map(str, _OLDEST))} or newer is not here: {version or 'none'}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    tests = sorted(map(str, FOLDER.glob("*.test.mjs")))
    done = subprocess.run(
        ["node", "--test", *tests], capture_output=True, text=True, timeout=HANG_S, check=False
    )
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr


@pytest.mark.parametrize("path", sorted(STATIC.iterdir()), ids=lambda path: path.name)
def test_lines_can_be_read(path: Path) -> None:
    """No line of the page's files has more than 120 characters."""
    lines = path.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 120] == []
