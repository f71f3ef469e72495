"""`report` replaces only pages and scores that it wrote."""

import io
from pathlib import Path

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.steps.report import report
from sagemaker_jobs.terminal import Ui
from tests.support.reports.made_scores import write_made_model, write_made_scores


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("index.html", '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>My thesis</title>'),
        ("scores.csv", "id,score\n"),
    ],
)
def test_a_file_of_somebody_else_survives(tmp_path: Path, name: str, content: str) -> None:
    """It is refused before anything is scored; the error names the option to change."""
    model = write_made_model(tmp_path / "model.tar.gz")
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidSetting, match="was not written by this program") as caught:
        report(model, tmp_path / "none", tmp_path, ui=Ui(io.StringIO()))
    assert caught.value.hint.startswith("--output with another")
    assert (tmp_path / name).read_text() == content


def test_a_page_is_written_again_beside_other_files(tmp_path: Path) -> None:
    """The folder may hold more; a temporary file's name is in nobody's way."""
    model = write_made_model(tmp_path / "model.tar.gz")
    scores = write_made_scores(tmp_path / "scores.csv")
    (tmp_path / "thesis.txt").write_text("mine")
    (tmp_path / ".index.html.partial").write_text("mine")
    for _ in range(2):
        report(model, tmp_path / "none", tmp_path, scores=scores, ui=Ui(io.StringIO()))
    assert {path.name: path.stat().st_size > 4 for path in tmp_path.iterdir()} == {
        "model.tar.gz": True,
        "scores.csv": True,
        "index.html": True,
        "thesis.txt": False,
        ".index.html.partial": False,
    }
