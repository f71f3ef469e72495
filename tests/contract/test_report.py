"""The step `report`: where its scores come from, and what it refuses."""

import re
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from sagemaker_jobs.scores.score_file import read_scores, write_scores
from tests.support.paths import ROOT
from tests.support.reports.made_report import make_page, report
from tests.support.reports.made_scores import made_rows, write_made_archive, write_made_scores

ERROR = re.compile(r"^error: [^;\n]+.*; try: .+\n$")


def test_without_scores_the_test_split_is_scored_here_and_once(tmp_path: Path) -> None:
    """One command makes scores and page; the second time the same model's scores are used again."""
    with tarfile.open(tmp_path / "model.tar.gz", "w:gz") as model:
        model.add(ROOT / "tests" / "golden" / "artifact-v1", arcname=".")
    archive = write_made_archive(tmp_path / "aclImdb", made_rows(6), "A fine film.")
    answer = report(tmp_path, "--archive-directory", archive, "--json")
    assert answer.json["n_reviews"] == 6
    assert answer.json["accuracy"] == 0.5  # one text, two labels
    rows = read_scores(tmp_path / "out" / "scores.csv")
    assert {row.model_version for row in rows} == {answer.json["model_version"]}
    again, said = make_page(tmp_path, archive)
    assert again == answer.json
    assert "used again" in said
    write_scores(
        tmp_path / "out" / "scores.csv", [replace(row, model_version="old") for row in rows]
    )
    again, said = make_page(tmp_path, archive)
    assert again == answer.json
    assert "scoring again" in said


def _missing_scores(folder: Path) -> list[object]:
    return ["--scores", folder / "none.csv"]


def _scores_of_another_model(folder: Path) -> list[object]:
    rows = [replace(row, model_version="1.0.0-other") for row in made_rows()]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _scores_of_one_label(folder: Path) -> list[object]:
    rows = [row for row in made_rows() if row.label]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _scores_with_one_label_judged(folder: Path) -> list[object]:
    rows = [replace(row, sentiment="not_a_review") if row.label else row for row in made_rows(10)]
    return ["--scores", write_made_scores(folder / "scores.csv", rows)]


def _no_archive(folder: Path) -> list[object]:
    return ["--archive-directory", folder / "none"]


def _no_model(folder: Path) -> list[object]:
    (folder / "model.tar.gz").write_bytes(b"no model")
    return []


def _broken_attachment(folder: Path) -> list[object]:
    (folder / "suite.json").write_text("[]")
    return ["--deletion", folder / "suite.json"]


@pytest.mark.parametrize(
    ("prepare", "what"),
    [
        (_missing_scores, "there is no file"),
        (_scores_of_another_model, "1.0.0-other"),
        (_scores_of_one_label, "one label"),
        (_scores_with_one_label_judged, "one label"),
        (_no_archive, "run download"),
        (_no_model, "is not a model"),
        (_broken_attachment, "not hold a JSON object"),
    ],
)
def test_bad_input_is_one_sentence(tmp_path: Path, prepare: object, what: str) -> None:
    """What is wrong and what to try; no page is written."""
    assert callable(prepare)
    answer = report(tmp_path, *prepare(tmp_path))
    assert answer.exit_code == 1
    assert ERROR.match(answer.err), answer.err
    assert what in answer.err
    assert not (tmp_path / "out/index.html").exists()


def test_a_report_compares_with_another_model(tmp_path: Path) -> None:
    """By the other's scores of the same reviews: difference, interval and McNemar's test."""
    write_scores(tmp_path / "mine.csv", made_rows())
    others = [replace(row, score=1 - (row.score or 0)) for row in made_rows()]
    write_scores(tmp_path / "other.csv", [replace(row, model_version="2-x") for row in others])
    chosen = ("--scores", tmp_path / "mine.csv", "--archive-directory", tmp_path / "none")
    answer = report(tmp_path, *chosen, "--against", tmp_path / "other.csv", "--json")
    against = answer.json["against"]
    assert against["model_version"] == "2-x"
    low, high = against["interval"]
    assert 0 < low < against["difference"] < high
    assert against["p_value"] < 0.0001
    page = (tmp_path / "out" / "index.html").read_text()
    assert "Against model 2-x: accuracy +" in page
    assert "McNemar p = 0.0000: more than chance" in page


def test_a_limit_is_for_scoring_here(tmp_path: Path) -> None:
    """Finished scores are reported whole."""
    answer = report(tmp_path, "--scores", tmp_path / "mine.csv", "--limit", 10)
    assert ERROR.match(answer.err)
