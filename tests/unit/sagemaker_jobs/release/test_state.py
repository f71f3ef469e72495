"""A release's state: what is resumed, and when it begins again."""

from pathlib import Path

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.release.state import State


def test_what_was_done_is_found_again(tmp_path: Path) -> None:
    """With the same settings only; `fresh` begins again."""
    folder = tmp_path / "release"
    state = State.load(folder, {"recipe": "classic"}, fresh=False)
    state.keep("train", {"job": "a-job"})
    assert State.load(folder, {"recipe": "classic"}, fresh=False).done == state.done
    assert State.load(folder, {"recipe": "default"}, fresh=False).done == {}
    assert State.load(folder, {"recipe": "classic"}, fresh=True).done == {}
    state.forget("train")
    assert State.load(folder, {"recipe": "classic"}, fresh=False).done == {}


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """Nothing of yours is overwritten, and a rehearsal makes no folder."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InvalidSetting):
        State.load(tmp_path, {}, fresh=False)
    State.load(tmp_path / "new", {}, fresh=False, dry_run=True)
    assert not (tmp_path / "new").exists()
