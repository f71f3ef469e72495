"""Installs a program's requirements.txt into a folder of its own, once per Python and content.

Nothing is installed unless local_aws was started with --allow-pip: pip needs the network, and runs
other people's code. The folder comes first on the program's PYTHONPATH, so local_aws's own packages
stay as they are.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.host.processes import Processes

NOT_INSTALLED = (
    "requirements.txt is not installed, and the program sees local_aws's own packages; try: start "
    "local_aws with --allow-pip"
)
_TURN = threading.Lock()  # one installation at a time


class RequirementsError(LocalAwsError):
    """pip could not install the requirements; the message has its last line."""


class Packages:
    """The folders with installed requirements, in this user's cache."""

    def __init__(self, processes: Processes, *, allowed: bool) -> None:
        self._processes = processes
        self.allowed = allowed

    def environment(
        self, requirements: bytes | None, given: Mapping[str, str], write: Callable[[str], None]
    ) -> dict[str, str]:
        """Return a program's variables `given` so that it finds its requirements; install new ones.

        `write` gets a line where they are not installed.

        Raises:
            RequirementsError: pip could not install them.
        """
        if requirements is None:
            return dict(given)
        if not self.allowed:
            write(f"local_aws: {NOT_INSTALLED}")
            return dict(given)
        key = hashlib.sha256(sys.version.encode() + b"\0" + requirements).hexdigest()[:20]
        folder = _cache() / key
        with _TURN:
            if not folder.is_dir():
                self._install(requirements, folder)
        paths = [str(folder), *filter(None, [given.get("PYTHONPATH")])]
        return {**given, "PYTHONPATH": os.pathsep.join(paths)}

    def _install(self, requirements: bytes, folder: Path) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix="installing-", dir=folder.parent))
        try:
            (work / "requirements.txt").write_bytes(requirements)
            words = [
                sys.executable,
                "-m",
                "pip",
                "install",
                "--disable-pip-version-check",
                "--quiet",
            ]
            words += ["--target", "packages", "--requirement", "requirements.txt"]
            worker = self._processes.start(words, environment=os.environ, cwd=work)
            with worker.output as output:
                lines = output.read().decode("utf-8", "replace").strip().splitlines()
            worker.kill()
            if worker.exit_code:
                raise RequirementsError(
                    "ClientError: requirements.txt cannot be installed: "
                    f"{lines[-1] if lines else f'pip ended with status {worker.exit_code}'}"
                )
            (work / "packages").mkdir(exist_ok=True)  # of an empty file
            (work / "packages").rename(folder)
        finally:
            shutil.rmtree(work, ignore_errors=True)


def describe_python(
    wanted: str, version: str = platform.python_version(), python: Path | str = sys.executable
) -> str:
    """Return the log line that names what was requested and the Python that runs instead."""
    return f"local_aws: Python {version} ({python}) runs in place of {wanted}"


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "local_aws"
