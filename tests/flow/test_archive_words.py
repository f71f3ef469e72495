"""The shortcuts of preparing, on the real archive's texts."""

import os
import tarfile
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.proof import prove
from tests.support.paths import ROOT

ARCHIVE = Path(
    os.environ.get("IMDB_ARCHIVE", ROOT.parent / "shared" / "data" / "aclImdb_v1.tar.gz")
)


@pytest.mark.imdb
@pytest.mark.skipif(not ARCHIVE.is_file(), reason=f"the IMDB archive is not at {ARCHIVE}")
def test_shortcuts_change_no_word_of_the_archive(tmp_path: Path) -> None:
    """Of every hundredth text, both recipes' words are what the plain ways find in it.

    `make bench` compares all of them.
    """
    with tarfile.open(ARCHIVE) as archive:
        reviews = (member for member in archive if _is_review(member))
        for member in islice(reviews, 0, None, 100):
            archive.extract(member, tmp_path, filter="data")
    assert " in 1,000 texts of the archive" in prove(tmp_path)


def _is_review(member: tarfile.TarInfo) -> bool:
    """aclImdb/SPLIT/CLASS/NAME.txt, and not aclImdb/SPLIT/urls_CLASS.txt."""
    return member.name.endswith(".txt") and member.name.count("/") == 3
