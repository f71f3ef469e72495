"""The web app as a Chalice project that commands of Chalice may write into."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S


def copy_of_web_app(folder: Path) -> Path:
    """Copy the app and its page, as git knows them, into `folder`; return the project in it.

    `chalice deploy` writes what it has deployed into its project.
    """
    leave_out = shutil.ignore_patterns("deployed", "deployments", "__pycache__", "venv")
    for name in ("chalice_app", "static"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=leave_out)
    version = Path("model_pkg", "sentiment", "version.py")  # chalicelib has a link to it
    (folder / version).parent.mkdir(parents=True)
    shutil.copy(ROOT / version, folder / version)
    return folder / "chalice_app"


def run_chalice(
    project: Path, *words: str, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a command of Chalice in `project`, as a developer does whose Python caches bytecode."""
    variables = {**os.environ, **environment}
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [Path(sys.executable).with_name("chalice"), *words],
        cwd=project,
        env=variables,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )


def do_chalice(project: Path, *words: str, environment: Mapping[str, str]) -> None:
    """Run a command that is to succeed."""
    done = run_chalice(project, *words, environment=environment)
    assert done.returncode == 0, done.stdout + done.stderr
