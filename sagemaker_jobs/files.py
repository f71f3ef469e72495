"""Refuse to replace a file that this program did not write, as an error of the CLI."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sagemaker_jobs.errors import InvalidSetting


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
