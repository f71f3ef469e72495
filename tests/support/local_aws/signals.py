"""Signals that reach a thread other than the main one, as the kernel may choose."""

import ctypes
import os
from pathlib import Path


def signal_a_thread(process_id: int, number: int) -> None:
    """Send the signal to a thread of the process that is not its main one."""
    threads = {int(path.name) for path in Path(f"/proc/{process_id}/task").iterdir()}
    thread = max(threads - {process_id})
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.tgkill(process_id, thread, number):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
