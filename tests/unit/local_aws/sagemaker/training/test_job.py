"""A training job with a stop request at the moment when it completes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local_aws.sagemaker.training.job import TrainingJob
from local_aws.sagemaker.training.statuses import ENDINGS


class Lock:
    """A lock that is let go of once with `then` following at once, as another thread's turn."""

    def __init__(self, then: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._then = [then]

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if self._then:
            self._then.pop()()


def test_a_job_that_completes_while_it_is_asked_to_stop_has_ended(tmp_path: Path) -> None:
    """Whichever comes first, its last status is a final one, never Stopping."""
    context: Any = SimpleNamespace(
        client=lambda *_: None, processes=SimpleNamespace(make_directory=lambda _: tmp_path)
    )
    description = {
        "TrainingJobStatus": "InProgress",
        "SecondaryStatusTransitions": [],
        "RoleArn": "arn:aws:iam::123456789012:role/any",
        "ResourceConfig": {"InstanceCount": 1},
    }
    job = TrainingJob(context, "us-east-1", description)
    job._lock = Lock(lambda: job._advance(*ENDINGS["done"]))  # type: ignore[assignment]
    assert job.request_stop()
    assert job.describe()["TrainingJobStatus"] == "Completed"
    steps = [step["Status"] for step in job.describe()["SecondaryStatusTransitions"]]
    assert steps == ["Starting", "Stopping", "Completed"]
