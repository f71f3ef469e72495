"""The programs that local_aws runs end with all that they started, and nobody else's ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local_aws.host import watchdog
from local_aws.host.processes import Processes, Worker
from local_aws.host.watchdog import find_in_sessions
from local_aws.log_stream import follow_lines
from local_aws.sagemaker.training import host_program
from local_aws.sagemaker.training.host_program import HostRun
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S, until

PATH = {"PATH": os.environ["PATH"]}
# each tells the id of the process that it starts without any variable, its markers included
STAYING = "env -i sleep 6000 & echo $!; exec sleep 6000"
LEAVING = "env -i sleep 6000 & echo $!"
HIDING = "env -i setsid sleep 6000 & echo $!"  # in a session of its own, too

POLITE = """
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
print(os.getpid(), flush=True)
signal.sigwait({signal.SIGTERM})
print("requested")
"""


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def start(processes: Processes, script: str) -> tuple[Worker, int]:
    """Return a worker that runs `script`, and the id of the process that it reports.

    That process has an empty environment by then.
    """
    worker = processes.start(["sh", "-c", script], environment=PATH, cwd=processes.root)
    process_id = int(worker.output.readline())
    until(lambda: variables(process_id), lambda left: not left, "the empty environment")
    return worker, process_id


def variables(process_id: int) -> bytes:
    try:
        return Path(f"/proc/{process_id}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def runs(process_id: int) -> bool:
    try:
        status = Path(f"/proc/{process_id}/stat").read_bytes()
    except FileNotFoundError:
        return False
    return status.rpartition(b")")[2].split()[0] != b"Z"


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a session and does not belong to a worker."""
    with subprocess.Popen(["sleep", "6000"], start_new_session=True) as program:
        yield program
        program.kill()


@pytest.mark.parametrize("script", [STAYING, LEAVING])
def test_a_killed_worker_takes_along_what_has_an_environment_of_its_own(
    processes: Processes, script: str
) -> None:
    """No marker leads to such a process, but the session does, its leader ended or not."""
    worker, other = start(processes, script)
    worker.kill()
    assert not runs(other)
    with worker.output as output:
        assert output.read() == b""


def test_a_stopped_worker_asks_them_first(processes: Processes) -> None:
    """SIGTERM reaches the process without variables, which then ends in its own way."""
    worker, polite = start(processes, f"env -i {sys.executable} -I -S -c '{POLITE}' & wait")
    worker.stop(HANG_S)
    assert not runs(polite)
    with worker.output as output:
        assert output.read() == b"requested\n"


@pytest.mark.parametrize("script", [STAYING, LEAVING])
def test_the_end_of_local_aws_ends_them(tmp_path: Path, script: str) -> None:
    """Processes.close leaves none of them."""
    processes = Processes(tmp_path)
    worker, other = start(processes, script)
    processes.close()
    worker.output.close()
    assert not runs(other)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("script", [STAYING, LEAVING])
def test_the_watchdog_ends_them_when_local_aws_was_killed(tmp_path: Path, script: str) -> None:
    """It knows the sessions by then, and the first process need not live."""
    program = f"""
import os, signal
from pathlib import Path
from local_aws.host.processes import Processes
processes = Processes(Path({str(tmp_path)!r}))
worker = processes.start(["sh", "-c", {script!r}], environment={PATH!r}, cwd=processes.root)
other = int(worker.output.readline())
while Path(f"/proc/{{other}}/environ").read_bytes():
    pass
print(other, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, timeout=HANG_S
    )
    assert done.returncode == -signal.SIGKILL
    other = int(done.stdout)
    until(lambda: runs(other), lambda running: not running, "the watchdog")
    until(lambda: list(tmp_path.iterdir()), lambda left: not left, "the end of all files")


@pytest.mark.parametrize(("line", "spared"), [("+{0}\n", False), ("+{0}\n-{0}\n", True)])
def test_the_watchdog_spares_a_session_that_was_given_up(
    tmp_path: Path, stranger: subprocess.Popen[bytes], line: str, spared: bool
) -> None:
    """Its number may be a stranger's by then."""
    subprocess.run(
        [sys.executable, "-I", "-S", watchdog.__file__, "A_MARKER=1", str(tmp_path)],
        input=line.format(stranger.pid).encode(),
        check=True,
        timeout=HANG_S,
    )
    assert (stranger.poll() is None) == spared


def test_a_process_that_began_later_is_not_of_the_session(
    stranger: subprocess.Popen[bytes],
) -> None:
    """So the watchdog ends none that got a session's number after local_aws had ended."""
    now_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    assert find_in_sessions({stranger.pid}) == {stranger.pid}
    assert find_in_sessions({stranger.pid}, now_s) == {stranger.pid}
    assert find_in_sessions({stranger.pid}, now_s - 60) == set()


def test_a_sessions_number_is_held_until_all_of_it_ended(
    processes: Processes, stranger: subprocess.Popen[bytes]
) -> None:
    """The ended leader stays in the table of processes; after `kill` its number means nothing."""
    worker, other = start(processes, f"{LEAVING}; exit 3")
    until(worker.is_running, lambda running: not running, "the leader's end")
    assert worker.exit_code == 3
    leader = worker._popen.pid
    assert Path(f"/proc/{leader}").exists()
    assert find_in_sessions({leader}) == {other}
    worker.kill()
    assert not Path(f"/proc/{leader}").exists()
    assert worker.exit_code == 3
    worker._popen.pid = stranger.pid  # as if the kernel had given it the number
    worker.request_stop()
    worker.kill()
    assert stranger.poll() is None
    worker.output.close()


def test_a_signals_number_is_known_before_and_after_the_end_is_collected(
    processes: Processes,
) -> None:
    """Minus nine, as subprocess tells it."""
    worker, _ = start(processes, "echo $$; kill -KILL $$")
    until(worker.is_running, lambda running: not running, "the end")
    assert worker.exit_code == -signal.SIGKILL
    worker.kill()
    assert worker.exit_code == -signal.SIGKILL
    worker.output.close()


def test_a_host_ends_although_a_hidden_process_holds_its_output(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither marker nor session leads to it: the rest of the log is not waited for any longer."""
    monkeypatch.setattr(host_program, "READER_LIMIT_S", 0.2)
    worker, hidden = start(processes, HIDING)
    log: Any = SimpleNamespace(close=lambda: None)
    host: Any = None
    reader = follow_lines(worker.output, lambda _: None)
    closing = threading.Thread(target=HostRun(host, worker, log, reader).close, daemon=True)
    closing.start()
    closing.join(HANG_S)
    ended = not closing.is_alive()
    os.kill(hidden, signal.SIGKILL)
    reader.join()
    assert ended
