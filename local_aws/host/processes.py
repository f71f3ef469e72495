"""Starts and ends the programs that local_aws runs in place of containers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from local_aws.errors import DataDirError
from local_aws.host import watchdog

# The variables of local_aws's own environment that programs see: enough to find an interpreter and
# an accelerator, and nothing that would let a job work here and fail in a container.
_PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
)  # fmt: skip
_POLL_S = 0.02
_CLOSE_GRACE_S = 2.0
_WATCHDOG_LIMIT_S = 60.0  # it removes files, which takes seconds on a busy machine


class Worker:
    """A running program and all processes that it started; `stop` ends all of them.

    Its processes have a marker in their environment or belong to the session that it leads. The
    kernel does not reuse the session's number until the program's exit status is collected. So
    that happens last, and `give_up` is called before it.
    """

    def __init__(
        self, popen: subprocess.Popen[bytes], marker: str, give_up: Callable[[], None]
    ) -> None:
        self._popen = popen
        self._marker = marker.encode()
        self._give_up = give_up
        self._lock = threading.Lock()  # held while processes are looked up to be signalled

    @property
    def output(self) -> IO[bytes]:
        """Return the program's standard output and error, merged."""
        return cast("IO[bytes]", self._popen.stdout)

    @property
    def exit_code(self) -> int:
        """Return the ended program's exit code, or minus the number of the signal that ended it.

        Raises:
            ValueError: the program is still running.
        """
        code = self._poll()
        if code is None:
            raise ValueError("this program is still running")
        return code

    def is_running(self) -> bool:
        return self._poll() is None

    def is_collected(self) -> bool:
        return self._popen.returncode is not None

    def request_stop(self, *, spare_launcher: bool = False) -> None:
        """Send SIGTERM to all its processes.

        With `spare_launcher` the first process gets none if there are others: the first process of
        a container ignores a SIGTERM that it does not handle.
        """
        with self._lock:
            process_ids = self._find()
            others = process_ids - {self._popen.pid}
            chosen = others if spare_launcher and others else process_ids
            watchdog.signal_each(chosen, signal.SIGTERM)

    def stop(self, grace_s: float, *, spare_launcher: bool = False) -> None:
        """Request all its processes to end, wait `grace_s` at most, then kill the rest."""
        self.request_stop(spare_launcher=spare_launcher)
        deadline = time.monotonic() + grace_s
        while time.monotonic() < deadline and self._find():
            time.sleep(_POLL_S)
        self.kill()

    def kill(self) -> None:
        """Kill all its processes and collect the first one's exit status."""
        with self._lock:
            watchdog.kill_all(self._find)
            if not self.is_collected():
                self._give_up()
                self._popen.wait()

    def _find(self) -> set[int]:
        session = set() if self.is_collected() else {self._popen.pid}
        return watchdog.find_marked(self._marker) | watchdog.find_in_sessions(session)

    def _poll(self) -> int | None:
        """Return how the program ended, None while it runs; do not collect its status."""
        if self.is_collected():
            return self._popen.returncode
        try:
            ended = os.waitid(os.P_PID, self._popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:  # `kill` collects it at this moment
            return self._popen.wait()
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status


def stop_all(workers: Sequence[Worker], grace_s: float, *, spare_launcher: bool = False) -> None:
    """Stop all workers at the same time, each with the full grace period."""
    threads = [
        threading.Thread(
            target=worker.stop, args=(grace_s,), kwargs={"spare_launcher": spare_launcher}
        )
        for worker in workers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Processes:
    """Starts programs under `root`; none of them outlives this object's process.

    Raises:
        DataDirError: the root cannot be made in `data_dir`.
    """

    def __init__(self, data_dir: Path | None) -> None:
        self.root = _make_root(data_dir or Path(tempfile.gettempdir()))
        self._marker = f"LOCAL_AWS_OWNER={uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._closed = False
        self._workers: list[Worker] = []
        self._watchdog = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", "-S", watchdog.__file__, self._marker, str(self.root)],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )

    def make_directory(self, name: str) -> Path:
        """Return a new empty directory under the root; its name begins with `name`."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.root))

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path,
    ) -> Worker:
        """Start a program and return it; it sees only `environment` and two markers."""
        worker_marker = f"LOCAL_AWS_WORKER={uuid.uuid4().hex}"
        markers = dict(marker.split("=", 1) for marker in (self._marker, worker_marker))
        with self._lock:
            if self._closed:
                raise RuntimeError("local_aws is stopping")
            popen = subprocess.Popen(  # noqa: S603 - running the account's programs is the purpose
                command,
                env={**environment, **markers},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._notify_watchdog(f"+{popen.pid}")
            worker = Worker(popen, worker_marker, lambda: self._notify_watchdog(f"-{popen.pid}"))
            self._workers = [other for other in self._workers if not other.is_collected()]
            self._workers.append(worker)
        return worker

    def end_all(self) -> None:
        """End every program after a short grace period, and start no more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        stop_all(self._workers, _CLOSE_GRACE_S)

    def close(self) -> None:
        """End every program, remove the root, and end the watchdog."""
        self.end_all()
        shutil.rmtree(self.root, ignore_errors=True)
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait(timeout=_WATCHDOG_LIMIT_S)

    def _notify_watchdog(self, line: str) -> None:
        if self._watchdog.stdin is not None:
            with suppress(BrokenPipeError):  # the watchdog has been killed
                self._watchdog.stdin.write(f"{line}\n".encode())


def _make_root(folder: Path) -> Path:
    """Return a new folder for this local_aws in `folder`.

    Raises:
        DataDirError: the folder cannot be made.
    """
    try:
        folder = folder.resolve()  # programs get its path, and run in folders of their own
        folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="local_aws-", dir=folder))
    except FileExistsError as error:
        raise DataDirError(folder, "it is not a folder") from error
    except OSError as error:
        raise DataDirError(folder, error.strerror or str(error)) from error


def host_environment(home: Path) -> dict[str, str]:
    """Return the variables that a program gets from the machine; `home` is its scratch folder."""
    scratch = home / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {
        **passed,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{passed.get('PATH', os.defpath)}",
        "LANG": passed.get("LANG", "C.UTF-8"),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        # a requirements.txt can only name what is installed: pip contacts no index
        "PIP_NO_INDEX": "1",
        "PIP_NO_WARN_CONFLICTS": "0",  # as pip reads it: it checks no other package, for seconds
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
