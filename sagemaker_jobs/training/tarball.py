"""model_pkg as the archive SageMaker hands to its containers."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

_LEFT_OUT = {"Dockerfile", "__pycache__"}


def pack_source(folder: Path) -> bytes:
    """The folder's files as sourcedir.tar.gz; the same bytes for the same files.

    Caches, hidden files and the Dockerfile stay out: the containers need none of them.
    """
    return pack({str(path.relative_to(folder)): path for path in _source_files(folder)})


def pack(files: dict[str, Path]) -> bytes:
    """A gzipped tar of the files under the names given, without times and owners."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, path in sorted(files.items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _source_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part in _LEFT_OUT or part.startswith(".") for part in parts)
        if path.is_file() and not hidden and path.suffix != ".pyc":
            yield path
