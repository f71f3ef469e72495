"""The shortcuts of preparing, on the real archive's texts."""

import pytest

from benchmarks.proof import prove
from tests.paths import ROOT

ARCHIVE = ROOT / "work" / "aclImdb"


@pytest.mark.imdb
@pytest.mark.skipif(not ARCHIVE.is_dir(), reason=f"the extracted IMDB archive is not at {ARCHIVE}")
def test_shortcuts_change_no_word_of_the_archive() -> None:
    """Of every hundredth text, both recipes' words are what the plain ways find in it.

    `make bench` compares all of them.
    """
    assert " in 1,000 texts of the archive" in prove(ARCHIVE, every=100)
