"""A job followed to its end, though CloudWatch tells its last lines late."""

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sagemaker_jobs.aws import Aws
from sagemaker_jobs.training_job import Training, follow
from sagemaker_jobs.ui import Ui

EPOCH = (
    "phase=classifier epoch={} train_loss=0.5 validation_loss={} validation_accuracy={} seconds=9.0"
)
FIRST = EPOCH.format(1, 0.5, 0.8)
SECOND = EPOCH.format(2, 0.2, 0.94)
ENDING = "INFO     Reporting training SUCCESS"


class LateLogs:
    """CloudWatch's answers for one stream: with each look the next of `batches` has arrived."""

    def __init__(self, *batches: list[str]) -> None:
        self._batches = batches
        self._n_looks = 0

    def describe_log_streams(self, **_: str) -> dict[str, Any]:
        self._n_looks += 1
        return {"logStreams": [{"logStreamName": "job/algo-1-1"}]}

    def get_log_events(self, *, nextToken: str = "0", **_: object) -> dict[str, Any]:  # noqa: N803
        lines = [line for batch in self._batches[: self._n_looks] for line in batch]
        events = [{"message": line} for line in lines[int(nextToken) :]]
        return {"events": events, "nextForwardToken": str(len(lines))}


class EndedJob:
    """SageMaker's answer for a job that has completed."""

    def describe_training_job(self, **_: str) -> dict[str, Any]:
        artifacts = {"S3ModelArtifacts": "s3://bucket/model.tar.gz"}
        return {"TrainingJobStatus": "Completed", "ModelArtifacts": artifacts}


def followed(logs: LateLogs) -> tuple[Training, list[float]]:
    """What came of the job, and the waits for more of its log."""
    waits: list[float] = []
    place = SimpleNamespace(logs=logs, sagemaker=EndedJob(), stage="dev")
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


def test_waiting_for_last_lines_has_an_end() -> None:
    """A log that stays incomplete does not keep the result."""
    training, waits = followed(LateLogs([FIRST]))
    assert [epoch.epoch for epoch in training.epochs] == [1]
    assert 0 < len(waits) < 10
