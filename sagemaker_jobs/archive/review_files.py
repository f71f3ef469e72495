"""The files of the test reviews in an extracted archive, all or a balanced subset."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sagemaker_jobs.errors import InvalidData, InvalidSetting

if TYPE_CHECKING:
    from sentiment.data.archive import ReviewFile

_SUBSET_SEED = 20110619  # the same --limit always means the same reviews


def list_split(archive: Path, limit: int | None = None) -> list[ReviewFile]:
    """Return the test reviews' files, or a balanced subset of `limit`.

    Raises:
        InvalidData: `archive` is not the extracted archive.
    """
    from sentiment.data.archive import find_root, list_reviews
    from sentiment.errors import SentimentError

    if limit is not None and limit < 1:
        raise InvalidSetting(
            f"--limit {limit} is too small", hint="choose an even number of reviews"
        )
    try:
        files = list_reviews(find_root(archive), "test")
    except SentimentError as error:
        raise _no_archive(error, archive) from error
    if not files:
        raise InvalidData(f"{archive} holds no test reviews", hint="run download")
    return files if limit is None else balanced_subset(files, limit)


def read_texts(files: Sequence[ReviewFile]) -> list[str]:
    """Return the reviews' texts.

    Raises:
        InvalidData: a file is unreadable.
    """
    from sentiment.errors import SentimentError

    try:
        return [file.read() for file in files]
    except SentimentError as error:
        raise _no_archive(error, files[0].path.parents[2]) from error


def _no_archive(error: Exception, archive: Path) -> InvalidData:
    return InvalidData(str(error), hint=f"run download, or check --archive-directory {archive}")


def balanced_subset(files: Sequence[ReviewFile], limit: int) -> list[ReviewFile]:
    """Return the same `limit` files each time, half of them positive."""
    draw = random.Random(_SUBSET_SEED)  # noqa: S311 - a choice, not a secret
    halves = []
    for label, size in ((1, (limit + 1) // 2), (0, limit // 2)):
        of_class = [file for file in files if file.label == label]
        halves += draw.sample(of_class, min(size, len(of_class)))
    return halves
