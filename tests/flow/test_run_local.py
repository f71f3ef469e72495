"""`make run`: the whole system with the bundled model, as a person starts and stops it."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from chalice import Chalice
from chalice.config import Config

import run_local
from tests.support.chalice_project import copy_of_web_app
from tests.support.local_aws.raw_requests import send
from tests.support.local_aws.signals import signal_a_thread
from tests.support.local_run import LocalRun, local_run, start_process
from tests.support.local_server import running as serving
from tests.support.loopback import free_port
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S


@pytest.fixture(scope="module")
def running() -> Iterator[LocalRun]:
    with local_run() as running:
        yield running


@pytest.mark.parametrize(
    ("review", "verdict"),
    [("A wonderful film", "1.0"), ("A dull and predictable waste of two hours", "0.0")],
)
def test_the_bundled_model_answers_over_http(running: LocalRun, review: str, verdict: str) -> None:
    """Text in, 1.0 or 0.0 out, through web app, endpoint and LSTM."""
    assert running.post(review) == verdict


def test_the_form_is_served(running: LocalRun) -> None:
    """The address that is printed shows the form."""
    with urllib.request.urlopen(running.url, timeout=HANG_S) as answer:
        assert "Is your review positive, or negative?" in answer.read().decode()


def test_two_hundred_clients_may_connect_at_once(
    aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system keeps their connections while none is accepted yet."""
    for name, value in aws_environment.items():
        monkeypatch.setenv(name, value)
    port = free_port()
    server = run_local._make_web_app(port).server
    with ExitStack() as clients:
        clients.callback(server.server_close)
        for _ in range(200):
            clients.enter_context(socket.create_connection(("127.0.0.1", port), timeout=HANG_S))


@pytest.mark.parametrize(
    ("headers", "sent", "reason"),
    [
        ("Content-Length: 50", b"A", "within the timeout period"),
        ("Transfer-Encoding: chunked", b"32\r\nA", "within the timeout period"),
        ("Content-Length: 1\r\nContent-Length: 2", b"A.", "not one whole number"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip", b"", "other than chunked"),
    ],
)
def test_a_body_without_a_clear_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, headers: str, sent: bytes, reason: str
) -> None:
    """In API Gateway's form; a client that sends no more does not keep its thread."""
    monkeypatch.setattr(run_local._Handler, "timeout", 0.2)
    app = Chalice("films")
    app.route("/review", methods=["POST"], content_types=["text/plain"])(lambda: "1.0")
    config = Config.create(chalice_app=app, lambda_timeout=20)
    handler = partial(run_local._Handler, app_object=app, config=config)
    head = f"POST /review HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n{headers}\r\n\r\n"
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as url:
        answer = send(url, head.encode(), sent)
    start, _, body = answer.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1\.1 (400|501) ", start)
    assert reason in json.loads(body)["message"]


def test_head_claims_no_length_that_get_has_not(running: LocalRun) -> None:
    """The body that is missing has a length of its own, which nobody knows any more."""
    request = urllib.request.Request(running.url, method="HEAD")
    with urllib.request.urlopen(request, timeout=HANG_S) as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Length"] is None


def test_a_busy_port_is_one_sentence(running: LocalRun, tmp_path: Path) -> None:
    """Started a second time on the same port, it says what to do and touches nothing."""
    port = int(running.url.rpartition(":")[2])
    output, _ = start_process(port, tmp_path).communicate(timeout=HANG_S)
    assert output == f"error: port {port} is busy; try: PORT={port + 1} make run\n"
    assert running.post("A wonderful film") == "1.0"


@pytest.mark.parametrize("port", ["99999", "-1", "0", "http"])
def test_a_port_that_cannot_be_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not taken for a busy one, nor 0 for an address that can be opened."""
    with pytest.raises(SystemExit) as ended:
        run_local.main([f"--port={port}"])
    assert ended.value.code == 2
    assert f"must be a port from 1 to 65535, not {port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "port", "description"),
    [
        (errno.EADDRINUSE, 65_535, "port 65535 is busy; try: PORT=65534 make run"),
        (errno.EACCES, 80, "port 80 cannot be used: Permission denied; try: PORT=8000 make run"),
    ],
)
def test_a_port_problem_is_described(number: int, port: int, description: str) -> None:
    """A port that is taken, and one that needs privileges, each with one to try."""
    problem = OSError(number, os.strerror(number))
    assert run_local._describe_port_problem(problem, port) == description


def test_a_stray_file_in_static_is_one_line(tmp_path: Path) -> None:
    """`make run` names the file that the web app cannot serve, exits 1, and leaves nothing."""
    copy_of_web_app(tmp_path)
    program = shutil.copy(ROOT / "run_local.py", tmp_path)
    (tmp_path / "static" / "notes.txt").write_text("buy milk")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    port = free_port()
    done = subprocess.run(
        [sys.executable, program, f"--port={port}", f"--artifact={run_local._BUNDLED_MODEL}"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    assert done.stderr.splitlines()[-1] == (
        "error: the web app cannot start: static/notes.txt: files of this type are not served; "
        "try: correct or remove that file, then start again"
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
    assert list(temporary.iterdir()) == []


def test_ctrl_c_leaves_nothing(running: LocalRun) -> None:
    """After Ctrl-C: exit code 0, no process, no temporary file, and no traceback was
    printed, though a visitor left before the answer.
    """
    leave_before_the_answer(running)
    assert running.post("A wonderful film") == "1.0"
    children = psutil.Process(running.process.pid).children(recursive=True)
    assert children, "the endpoint runs in a process of its own"
    signal_a_thread(running.process.pid, signal.SIGINT)  # which does not wake the main thread
    output, _ = running.process.communicate(timeout=HANG_S)
    assert running.process.returncode == 0
    assert "Traceback" not in output
    _, alive = psutil.wait_procs(children, timeout=HANG_S)
    assert alive == []
    assert list(running.temporary.iterdir()) == []


def leave_before_the_answer(running: LocalRun) -> None:
    """Ask for the form, and end the connection at once."""
    host, _, port = running.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
