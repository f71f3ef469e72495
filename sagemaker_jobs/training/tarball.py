"""model_pkg as the archive SageMaker hands to its containers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = {"Dockerfile", "__pycache__"}


def pack_source(folder: Path) -> bytes:
    """Return the folder's files as sourcedir.tar.gz; the same bytes for the same files.

    Caches, hidden files and the Dockerfile stay out: the containers need none of them.
    """
    from sentiment.safe_files import pack_files

    files = {str(path.relative_to(folder)): path for path in _source_files(folder)}
    return pack_files(files)


def _source_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part in _LEFT_OUT or part.startswith(".") for part in parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path
