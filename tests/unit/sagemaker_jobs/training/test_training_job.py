"""A job followed to its end, though CloudWatch tells its last lines late."""

from __future__ import annotations

import io
import json
import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, SSOTokenLoadError

from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.cli import as_json
from sagemaker_jobs.errors import StillRunning
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training.training_job import Training, follow
from sentiment.training.history import EpochMetrics

FIRST = EpochMetrics("classifier", 1, 0.5, math.nan, 0.8, 9.0).log_line()
SECOND = EpochMetrics("classifier", 2, 0.5, 0.2, 0.94, 9.0).log_line()
ENDING = "INFO     Reporting training SUCCESS"


class LateLogs:
    """CloudWatch's answers for one stream: with each look the next of `batches` has arrived."""

    def __init__(self, *batches: list[str]) -> None:
        self._batches = batches
        self._n_looks = 0

    def get_paginator(self, name: str) -> LateLogs:
        assert name == "describe_log_streams"
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        self._n_looks += 1
        return [{"logStreams": [{"logStreamName": "job/algo-1-1"}]}]

    def get_log_events(self, *, nextToken: str = "0", **_: object) -> dict[str, Any]:  # noqa: N803
        lines = [line for batch in self._batches[: self._n_looks] for line in batch]
        events = [{"message": line} for line in lines[int(nextToken) :]]
        return {"events": events, "nextForwardToken": str(len(lines))}


class EndedJob:
    """SageMaker's answer for a job that has completed."""

    def describe_training_job(self, **_: str) -> dict[str, Any]:
        artifacts = {"S3ModelArtifacts": "s3://bucket/model.tar.gz"}
        return {"TrainingJobStatus": "Completed", "ModelArtifacts": artifacts}


class LostJob:
    """SageMaker's answers for a job that runs: some looks, then the error."""

    def __init__(self, error: Exception, *, n_looks: int) -> None:
        self._error = error
        self._n_looks = n_looks

    def describe_training_job(self, **_: str) -> dict[str, Any]:
        if not self._n_looks:
            raise self._error
        self._n_looks -= 1
        return {"TrainingJobStatus": "InProgress"}


def followed(logs: LateLogs, sagemaker: object = None) -> tuple[Training, list[float]]:
    """What came of the job, and the waits for more of its log."""
    waits: list[float] = []
    options = "--stage dev --region eu-west-1"
    place = SimpleNamespace(logs=logs, sagemaker=sagemaker or EndedJob(), options=options)
    training = follow(
        cast("Aws", place), "job", ui=Ui(io.StringIO()), sleep=waits.append, clock=lambda: 0.0
    )
    return training, waits


@pytest.mark.parametrize(
    "batches",
    [
        ([FIRST, SECOND, ENDING],),
        ([FIRST], [SECOND, ENDING]),
        ([], [FIRST], [], [SECOND], [ENDING]),
    ],
)
def test_last_lines_are_waited_for(batches: tuple[list[str], ...]) -> None:
    """As long as the host's own last line has not come, and no longer."""
    training, waits = followed(LateLogs(*batches))
    assert [epoch.epoch for epoch in training.epochs] == [1, 2]
    assert "validation accuracy 0.9400" in training.line()
    assert len(waits) == len(batches) - 1
    first, _ = json.loads(as_json(training), parse_constant=str.upper)["epochs"]
    assert first["validation_loss"] == "NaN"  # text: JSON has no such number


def test_waiting_for_last_lines_has_an_end() -> None:
    """A log that stays incomplete does not keep the result."""
    training, waits = followed(LateLogs([FIRST]))
    assert [epoch.epoch for epoch in training.epochs] == [1]
    assert 0 < len(waits) < 10


EXPIRED: Any = {"Error": {"Code": "ExpiredTokenException", "Message": "The token is expired."}}


@pytest.mark.parametrize(
    ("error", "cause", "repair"),
    [
        (ClientError(EXPIRED, "DescribeTrainingJob"), "The token is expired", "aws sso login"),
        (SSOTokenLoadError(error_msg="gone", profile_name="x"), "gone", "aws sso login"),
        (EndpointConnectionError(endpoint_url="https://aws"), "cannot be reached", "the network"),
    ],
)
@pytest.mark.parametrize("n_looks", [0, 3])
def test_a_job_that_is_out_of_sight_goes_on(
    error: Exception, cause: str, repair: str, n_looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads only that AWS is away starts a second job; the hint follows the first, there."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    with pytest.raises(StillRunning, match="which continues: ") as caught:
        followed(LateLogs([FIRST]), LostJob(error, n_looks=n_looks))
    assert (caught.value.job, caught.value.exit_code) == ("job", 1)
    assert cause in caught.value.what
    assert repair in caught.value.hint
    train, place = "python -m sagemaker_jobs train", "--stage dev --region eu-west-1"
    hint = f"; then {train} follow job {place}, or to stop it {train} stop job {place}"
    assert hint in caught.value.hint


def test_a_job_that_runs_says_how_to_see_it() -> None:
    """In the stage and region where it is."""
    line = Training("job", "InProgress", options="--stage prod --region eu-west-1").line()
    assert line.endswith(
        "follow it with python -m sagemaker_jobs train follow job --stage prod --region eu-west-1"
    )


@pytest.mark.parametrize(
    ("region", "environ", "options"),
    [
        (None, {"AWS_REGION": "eu-west-1"}, "--stage dev"),
        ("eu-west-1", {"AWS_REGION": "eu-west-1"}, "--stage dev"),
        ("eu-west-1", {"AWS_REGION": "us-east-1"}, "--stage dev --region eu-west-1"),
        ("eu-west-1", {}, "--stage dev --region eu-west-1"),
    ],
)
def test_another_region_than_the_environments_is_printed(
    region: str | None, environ: dict[str, str], options: str
) -> None:
    """A command to repeat leads to the same place."""
    assert connect("dev", region, environ).options == options
