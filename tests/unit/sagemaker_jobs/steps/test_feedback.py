"""`feedback export` writes to a new or empty folder only."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.steps.feedback import export_feedback

if TYPE_CHECKING:
    from sagemaker_jobs.aws.session import Aws

NO_AWS = cast("Aws", None)  # the folder is checked before anything is read


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("name", "what"),
    [("mine", "is not empty"), ("mine/thesis.txt", "is a file"), ("link", "is a symbolic link")],
)
def test_what_is_there_survives(tmp_path: Path, name: str, what: str, dry_run: bool) -> None:
    """A file and a link are refused in a sentence, as a folder with files is."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("three years of work")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidSetting, match=what):
        export_feedback(NO_AWS, tmp_path / name, now=0, dry_run=dry_run)
    assert (tmp_path / "mine/thesis.txt").read_text() == "three years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "mine"]
