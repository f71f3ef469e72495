"""What the Makefile's environment holds."""

import subprocess
from pathlib import Path

import pytest

from tests.support.paths import MODEL_PACKAGE, ROOT

ENVIRONMENT = ROOT / ".venv"


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
