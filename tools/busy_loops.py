"""Run a command beside busy loops: what passes so does not depend on the machine's speed.

`make test-loaded` runs `make test` beside four of them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_N_LOOPS = 4
# It ends with this program, however that ends: its standard input does then.
_LOOP = """
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0))).start()
while True:
    pass
"""


@contextmanager
def busy_loops(n_loops: int = _N_LOOPS) -> Iterator[None]:
    """Keep `n_loops` processes busy for the length of the block."""
    loops = [
        subprocess.Popen([sys.executable, "-c", _LOOP], stdin=subprocess.PIPE)
        for _ in range(n_loops)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.communicate()


def main(command: Sequence[str]) -> int:
    """Return the exit code of the command."""
    with busy_loops():
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
