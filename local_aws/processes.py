"""The programs that local_aws runs: containers without a container, ended as a whole."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from local_aws import watchdog

# What a program sees of the environment that local_aws itself was started in: enough to find an
# interpreter and an accelerator, nothing that would let a job work here and fail in a container.
PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
)  # fmt: skip
POLL_S = 0.02
CLOSE_GRACE_S = 2.0


class Worker:
    """A running program and everything it started; `stop` leaves none of them."""

    def __init__(self, popen: "subprocess.Popen[bytes]", marker: str) -> None:
        self.popen = popen
        self._marker = marker.encode()

    @property
    def output(self) -> IO[bytes]:
        """The program's standard output and error, merged."""
        if self.popen.stdout is None:
            raise ValueError("this program's output goes to a file")
        return self.popen.stdout

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def request_stop(self, *, spare_launcher: bool = False) -> None:
        """Send SIGTERM to all its processes; `spare_launcher` leaves out the first one if it has
        others, as a container's first process ignores a SIGTERM that it does not handle.
        """
        process_ids = watchdog.find_marked(self._marker)
        others = process_ids - {self.popen.pid}
        watchdog.signal_each(others if spare_launcher and others else process_ids, signal.SIGTERM)

    def stop(self, grace_s: float, *, spare_launcher: bool = False) -> None:
        """Ask all its processes to end, wait `grace_s` at most, then kill what is left."""
        self.request_stop(spare_launcher=spare_launcher)
        deadline = time.monotonic() + grace_s
        while time.monotonic() < deadline and (
            self.is_running() or watchdog.find_marked(self._marker)
        ):
            time.sleep(POLL_S)
        self.kill()

    def kill(self) -> None:
        """Kill all its processes and collect the first one's exit status."""
        watchdog.kill_marked(self._marker)
        self.popen.wait()


class Processes:
    """Starts programs under `root` and promises that none outlives this object's process."""

    def __init__(self, data_dir: Path | None) -> None:
        if data_dir is not None:
            data_dir.mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix="local_aws-", dir=data_dir))
        self._marker = f"LOCAL_AWS_OWNER={uuid.uuid4().hex}"
        self._lock = threading.Lock()
        self._closed = False
        self._programs: list[subprocess.Popen[bytes]] = []
        self._watchdog = subprocess.Popen(
            [sys.executable, "-I", "-S", watchdog.__file__, self._marker, str(self.root)],
            stdin=subprocess.PIPE,
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
        output: int | IO[bytes] = subprocess.PIPE,
    ) -> Worker:
        """Return the running program; it sees `environment` and a few names of ours, no more."""
        worker_marker = f"LOCAL_AWS_WORKER={uuid.uuid4().hex}"
        markers = dict(marker.split("=", 1) for marker in (self._marker, worker_marker))
        with self._lock:
            if self._closed:
                raise RuntimeError("local_aws is stopping")
            popen = subprocess.Popen(
                command,
                env={**environment, **markers},
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self._programs = [other for other in self._programs if other.poll() is None]
            self._programs.append(popen)
        return Worker(popen, worker_marker)

    def close(self) -> None:
        """End every program started here, briefly politely, and remove the root."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        marker = self._marker.encode()
        watchdog.signal_each(watchdog.find_marked(marker), signal.SIGTERM)
        deadline = time.monotonic() + CLOSE_GRACE_S
        while time.monotonic() < deadline and watchdog.find_marked(marker):
            time.sleep(POLL_S)
        watchdog.kill_marked(marker)
        for program in self._programs:
            program.wait()
        shutil.rmtree(self.root, ignore_errors=True)
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
        self._watchdog.wait(timeout=10)


def host_environment(home: Path) -> dict[str, str]:
    """Return the few variables a program gets from the machine; `home` is its scratch folder."""
    scratch = home / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {
        **passed,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{passed.get('PATH', os.defpath)}",
        "LANG": passed.get("LANG", "C.UTF-8"),
        "HOME": str(home),
        "TMPDIR": str(scratch),
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # a requirements.txt may only ask for what is installed: no index is ever contacted
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
