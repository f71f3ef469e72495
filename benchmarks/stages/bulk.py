"""Bulk scoring: `evaluate` through the deployed endpoint, against one review a request."""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.pairing import MS_PER_S, seconds, take_turns
from benchmarks.reviews import sample_reviews, synthetic_reviews, write_archive
from benchmarks.servers import Endpoint, plain_command, serving, write_classic_model
from benchmarks.stage import TOLERANCE, Measurement, Setting, Stage, max_difference, require

if TYPE_CHECKING:
    from sagemaker_jobs.aws.session import Aws


def measure_bulk(setting: Setting) -> Measurement:
    """Measure the time a review through `evaluate`, and plainly, with the same classic model."""
    from sagemaker_jobs.archive.review_files import list_split
    from sagemaker_jobs.scores.score_file import read_scores
    from sagemaker_jobs.steps.evaluate import evaluate
    from sagemaker_jobs.terminal import Ui

    n_plain, n_ours = setting.size(16, 256), setting.size(500, 25_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        archive = setting.archive or write_archive(
            folder / "archive", synthetic_reviews(setting.model, 2 * n_ours)
        )
        files = list_split(archive, n_ours)
        texts = [file.read() for file in files[:: max(1, len(files) // n_plain)][:n_plain]]
        names = {file.read(): file.path.stem for file in files}
        model = folder / "model"
        write_classic_model(model, sample_reviews(setting, setting.size(100, 1_000)))
        plain = Endpoint(stack.enter_context(serving(plain_command(model))), texts)
        aws = stack.enter_context(_deployed(model))
        table = folder / "scores.csv"

        evaluate(aws, archive, limit=n_ours, scores=table, ui=Ui())
        scores = {row.id.rpartition("/")[2]: row.score for row in read_scores(table)}
        expected = plain.load(1, n_plain)["scores"]
        ours = [scores[names[text]] for text in texts]
        apart = max_difference(expected, [score for score in ours if score is not None])
        require(equal=apart <= TOLERANCE, what=f"scores differ by {apart:.1e}")

        def by_us() -> float:
            return (
                seconds(lambda: evaluate(aws, archive, limit=n_ours, ui=Ui())) / n_ours * MS_PER_S
            )

        def plainly() -> float:
            return float(plain.load(1, n_plain)["seconds"]) / n_plain * MS_PER_S

        times = take_turns(plainly, by_us, setting.size(2, 3))
    return Measurement(
        *times,
        note=f"evaluate through the local endpoint, {n_ours:,} reviews in "
        f"{statistics.median(times[1]) * n_ours / MS_PER_S:.0f} s; plainly {n_plain}",
        checked=f"scores of {n_plain} reviews within {TOLERANCE:g}",
    )


@contextmanager
def _deployed(model: Path) -> Iterator[Aws]:
    """Deploy the model to the stage `local` of a new local AWS."""
    import local_aws
    from sagemaker_jobs.aws.session import connect
    from sagemaker_jobs.endpoint.revision import DeploySettings
    from sagemaker_jobs.operations.deployment import deploy
    from sagemaker_jobs.steps.setup import setup
    from sagemaker_jobs.terminal import Ui

    with local_aws.start() as running, _environment(running.environment):
        aws = connect("local", None, os.environ)
        setup(aws, ui=Ui())
        settings = DeploySettings(artifact=model, image="benchmark", smoke_test=False)
        deploy(aws, settings, ui=Ui())
        yield aws


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Replace the environment's AWS settings with `variables` while inside."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    _replace(before, variables)
    try:
        yield
    finally:
        _replace(variables, before)


def _replace(old: Iterable[str], new: Mapping[str, str]) -> None:
    for name in old:
        del os.environ[name]
    os.environ.update(new)


STAGES = (
    Stage(
        "bulk scoring of 25,000 reviews",
        "times_faster",
        15,
        "ms a review",
        measure_bulk,
        "the network's operations alone take 0.85 ms of both cores a review, half of the time; the "
        "rest is Python: cleaning, detecting other text, reading and counting words, JSON",
    ),
)
