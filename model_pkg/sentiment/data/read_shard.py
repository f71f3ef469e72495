"""Read a share of the reviews, as a program of a SageMaker processing job.

    python -m sentiment.data.read_shard RECIPE INPUT OUTPUT

Each file NAME in INPUT is a JSON list of reviews. OUTPUT gets NAME with their words as numbers.
It needs numpy and Beautiful Soup.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from functools import partial
from pathlib import Path

from sentiment.data.parallel_reader import TextReader
from sentiment.recipe import find_recipe


def read_shard(recipe: str, output: Path, part: Path) -> None:
    """Read one file of reviews and write its batch."""
    batch = TextReader(find_recipe(recipe)).read(json.loads(part.read_bytes()))
    (output / part.name).write_bytes(batch.to_bytes())


def main(recipe: str, given: str, wanted: str) -> None:
    """Read all files of the folder, on all cores."""
    parts = sorted(Path(given).iterdir())
    read = partial(read_shard, recipe, Path(wanted))
    n_processes = min(len(os.sched_getaffinity(0)), len(parts))
    if n_processes > 1:
        # spawn: a fork server's socket is in TMPDIR, whose path may be too long for it
        with multiprocessing.get_context("spawn").Pool(n_processes) as pool:
            pool.map(read, parts, chunksize=1)
    else:
        for part in parts:
            read(part)
    print(f"files={len(parts)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
