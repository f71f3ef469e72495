"""Fuzz every parser, the page's tables and the deployed app for a while: `make fuzz`.

    python -m tests.support.fuzz [--seconds 300] [--seed 1]

It prints one line a target: inputs, seconds, and the longest time for one input. A failure prints
the target, the seed and the input. The same seed gives the same inputs.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

from tests.support.fuzz.mutations import mutate
from tests.support.fuzz.targets import Target, make_targets
from tests.support.paths import ROOT

PAGE_SCRIPT = ROOT / "tests/quality/fuzz_table.mjs"
MOST_S = 5.0  # for one input of at most 4 kB; a parser that hangs takes far longer


class Broken(Exception):
    """A target broke its promise."""


def fuzz(
    name: str, target: Target, seed: int, *, seconds: float | None = None, inputs: int | None = None
) -> tuple[int, float]:
    """Run the target on mutated inputs; return their number and the longest processor time.

    Raises:
        Broken: with the seed and the input.
    """
    random = Random(f"{seed} {name}")  # noqa: S311  # the same inputs for the same seed
    longest_s, n_inputs, started = 0.0, 0, time.monotonic()
    while n_inputs != inputs and (seconds is None or time.monotonic() - started < seconds):
        content = mutate(target.good, random)
        before_s = time.thread_time()
        try:
            target.run(content, random)
        except Exception as error:
            what = f"{name}, seed {seed}, input {n_inputs}: {content!r}"
            raise Broken(f"{type(error).__name__}: {error}; {what}") from error
        longest_s = max(longest_s, time.thread_time() - before_s)
        if longest_s > MOST_S:
            raise Broken(f"{longest_s:.1f} s for one input; {name}, seed {seed}: {content!r}")
        n_inputs += 1
    return n_inputs, longest_s


def main(arguments: Sequence[str]) -> int:
    """Return 0 if every promise was kept, else 1 after the input that broke one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=300.0, help="in all (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="of every input (default: 1)")
    options = parser.parse_args(arguments)
    logging.disable()  # the app tells of each request
    with tempfile.TemporaryDirectory() as folder:
        targets = make_targets(Path(folder))
        share_s = options.seconds / (len(targets) + 1)
        for name, target in targets.items():
            try:
                n_inputs, longest_s = fuzz(name, target, options.seed, seconds=share_s)
            except Broken as error:
                print(f"broken: {error}", flush=True)
                return 1
            print(
                f"{name}: {n_inputs:,} inputs in {share_s:.0f} s,"
                f" at most {1000 * longest_s:.0f} ms for one, seed {options.seed}",
                flush=True,
            )
    page = ["node", str(PAGE_SCRIPT), "--seconds", str(share_s), "--seed", str(options.seed)]
    return subprocess.run(page, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
