"""Verdicts that are saved while more are computed, so that an interrupted run can resume."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sagemaker_jobs.files import check_ours
from sagemaker_jobs.tables.verdict import Verdict

BEGINNING = b'{"movie-sentiment": "score"'  # identifies our files

Append = Callable[[Iterable[Verdict]], None]


@contextmanager
def saved_verdicts(
    path: Path | None, run: Mapping[str, object]
) -> Iterator[tuple[list[Verdict], Append]]:
    """Yield the verdicts that an equal run saved, and a function that saves more.

    `run` says what the verdicts depend on. Without a path, nothing is saved.

    Raises:
        InvalidSetting: there is a file at `path` that we did not write.
    """
    if path is None:
        yield [], lambda _verdicts: None
        return
    check_ours(path, BEGINNING, "--output")
    first = json.dumps({"movie-sentiment": "score", **run}) + "\n"
    earlier = _read(path, first)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:

        def append(verdicts: Iterable[Verdict]) -> None:
            stream.writelines(json.dumps(verdict) + "\n" for verdict in verdicts)
            stream.flush()

        stream.write(first)
        append(earlier)
        yield earlier, append


def _read(path: Path, first: str) -> list[Verdict]:
    """Return the verdicts of an equal run, without a torn last line."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines(keepends=True)
    except FileNotFoundError:
        return []
    if lines[:1] != [first]:
        return []
    return [Verdict(*json.loads(line)) for line in lines[1:] if line.endswith("]\n")]
