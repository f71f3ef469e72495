"""Peak memory of a program and its child processes."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import psutil

_EVERY_S = 0.02


def peak_megabytes(command: Sequence[str]) -> float:
    """Return the peak of the sum of all processes' resident memory; shared pages count for each.

    Raises:
        subprocess.CalledProcessError: the command failed.
    """
    peak = 0
    with subprocess.Popen(command) as process:
        family = psutil.Process(process.pid)
        while True:
            try:
                members = [family, *family.children(recursive=True)]
                peak = max(peak, sum(map(_resident_bytes, members)))
            except psutil.NoSuchProcess:
                break
            try:
                process.wait(_EVERY_S)
            except subprocess.TimeoutExpired:
                continue
            break
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return peak / 1e6


def _resident_bytes(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
