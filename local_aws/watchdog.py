"""A small process that outlives local_aws by a moment: it ends what a killed local_aws left behind.

Run as `python -I -S watchdog.py MARKER DIRECTORY` with a pipe on stdin. While the pipe is open it
sleeps. When the pipe closes, however local_aws ended, every process whose environment holds
MARKER is killed and DIRECTORY is removed. The marker is one random word per local_aws, inherited by
all that it starts, so programs that changed their process group are found as well.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

ROUNDS = 20
PAUSE_S = 0.05


def find_marked(marker: bytes) -> set[int]:
    """Return the ids of this user's live processes whose environment holds `marker`."""
    found = set()
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            environment = Path(entry.path, "environ").read_bytes()
        except OSError:  # gone meanwhile, or another user's
            continue
        if marker in environment.split(b"\0"):
            found.add(int(entry.name))
    return found - {os.getpid()}


def signal_each(process_ids: set[int], number: int) -> None:
    """Send signal `number` to each process that still lives."""
    for process_id in process_ids:
        try:
            os.kill(process_id, number)
        except ProcessLookupError:
            continue


def kill_marked(marker: bytes) -> None:
    """Kill until no process with `marker` is left; a few rounds, for what forks meanwhile."""
    for _ in range(ROUNDS):
        process_ids = find_marked(marker)
        if not process_ids:
            return
        signal_each(process_ids, signal.SIGKILL)
        time.sleep(PAUSE_S)


def main() -> None:
    marker, directory = sys.argv[1:]
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()  # returns when the last writer is gone
    kill_marked(marker.encode())
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
