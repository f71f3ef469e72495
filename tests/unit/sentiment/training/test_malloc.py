"""Memory that training frees is kept for the next step."""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

import sentiment

PROGRAM = """
import resource, sys
import torch
from train import keep_freed_memory

if sys.argv[1] == "kept":
    assert keep_freed_memory()

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def take_a_step():
    tensors = [torch.ones(numbers) for numbers in (25_000_000, 15_000_000, 20_000_000)]  # 240 MB

for _ in range(10):  # the heap grows until all pieces find their places
    take_a_step()
before = faults()
for _ in range(5):
    take_a_step()
print(faults() - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="not glibc's malloc")
def test_what_a_step_frees_the_next_one_takes() -> None:
    """Five more steps of 240 MB in large pieces ask the kernel for next to nothing."""
    assert _count_page_faults("kept") < 100
    assert _count_page_faults("handed back") > 1_000  # 300,000 pages of 4 KiB, or some larger ones


def _count_page_faults(how: str) -> int:
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, how],
        env={**os.environ, "PYTHONPATH": str(Path(sentiment.__file__).parents[1])},
        check=True,
        capture_output=True,
        text=True,
    )
    return int(result.stdout)
