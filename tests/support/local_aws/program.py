"""`python -m local_aws`, started as a person starts it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.paths import ROOT


@contextmanager
def running(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """A started `python -m local_aws` and the variables that it printed."""
    with subprocess.Popen(
        [sys.executable, "-m", "local_aws", "--data-dir", str(data_dir)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            printed = {}
            for line in program.stdout:
                match = re.fullmatch(r"export ([A-Z0-9_]+)=(\S+)\n", line)
                assert match, line
                printed[match[1]] = match[2]
                if match[1] == "AWS_EC2_METADATA_DISABLED":
                    break
            yield program, printed
        finally:
            program.kill()
