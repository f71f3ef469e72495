"""`make run`: the whole system with the bundled model, as a person starts and stops it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.paths import ROOT

DEADLINE_S = 120


@dataclass(frozen=True)
class _Running:
    process: "subprocess.Popen[str]"
    url: str
    temporary: Path

    def post(self, review: str, accept: str = "*/*") -> str:
        request = urllib.request.Request(
            f"{self.url}/review",
            review.encode(),
            {"Content-Type": "text/plain", "Accept": accept},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(answer.read().decode())


def _start(port: int, temporary: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "run_local.py", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.fixture(scope="module")
def running() -> Iterator[_Running]:
    """run_local.py, once it has printed the form's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="run-local-") as temporary:
        process = _start(port, Path(temporary))
        assert process.stdout is not None
        started = time.monotonic()
        printed = []
        for line in process.stdout:
            printed.append(line)
            if "the form:" in line:
                break
            assert time.monotonic() - started < DEADLINE_S
        assert process.poll() is None, "".join(printed)
        yield _Running(process, f"http://127.0.0.1:{port}", Path(temporary))
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("review", "verdict"),
    [("A wonderful film", "1.0"), ("A dull and predictable waste of two hours", "0.0")],
)
def test_the_bundled_model_answers_over_http(running: _Running, review: str, verdict: str) -> None:
    """Text in, 1.0 or 0.0 out, through web app, endpoint and LSTM."""
    assert running.post(review) == verdict


def test_the_form_is_served(running: _Running) -> None:
    """The address that is printed shows the form."""
    with urllib.request.urlopen(running.url, timeout=30) as answer:
        assert "Is your review positive, or negative?" in answer.read().decode()


def test_a_busy_port_is_one_sentence(running: _Running, tmp_path: Path) -> None:
    """Started a second time on the same port, it says what to do and touches nothing."""
    port = int(running.url.rpartition(":")[2])
    output, _ = _start(port, tmp_path).communicate(timeout=DEADLINE_S)
    assert output == f"error: port {port} is busy; try: PORT={port + 1} make run\n"
    assert running.post("A wonderful film") == "1.0"


def test_ctrl_c_leaves_nothing(running: _Running) -> None:
    """After Ctrl-C: exit code 0, no process, no temporary file."""
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert children, "the endpoint runs in a process of its own"
    running.process.send_signal(signal.SIGINT)
    running.process.communicate(timeout=30)
    assert running.process.returncode == 0
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    assert list(running.temporary.iterdir()) == []
