"""Memory for tensors: what one step of training frees, the next one takes.

A step takes some gigabytes in large pieces and frees them all. glibc asks the kernel for each large
piece and hands it back at once, and the kernel gives it zeroed, page by page, at the first touch
of each: up to a sixth of a training's time. Kept in the process, the same pages serve every step.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # M_TRIM_THRESHOLD and M_MMAP_MAX of <malloc.h>


def keep_freed_memory() -> bool:
    """Have the process's `malloc` keep what is freed; whether it can be told so (glibc's can)."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # another C library, or another system
        return False
    return bool(mallopt(_MMAP_MAX, 0) and mallopt(_TRIM_THRESHOLD, -1))
