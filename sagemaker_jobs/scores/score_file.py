"""Scores as CSV, one row per review: `evaluate --scores` saves them and `report` reads them.

The columns are the fields of `ScoredReview`. They hold no text of a review.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.files import check_ours
from sagemaker_jobs.scores.metrics import DECISION_THRESHOLD
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from sentiment.data.archive import ReviewFile

NOT_A_REVIEW = "not_a_review"
UNSURE = "unsure"
ERROR = "error"

_WORD = re.compile(
    r"</?[a-zA-Z!?][^<>]{0,500}>|([^\W_]+(?:['\u2019][^\W_]+)*)"
)  # markup is not a word


@dataclass(frozen=True)
class ScoredReview:
    """A review's facts and its verdict."""

    split: str
    id: str  # its file in the archive, without .txt: test/pos/127_10
    label: int  # 1 positive, 0 negative
    rating: int  # 1 to 10 stars
    words: int
    score: float | None  # probability of 'positive'; None where the answer was an error
    sentiment: str  # positive, negative, unsure, not_a_review; or error
    model_version: str

    @property
    def judged_score(self) -> float | None:
        """Return the score; None if there is none or the text is not a review."""
        return None if self.sentiment == NOT_A_REVIEW else self.score

    @property
    def is_right(self) -> bool:
        """Return whether the rounded score is the label; False for a review without a score."""
        score = self.judged_score
        return score is not None and (score >= DECISION_THRESHOLD) == (self.label == 1)


COLUMNS = tuple(field.name for field in fields(ScoredReview))
BEGINNING = f"{','.join(COLUMNS)}\n".encode()  # identifies our files


def identify(file: ReviewFile) -> str:
    """Return the review's name in the archive, independent of the archive's folder."""
    return "/".join((*file.path.parent.parts[-2:], file.path.stem))


def scored(
    file: ReviewFile, text: str, result: Mapping[str, Any], model_version: str
) -> ScoredReview:
    """Return the row for a review and the endpoint's result."""
    name = identify(file)
    rating = file.path.stem.partition("_")[2]
    score = float(result["score"]) if "score" in result else None
    verdict = ERROR if score is None else "positive" if score >= DECISION_THRESHOLD else "negative"
    return ScoredReview(
        name.partition("/")[0],
        name,
        file.label,
        int(rating) if rating.isdecimal() else 0,
        count_words(text),
        score,
        str(result.get("sentiment", verdict)),
        model_version,
    )


def count_words(text: str) -> int:
    """Return the number of words, without markup and punctuation.

    >>> count_words("It's 7/10.<br /><br />See it!")
    5
    """
    return sum(map(bool, _WORD.findall(text)))


def read_scores(path: Path) -> list[ScoredReview]:
    """Return the rows of a complete file.

    Raises:
        InvalidData: the file is missing, empty or malformed; the message names the line.
    """
    if not path.is_file():
        raise InvalidData(
            f"there is no file {path}", hint=f"run evaluate --scores {path} to create it"
        )
    with path.open(encoding="utf-8", newline="") as stream:
        try:
            rows = list(_rows(stream))
        except ValueError as error:
            raise InvalidData(
                f"{path} is not a file of scores: {error}",
                hint=f"run evaluate --scores {path} to create one",
            ) from error
    if not rows:
        raise InvalidData(
            f"{path} holds no scores", hint=f"run evaluate --scores {path} to create it again"
        )
    return rows


def write_scores(path: Path, rows: Iterable[ScoredReview]) -> None:
    """Write the file so that a reader sees the old content or the new one.

    Raises:
        InvalidSetting: the file, or its `.partial`, exists and holds no scores.
    """
    _check_ours(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = _partial(path)
    with _appending(partial, rows):
        pass
    partial.replace(path)


def score_all(
    files: Sequence[ReviewFile],
    answers: Callable[[Sequence[ReviewFile]], Iterator[list[ScoredReview]]],
    *,
    path: Path | None,
    version: Callable[[], str],
    ui: Ui,
) -> list[ScoredReview]:
    """Return the files' rows in order, and save them at `path` once they are complete.

    Until then they are in `path`.partial. An interrupted run resumes from it if `version()` is
    still the version of the model that gave them.

    Raises:
        InvalidSetting: the interrupted run covers further reviews, whose scores would be lost, or
            an existing file holds no scores.
    """
    if path:
        _check_ours(path)
    earlier = _unfinished(path, version) if path else {}
    if path and (n_others := len(earlier.keys() - set(map(identify, files)))):
        raise InvalidSetting(
            f"{_partial(path)} has the scores of {n_others:,} more reviews, from a run that was "
            "interrupted",
            hint="repeat that run to resume it, choose another --scores, or remove the file",
        )
    pending = [file for file in files if identify(file) not in earlier]
    found = {name: earlier[name] for name in map(identify, files) if name in earlier}
    if found:
        ui.say(f"{len(found):,} of {len(files):,} reviews were scored before the interruption")
    with (
        ui.progress("score", len(files), "reviews", initial=len(found)) as advance,
        _appending(_partial(path) if path else None, found.values()) as append,
    ):
        for rows in answers(pending):
            append(rows)
            found |= {row.id: row for row in rows}
            advance(len(rows))
    ordered = [found[identify(file)] for file in files]
    if path:
        write_scores(path, ordered)
    return ordered


def _check_ours(path: Path) -> None:
    for file in (path, _partial(path)):
        check_ours(file, BEGINNING, "--scores")


def _partial(path: Path) -> Path:
    return path.with_name(f"{path.name}.partial")


def _unfinished(path: Path, version: Callable[[], str]) -> dict[str, ScoredReview]:
    """Return the rows of an interrupted run by the same model, without a torn last line."""
    rows: list[ScoredReview] = []
    try:
        with _partial(path).open(encoding="utf-8", newline="") as stream:
            rows.extend(_rows(stream))
    except FileNotFoundError:
        return {}
    except ValueError:
        pass  # the rows before the torn line count
    versions = {row.model_version for row in rows if row.model_version}
    return {row.id: row for row in rows} if versions == {version()} else {}


def _rows(lines: Iterable[str]) -> Iterator[ScoredReview]:
    reader = csv.reader(lines, strict=True)
    try:
        if next(reader, None) != list(COLUMNS):
            raise ValueError(f"its first line is not {','.join(COLUMNS)}")
        for row in reader:
            yield _parse(row, reader.line_num)
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error


def _parse(row: Sequence[str], line: int) -> ScoredReview:
    try:
        split, name, label, rating, words, score, verdict, model_version = row
        found = ScoredReview(
            split,
            name,
            int(label),
            int(rating),
            int(words),
            float(score) if score else None,
            verdict,
            model_version,
        )
    except ValueError:
        raise ValueError(
            f"line {line} does not hold {len(COLUMNS)} values of their kinds"
        ) from None
    if found.label not in {0, 1} or not (found.score is None or 0 <= found.score <= 1):
        raise ValueError(f"line {line} has an impossible label or score")
    return found


@contextmanager
def _appending(
    path: Path | None, first: Iterable[ScoredReview]
) -> Iterator[Callable[[Iterable[ScoredReview]], None]]:
    """Yield a function that appends rows to a new file holding `first`, if there is a path."""
    if path is None:
        yield lambda _rows: None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)

        def append(rows: Iterable[ScoredReview]) -> None:
            writer.writerows(astuple(row) for row in rows)
            stream.flush()

        append(first)
        yield append
