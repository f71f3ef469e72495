"""The files of reviews in tests/corpora/csv, each with what must come out of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CSV_FOLDER = Path(__file__).parents[2] / "corpora" / "csv"


@dataclass(frozen=True)
class CorpusFile:
    """One file: its path, and its JSON as README.md of the folder says it."""

    path: Path
    expected: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        """The reviews, in order."""
        return [review["text"] for review in self.expected["reviews"]]

    @property
    def row_numbers(self) -> list[int]:
        """The rows with reviews, counted from 1."""
        return [review["row"] for review in self.expected["reviews"]]

    def __str__(self) -> str:
        return self.path.name


def csv_corpus() -> list[CorpusFile]:
    """Return all files, by name."""
    files = []
    for path in sorted(CSV_FOLDER.glob("*.json")):
        expected = json.loads(path.read_text("utf-8"))
        files.append(CorpusFile(path.with_suffix(""), expected))
    return files
