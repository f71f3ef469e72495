"""`score`: judge a file of reviews, and write it again with the verdicts."""

from __future__ import annotations

import hashlib
import re
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.bulk.judge_in_batch import find_model, judge_in_batch
from sagemaker_jobs.endpoint.judge_all import judge_all, read_version
from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.scores.judge_here import judge_here, load_model
from sagemaker_jobs.step import Step, Toolbox, add_instance_arguments, read_instances
from sagemaker_jobs.tables.review_table import ReviewTable, read_table
from sagemaker_jobs.tables.saved_verdicts import saved_verdicts
from sagemaker_jobs.tables.verdict import Verdict
from sagemaker_jobs.terminal import Ui

_STREAM = "-"
# the first line of a file that this step wrote: the titles, or the fields of a JSON object
_TITLES = re.compile(rb"verdict([,\t;|])(?:model_)*lean\1(?:model_)*score\1(?:model_)*note\r?\n")
_FIELDS = re.compile(rb'verdict": "\w+", "(?:model_)*lean": .*"(?:model_)*note": .*\}\n')
_BEGINNING_BYTES = 1_000_000

Judge = Callable[[Sequence[str]], Iterator[list[dict[str, Any]]]]


@dataclass(frozen=True)
class Scoring:
    """A file of reviews that was judged."""

    output: str
    n_reviews: int
    counts: dict[str, int]  # verdict -> number of reviews
    column: str
    model_version: str
    seconds: float
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            return (
                f"would judge {self.n_reviews:,} reviews of the column {self.column} by "
                f"{self.model_version} and write {self.output}"
            )
        counts = ", ".join(f"{n:,} {verdict}" for verdict, n in self.counts.items())
        return (
            f"{self.output}: {self.n_reviews:,} reviews of the column {self.column} in "
            f"{self.seconds:.0f} s ({counts}); model {self.model_version}"
        )


@dataclass(frozen=True)
class Printed:
    """A table that goes to standard output."""

    table: str

    def line(self) -> str:
        return self.table.rstrip("\r\n")


def score(
    table: ReviewTable,
    judge: Judge,
    output: Path | None,
    *,
    source: str,
    model_version: str,
    ui: Ui,
    clock: Callable[[], float] = time.time,
) -> Scoring | Printed:
    """Write the table with a verdict for each review; without `output`, return it in the result.

    An interrupted run resumes from `output`.partial, if `source`, a digest of the reviews, and the
    model are the same.

    Raises:
        InvalidSetting: `output` exists, and was not written by this step.
    """
    from sentiment.safe_files import write_atomically

    started = clock()
    if output:
        _check_output(output)
    unfinished = output.with_name(f"{output.name}.partial") if output else None
    run = {"source": source, "column": table.column, "model_version": model_version}
    with saved_verdicts(unfinished, run) as (earlier, append):
        verdicts = [*earlier]
        if verdicts:
            ui.say(f"{len(verdicts):,} reviews were judged before the interruption")
        total = len(table.reviews)
        with ui.progress("score", total, "reviews", initial=len(verdicts)) as advance:
            for found in _judge_readable(table.reviews[len(earlier) :], judge):
                append(found)
                verdicts += found
                advance(len(found))
    written = table.write(verdicts)
    if output is None or unfinished is None:
        return Printed(written)
    write_atomically(written.encode("utf-8", "backslashreplace"), output)
    unfinished.unlink()
    return Scoring(
        str(output),
        len(verdicts),
        dict(Counter(verdict.verdict for verdict in verdicts).most_common()),
        table.column,
        model_version,
        round(clock() - started, 1),
    )


def _judge_readable(reviews: Sequence[str | Verdict], judge: Judge) -> Iterator[list[Verdict]]:
    """Yield all verdicts in order, some at a time; a review that cannot be read has its own."""
    waiting: list[Verdict] = []
    left = iter(reviews)

    def fill() -> str | None:
        """Take the errors up to the next readable review, which is returned."""
        for review in left:
            if isinstance(review, str):
                return review
            waiting.append(review)
        return None

    for results in judge([review for review in reviews if isinstance(review, str)]):
        for result in results:
            fill()
            waiting.append(Verdict.of(result))
        yield waiting
        waiting = []
    fill()
    yield waiting


