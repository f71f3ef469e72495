"""The machine's parts and limits.

    python -m benchmarks.machine

Two limits bound every stage: memory bandwidth and floating-point operations a second. Both are
measured as Python can reach them: a copy of an array far larger than the caches, and products of
large float32 matrices.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.pairing import seconds

_COPIED_BYTES = 256 * 1024 * 1024
_MATRIX = 2_048
_ROUNDS = 7


@dataclass(frozen=True)
class Machine:
    """The machine's parts."""

    processor: str
    n_cores: int
    memory_gb: float
    system: str
    python: str
    torch: str


@dataclass(frozen=True)
class Limits:
    """Measured limits (medians); other load on the machine lowers them."""

    copied_gb_per_s: float  # bytes read plus bytes written
    float32_gflops: float  # all cores
    float32_gflops_one_core: float
    load_average: float  # of the last minute, before measuring


def describe() -> Machine:
    """Return the machine that this runs on."""
    import torch

    return Machine(
        _processor(),
        len(os.sched_getaffinity(0)),
        round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        f"{platform.system()} {platform.release().partition('-')[0]}",
        platform.python_version(),
        torch.__version__,
    )


def measure_limits() -> Limits:
    """Measure the machine's limits as they are now."""
    import numpy as np
    import torch

    load = os.getloadavg()[0]
    source = np.ones(_COPIED_BYTES // 8)
    destination = np.zeros_like(source)
    copying = statistics.median(
        seconds(lambda: np.copyto(destination, source)) for _ in range(_ROUNDS)
    )
    matrix = torch.rand(_MATRIX, _MATRIX)

    def gflops() -> float:
        taken = statistics.median(seconds(lambda: matrix @ matrix) for _ in range(_ROUNDS))
        return 2 * _MATRIX**3 / taken / 1e9

    n_threads = torch.get_num_threads()
    all_cores = gflops()
    torch.set_num_threads(1)
    one_core = gflops()
    torch.set_num_threads(n_threads)
    return Limits(
        round(2 * _COPIED_BYTES / copying / 1e9, 2),
        round(all_cores),
        round(one_core),
        round(load, 2),
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    print(json.dumps({"machine": asdict(describe()), "limits": asdict(measure_limits())}, indent=2))
