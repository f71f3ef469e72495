"""The file of scores: whole or absent, gone on with after an interruption, refused when broken."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.scores.score_file import (
    COLUMNS,
    ScoredReview,
    count_words,
    identify,
    read_scores,
    score_all,
    scored,
    write_scores,
)
from sagemaker_jobs.terminal import Ui
from sentiment.data.archive import ReviewFile

FILES = [
    ReviewFile(f"/somewhere/test/{folder}/{n}_{stars}.txt", label)
    for folder, label, stars in (("neg", 0, 2), ("pos", 1, 9))
    for n in range(10)
]
ROW = ScoredReview("test", "test/pos/0_9", 1, 9, 120, 0.75, "positive", "1.0.0-abc")


class Model:
    """Scores five files at a time; stops after `fail_after` files, as Ctrl-C would."""

    def __init__(self, version: str = "v1", fail_after: int | None = None) -> None:
        self.version = version
        self.fail_after = fail_after
        self.asked: list[str] = []

    def answers(self, files: Sequence[ReviewFile]) -> Iterator[list[ScoredReview]]:
        for start in range(0, len(files), 5):
            if self.fail_after is not None and start >= self.fail_after:
                raise KeyboardInterrupt
            chunk = files[start : start + 5]
            self.asked += map(identify, chunk)
            yield [scored(file, "A film.", {"score": 0.5}, self.version) for file in chunk]

    def score(self, path: Path, ui: Ui) -> list[ScoredReview]:
        return score_all(FILES, self.answers, path=path, version=lambda: self.version, ui=ui)


@pytest.fixture
def ui() -> Ui:
    return Ui(io.StringIO(), io.StringIO())


ROWS = st.builds(
    ScoredReview,
    split=st.sampled_from(["train", "test"]),
    id=st.from_regex(r"test/(pos|neg)/\d{1,5}_\d", fullmatch=True),
    label=st.integers(0, 1),
    rating=st.integers(0, 10),
    words=st.integers(0, 3000),
    score=st.none() | st.floats(0, 1),
    sentiment=st.sampled_from(["positive", "negative", "unsure", "not_a_review", "error"]),
    model_version=st.just("1.0.0-abc"),
)


@given(st.lists(ROWS, min_size=1))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[ScoredReview]
) -> None:
    """Every score comes back as the same number."""
    path = tmp_path_factory.getbasetemp() / "round" / "scores.csv"
    write_scores(path, rows)
    assert read_scores(path) == rows
    assert [found.name for found in path.parent.iterdir()] == ["scores.csv"]


def test_an_interrupted_run_is_gone_on_with(tmp_path: Path, ui: Ui) -> None:
    """No review is asked for twice, and the file appears only when it is whole."""
    path = tmp_path / "scores.csv"
    first = Model(fail_after=10)
    with pytest.raises(KeyboardInterrupt):
        first.score(path, ui)
    assert not path.exists()
    with (tmp_path / "scores.csv.partial").open("a") as partial:
        partial.write("test,test/pos/3_9,1,")  # torn by a full disk
    second = Model()
    rows = second.score(path, ui)
    assert first.asked + second.asked == [identify(file) for file in FILES]
    assert [row.id for row in rows] == [identify(file) for file in FILES]
    assert read_scores(path) == rows
    assert [found.name for found in tmp_path.iterdir()] == ["scores.csv"]


def test_scores_of_another_model_are_not_gone_on_with(tmp_path: Path, ui: Ui) -> None:
    """A model that was replaced meanwhile scores every review itself."""
    path = tmp_path / "scores.csv"
    with pytest.raises(KeyboardInterrupt):
        Model(fail_after=10).score(path, ui)
    other = Model("v2")
    rows = other.score(path, ui)
    assert len(other.asked) == len(FILES)
    assert {row.model_version for row in rows} == {"v2"}


def test_a_finished_file_is_measured_again(tmp_path: Path, ui: Ui) -> None:
    """Only an interrupted run is gone on with."""
    path = tmp_path / "scores.csv"
    Model().score(path, ui)
    again = Model()
    again.score(path, ui)
    assert len(again.asked) == len(FILES)


def test_fewer_reviews_do_not_cost_the_scores_of_an_interrupted_run(tmp_path: Path, ui: Ui) -> None:
    """--limit behind it is refused, and the run itself goes on as if nothing had been."""
    path = tmp_path / "scores.csv"
    with pytest.raises(KeyboardInterrupt):
        Model(fail_after=10).score(path, ui)
    model = Model()
    with pytest.raises(InvalidSetting, match="of 5 more reviews"):
        score_all(FILES[5:15], model.answers, path=path, version=lambda: "v1", ui=ui)
    assert model.asked == []
    model.score(path, ui)
    assert model.asked == [identify(file) for file in FILES[10:]]


def test_a_row_says_what_the_endpoint_said() -> None:
    """A verdict, an answer without one, and an error each make a row."""
    file, text = FILES[-1], "A <br />fine film, 7/10."
    row = scored(file, text, {"score": 0.52, "sentiment": "unsure"}, "v1")
    assert row == ScoredReview("test", "test/pos/9_9", 1, 9, 5, 0.52, "unsure", "v1")
    assert scored(file, text, {"score": 0.2}, "v1").sentiment == "negative"
    failed = scored(file, text, {"error": {"code": "empty_review"}}, "v1")
    assert (failed.score, failed.sentiment) == (None, "error")


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (ROW, True),
        (replace(ROW, label=0), False),
        (replace(ROW, score=0.5, sentiment="unsure"), True),
        (replace(ROW, score=None, sentiment="error"), False),
        (replace(ROW, score=0.5, sentiment="not_a_review"), False),
    ],
)
def test_a_review_that_was_not_judged_is_not_right(row: ScoredReview, right: bool) -> None:
    """The rounded score decides; refusing to read a review earns nothing."""
    assert row.is_right is right


def test_words_are_counted_as_a_person_does() -> None:
    """Markup and punctuation are none."""
    assert count_words("Don't see <i>it</i>!<br /><br />It\u2019s 2 hours...") == 6


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "first line"),
        ("id,score\n", "first line"),
        (f"{HEADER}\n", "holds no scores"),
        (f"{HEADER}\ntest,test/pos/0_9,1,9\n", "line 2"),
        (f"{HEADER}\ntest,test/pos/0_9,1,9,12,often,positive,v1\n", "line 2"),
        (f"{HEADER}\ntest,test/pos/0_9,1,9,12,1.5,positive,v1\n", "impossible"),
        (f'{HEADER}\ntest,"torn', "line 2"),
        ("\udcff", "not a file of scores"),
    ],
)
def test_another_file_is_refused_in_a_sentence(tmp_path: Path, content: str, what: str) -> None:
    """The sentence says what is wrong and which command makes such a file."""
    path = tmp_path / "scores.csv"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InvalidData) as caught:
        read_scores(path)
    assert what in caught.value.what
    assert "evaluate --scores" in caught.value.hint


@pytest.mark.parametrize("name", ["scores.csv", "scores.csv.partial"])
def test_a_file_of_somebody_else_survives(tmp_path: Path, ui: Ui, name: str) -> None:
    """It is refused before any review is scored, under the temporary name too."""
    (tmp_path / name).write_text("three years of work")
    model = Model()
    with pytest.raises(InvalidSetting, match="was not written by this program") as caught:
        model.score(tmp_path / "scores.csv", ui)
    assert caught.value.hint.startswith("--scores with another file name")
    assert model.asked == []
    with pytest.raises(InvalidSetting, match="was not written by this program"):
        write_scores(tmp_path / "scores.csv", [ROW])
    assert (tmp_path / name).read_text() == "three years of work"
    assert [path.name for path in tmp_path.iterdir()] == [name]