def _check_output(output: Path) -> None:
    if output.is_dir():
        raise InvalidSetting(f"{output} is a folder", hint="--output with the name of a file")
    if not output.exists():
        return
    with output.open("rb") as stream:
        beginning = stream.read(_BEGINNING_BYTES)
    if beginning and not (_TITLES.search(beginning) or _FIELDS.search(beginning)):
        raise InvalidSetting(
            f"{output} is there already, and score did not write it",
            hint="choose another --output, or move the file",
        )


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        help="csv, tsv, jsonl, or txt with one review a line; - reads standard input",
    )
    parser.add_argument(
        "--column",
        metavar="NAME",
        help="title or number of the column with the reviews (default: detect it)",
    )
    parser.add_argument(
        "--output",
        metavar="OUT",
        help="file to write in the same format; - is standard output "
        "(default: FILE with .scored in its name; - for standard input)",
    )
    parser.add_argument(
        "--model",
        type=Path,
        metavar="PATH",
        help="judge by this model.tar.gz or its folder (default: the bundled model; with --batch "
        "the endpoint's or, if there is none, the newest trained one)",
    )
    place = parser.add_mutually_exclusive_group()
    place.add_argument(
        "--endpoint", action="store_true", help="let the stage's endpoint judge the reviews"
    )
    place.add_argument(
        "--batch",
        action="store_true",
        help="let a SageMaker batch transform job judge the reviews, billed while it runs",
    )
    add_instance_arguments(parser, "--batch")


@translated()
def run(arguments: Namespace, tools: Toolbox) -> Scoring | Printed:
    if arguments.endpoint and arguments.model:
        raise InvalidSetting(
            "--model is not for --endpoint, which serves its own", hint="leave out one of them"
        )
    instances = read_instances(arguments, "--batch", "transform jobs", is_given=arguments.batch)
    content = _read(arguments.file)
    output = _choose_output(arguments.file, arguments.output)
    if output is None and arguments.json:
        raise InvalidSetting(
            "--json and the table cannot both go to standard output", hint="--output FILE"
        )
    table = read_table(content, arguments.file, arguments.column)
    if output:
        _check_output(output)
    if arguments.column is None:
        tools.ui.say(f"reading the column {table.column}; --column chooses another one")
    judge: Judge
    if arguments.dry_run:
        place = f"a transform job on {instances}" if arguments.batch else "the model"
        n_readable = sum(isinstance(review, str) for review in table.reviews)
        return Scoring(
            str(output or _STREAM), n_readable, {}, table.column, place, 0.0, dry_run=True
        )
    if arguments.batch:
        aws = tools.connect()
        model = find_model(aws, arguments.model, instances, ui=tools.ui, sleep=tools.sleep)
        version = model.name
        judge = partial(
            judge_in_batch,
            aws,
            model,
            instances,
            ui=tools.ui,
            sleep=tools.sleep,
            clock=tools.clock,
        )
    elif arguments.endpoint:
        aws = tools.connect()
        version = read_version(aws, tools.sleep)
        judge = partial(judge_all, aws, sleep=tools.sleep)
    else:
        predictor = load_model(arguments.model)
        version = predictor.artifact.version
        judge = partial(judge_here, predictor)
    return score(
        table,
        judge,
        output,
        source=hashlib.sha256(content).hexdigest(),
        model_version=version,
        ui=tools.ui,
        clock=tools.clock,
    )


def _read(name: str) -> bytes:
    """Return the content of the file, or of standard input."""
    if name != _STREAM:
        if not Path(name).is_file():
            raise InvalidData(f"there is no file {name}", hint="check the name, or - for a stream")
        return Path(name).read_bytes()
    if sys.stdin is None or sys.stdin.isatty():  # None: closed, as by <&-
        raise InvalidData("there are no reviews on standard input", hint="score - < FILE")
    return sys.stdin.buffer.read()


def _choose_output(file: str, wanted: str | None) -> Path | None:
    """Return the file to write; None is standard output."""
    if wanted == _STREAM or (wanted is None and file == _STREAM):
        return None
    path = Path(file)
    suffix = ".csv" if path.suffix.lower() == ".txt" else path.suffix
    output = Path(wanted) if wanted else path.with_name(f"{path.stem}.scored{suffix}")
    if file != _STREAM and output.resolve() == path.resolve():
        raise InvalidSetting(f"{output} is the file to read", hint="choose another --output")
    return output


STEP = Step(
    "score",
    "judge a file of reviews, here or on SageMaker",
    add_arguments,
    run,
)
