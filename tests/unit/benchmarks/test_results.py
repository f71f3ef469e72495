"""Where measurements are saved."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("program", "option"), [("benchmarks", "--save"), ("benchmarks.serving_growth", "--to")]
)
def test_a_file_of_somebody_else_survives(tmp_path: Path, program: str, option: str) -> None:
    """Neither option overwrites what no measurement wrote; nothing is measured first."""
    thesis = tmp_path / "thesis.json"
    thesis.write_text("three years of work")
    named = thesis if option == "--to" else thesis.with_suffix("")
    only = () if option == "--to" else ("--quick", "--only", "names")
    done = subprocess.run(
        [sys.executable, "-m", program, option, named, *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {1, 2}
    assert "thesis" in done.stderr.splitlines()[-1]
    assert thesis.read_text() == "three years of work"
