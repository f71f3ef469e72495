"""`score`: each review's verdict in its place, through an interruption too."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.steps.score import Printed, Scoring, score
from sagemaker_jobs.tables.review_table import read_table
from sagemaker_jobs.terminal import Ui
from tests.support.pipeline import ERROR
from tests.support.pipeline import call_step as step

CSV = b'id,review\n1,good\n2\n3,"bad, very"\n4,\n5,good\n6\n'


class Model:
    """Judges two reviews at a time; stops after `fail_after` of them, as Ctrl-C would."""

    def __init__(self, fail_after: int | None = None) -> None:
        self.fail_after = fail_after
        self.asked: list[str] = []

    def judge(self, reviews: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        for start in range(0, len(reviews), 2):
            if self.fail_after is not None and start >= self.fail_after:
                raise KeyboardInterrupt
            part = reviews[start : start + 2]
            self.asked += part
            yield [self._result(review) for review in part]

    def _result(self, review: str) -> dict[str, Any]:
        if not review:
            return {"error": {"code": "empty_review", "message": "no words"}}
        positive = review == "good"
        sentiment = "positive" if positive else "negative"
        return {"sentiment": sentiment, "score": 0.9 if positive else 0.2, "model_version": "v1"}


def scored(
    output: Path | None, model: Model, version: str = "v1", ui: Ui | None = None
) -> Scoring | Printed:
    return score(
        read_table(CSV, "a.csv"),
        model.judge,
        output,
        source="digest",
        model_version=version,
        ui=ui or Ui(io.StringIO()),
    )


def test_each_row_gets_its_verdict_or_its_error(tmp_path: Path) -> None:
    """In the file's order, whatever could not be read or judged."""
    output = tmp_path / "new" / "out.csv"
    result = scored(output, Model())
    assert isinstance(result, Scoring)
    assert result.counts == {"error": 3, "positive": 2, "negative": 1}
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert [(row["id"], row["verdict"], row["score"]) for row in rows] == [
        ("1", "positive", "0.9"),
        ("2", "error", ""),
        ("3", "negative", "0.2"),
        ("4", "error", ""),
        ("5", "positive", "0.9"),
        ("6", "error", ""),
    ]
    assert rows[3]["note"] == "no words"
    assert not list(tmp_path.rglob("*.partial"))


def test_an_interrupted_run_resumes(tmp_path: Path) -> None:
    """What was judged is not judged again, and the file is the same as without interruption."""
    output, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    with pytest.raises(KeyboardInterrupt):
        scored(output, Model(fail_after=2))
    assert not output.exists()
    partial = tmp_path / "out.csv.partial"
    partial.write_text(partial.read_text() + '["pos')  # torn
    model, said = Model(), io.StringIO()
    scored(output, model, ui=Ui(said))
    assert model.asked == ["", "good"]
    assert "3 reviews were judged before the interruption" in said.getvalue()
    scored(whole, Model())
    assert output.read_text() == whole.read_text()


def test_another_models_verdicts_are_not_taken(tmp_path: Path) -> None:
    """Nor those of another file or column."""
    with pytest.raises(KeyboardInterrupt):
        scored(tmp_path / "out.csv", Model(fail_after=2))
    model = Model()
    scored(tmp_path / "out.csv", model, version="v2")
    assert model.asked == ["good", "bad, very", "", "good"]


def test_a_file_is_overwritten_only_if_score_wrote_it(tmp_path: Path) -> None:
    """Neither a user's file nor a foreign .partial is lost."""
    output = tmp_path / "out.csv"
    scored(output, Model())
    scored(output, Model())
    output.write_text("my,thesis\n")
    with pytest.raises(InvalidSetting, match="score did not write it"):
        scored(output, Model())
    assert output.read_text() == "my,thesis\n"
    output.unlink()
    (tmp_path / "out.csv.partial").write_text("mine")
    with pytest.raises(InvalidSetting, match="partial"):
        scored(output, Model())
    with pytest.raises(InvalidSetting, match="is a folder"):
        scored(tmp_path, Model())


def test_json_lines_that_score_wrote_are_overwritten(tmp_path: Path) -> None:
    """As CSV is."""
    table = read_table(b'{"review": "good"}\n{"review": "bad"}\n', "a.jsonl")
    output = tmp_path / "out.jsonl"
    for _ in range(2):
        score(
            table,
            Model().judge,
            output,
            source="",
            model_version="v1",
            ui=Ui(io.StringIO()),
        )
    verdicts = [json.loads(line)["verdict"] for line in output.read_text().splitlines()]
    assert verdicts == ["positive", "negative"]


def test_the_bundled_model_judges_a_file_here(tmp_path: Path) -> None:
    """Without AWS, region or credentials; the result says what was written and read."""
    reviews = tmp_path / "reviews.tsv"
    reviews.write_text("id\tcomment\n7\tA wonderful, moving film.\n8\tA dull, stupid waste.\n")
    answer = step("score", reviews, "--json", environment={})
    assert answer.json["counts"] == {"positive": 1, "negative": 1}
    assert answer.json["output"] == str(tmp_path / "reviews.scored.tsv")
    assert "reading the column comment" in answer.err
    written = (tmp_path / "reviews.scored.tsv").read_text().splitlines()
    assert written[1].startswith("7\tA wonderful, moving film.\tpositive\tpositive\t0.9")


def test_a_stream_goes_to_standard_output() -> None:
    """One review a line in, a CSV table out."""
    answer = step("score", "-", environment={}, text="A wonderful film\nA dull film\n")
    assert answer.exit_code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "review,verdict,lean,score,note"
    assert [line.split(",")[1] for line in lines[1:]] == ["positive", "negative"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("nothing.csv",), "there is no file nothing.csv"),
        (("-", "--json"), "cannot both go to standard output"),
        (("pyproject.toml", "--output", "pyproject.toml"), "is the file to read"),
        (("pyproject.toml", "--output", "README.md"), "score did not write it"),
        (("-", "--model", "README.md"), "README.md"),
        (("-", "--endpoint"), "no AWS region is chosen"),
    ],
)
def test_what_cannot_be_is_one_sentence(arguments: tuple[str, ...], what: str) -> None:
    """Before anything is judged."""
    answer = step("score", *arguments, environment={}, text="A film\n")
    assert answer.exit_code == 1
    assert ERROR.match(answer.err.splitlines(keepends=True)[-1]), answer.err
    assert what in answer.err
