"""Files that appear complete or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(content: bytes, path: Path) -> None:
    """Write the file; whoever looks meanwhile, or after an interruption, sees the old one or it."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(content)
    partial.replace(path)
