"""A process that cleans up after local_aws, even if local_aws is killed.

Run as `python -I -S watchdog.py MARKER DIRECTORY` with a pipe on stdin. Each line on the pipe is
`+ID` when a program of local_aws begins a session, or `-ID` when that session has ended. Once the
pipe closes, the watchdog kills the processes of open sessions and those with MARKER in their
environment. Then it removes DIRECTORY.

The marker is random for each local_aws, and all its programs inherit it. It finds programs that
changed their session; the sessions find programs that changed their environment.
"""

from __future__ import annotations

import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

_ROUNDS = 20
_PAUSE_S = 0.05
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def find_marked(marker: bytes) -> set[int]:
    """Return the ids of this user's live processes with `marker` in their environment."""
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(entry.path, "environ").read_bytes()
        except OSError:  # ended, or another user's
            continue
        if marker in environment.split(b"\0"):
            found.add(int(entry.name))
    return found - {os.getpid()}


def find_in_sessions(sessions: Collection[int], began_by_s: float = math.inf) -> set[int]:
    """Return the ids of the live processes in `sessions` that began by `began_by_s`.

    `began_by_s` is in seconds since the machine's start.
    """
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            status = Path(entry.path, "stat").read_bytes()
        except OSError:  # ended
            continue
        # proc_pid_stat(5), from the third field on: the second is a name that may hold anything
        fields = status.rpartition(b")")[2].split()
        state, session, began_s = fields[0], int(fields[3]), int(fields[19]) / _TICKS_PER_S
        if session in sessions and state not in b"ZX" and began_s <= began_by_s:
            found.add(int(entry.name))
    return found


def signal_each(process_ids: set[int], number: int) -> None:
    """Send signal `number` to each process that still runs and belongs to this user."""
    for process_id in process_ids:
        try:
            os.kill(process_id, number)
        except (ProcessLookupError, PermissionError):
            continue


def kill_all(find: Callable[[], set[int]]) -> None:
    """Kill until `find` finds no process; repeat for processes that were just started."""
    for _ in range(_ROUNDS):
        process_ids = find()
        if not process_ids:
            return
        signal_each(process_ids, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def main() -> None:
    """Wait until the pipe closes, then clean up."""
    marker, directory = sys.argv[1:]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin.buffer:  # ends when local_aws ends
        change = sessions.add if line.startswith(b"+") else sessions.discard
        change(int(line[1:]))
    # from now on the kernel may reuse the number of a session that ends
    ended_s = time.clock_gettime(time.CLOCK_BOOTTIME)
    kill_all(lambda: find_marked(marker.encode()) | find_in_sessions(sessions, ended_s))
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
