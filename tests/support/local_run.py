"""`make run` as a process: the whole system with the bundled model, for tests to use."""

import os
import shlex
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.loopback import free_port
from tests.support.paths import ROOT
from tests.support.served_app import ServedApp
from tests.support.timeouts import HANG_S


@dataclass(frozen=True)
class LocalRun(ServedApp):
    """A running run_local.py; `temporary` is where its temporary files go."""

    process: "subprocess.Popen[str]"
    temporary: Path

    def post(self, review: str) -> str:
        """Return what POST /review answers to the review as text."""
        request = urllib.request.Request(
            f"{self.url}/review", review.encode(), {"Content-Type": "text/plain"}
        )
        with urllib.request.urlopen(request, timeout=HANG_S) as answer:
            return str(answer.read().decode())


def start_process(
    port: int,
    temporary: Path,
    *,
    tracer: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    python: Path = Path(sys.executable),
) -> "subprocess.Popen[str]":
    """Return run_local.py, just started, with a tracer's command line before its own."""
    return subprocess.Popen(
        [*tracer, str(python), "run_local.py", "--port", str(port)],
        cwd=ROOT,
        env={**environment, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def local_run(
    tracer: Sequence[str] = (),
    environment: Mapping[str, str] = os.environ,
    python: Path = Path(sys.executable),
) -> Iterator[LocalRun]:
    """Run run_local.py, from when it has printed the form's address."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="run-local-") as temporary:
        process = start_process(
            port, Path(temporary), tracer=tracer, environment=environment, python=python
        )
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if "the form:" in line:
                break
        else:
            raise AssertionError("".join(printed))
        try:
            url = f"http://127.0.0.1:{port}"
            yield LocalRun(url, _printed_variables(printed), process, Path(temporary))
        finally:
            process.terminate()
            process.communicate(timeout=HANG_S)


def _printed_variables(lines: list[str]) -> dict[str, str]:
    """Return what the printed `export` line would set."""
    (line,) = (line for line in lines if "export" in line)
    _, _, assignments = line.partition("export ")
    return dict(word.split("=", 1) for word in shlex.split(assignments))
