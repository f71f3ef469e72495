"""Files written in one piece, and options that name a file or folder that is not ours."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting


def write_whole(content: bytes, path: Path) -> None:
    """Write the file so that a reader sees the old content or the new one, never a part."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as stream:
            stream.write(content)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def refused_as_setting(option: str) -> Iterator[None]:
    """Raise NotOurs as an error that names the option to change.

    Raises:
        InvalidSetting: the option names a file or folder that this program did not make.
    """
    from sentiment.errors import NotOurs

    try:
        yield
    except NotOurs as error:
        raise InvalidSetting(str(error), hint=f"{option} with {error.hint}") from error


def check_ours(path: Path, beginning: bytes, option: str) -> None:
    """Raise InvalidSetting unless the file is missing, empty, or begins as ours do."""
    from sentiment.safe_files import check_file

    with refused_as_setting(option):
        check_file(path, beginning)
