"""Read a training job's log lines from CloudWatch, each line once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sagemaker_jobs.aws.names import TRAINING_LOG_GROUP
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# each host's last line: sagemaker-training's trainer.py logs how the program ended
_LAST_LINE = re.compile(r"Reporting training (SUCCESS|FAILURE)")


def streams(logs: CloudWatchLogsClient, job: str, group: str = TRAINING_LOG_GROUP) -> list[str]:
    """Return the names of the job's log streams, one a host; none before the first line."""
    pages = logs.get_paginator("describe_log_streams").paginate(
        logGroupName=group, logStreamNamePrefix=f"{job}/"
    )
    found = or_none(lambda: [stream for page in pages for stream in page["logStreams"]])
    return [stream["logStreamName"] for stream in found or ()]


class JobLog:
    """A reader of every host's log stream; each call continues where the last one ended."""

    def __init__(self, aws: Aws, job: str) -> None:
        self._logs = aws.logs
        self._job = job
        self._tokens: dict[str, str] = {}
        self._ended: set[str] = set()

    @property
    def has_ended(self) -> bool:
        """Return whether every host's last line has been read."""
        return bool(self._ended) and self._ended == self._tokens.keys()

    def new_lines(self) -> Iterator[str]:
        """Yield the lines logged since the last call."""
        for stream in streams(self._logs, self._job):
            yield from self._read_on(stream)

    def _read_on(self, stream: str) -> Iterator[str]:
        while True:
            token = self._tokens.get(stream)
            place = {"nextToken": token} if token else {}
            page = self._logs.get_log_events(
                logGroupName=TRAINING_LOG_GROUP,
                logStreamName=stream,
                startFromHead=True,
                **place,  # type: ignore[arg-type]
            )
            for event in page["events"]:
                if _LAST_LINE.search(event["message"]):
                    self._ended.add(stream)
                yield event["message"]
            self._tokens[stream] = page["nextForwardToken"]
            if not page["events"] or page["nextForwardToken"] == token:
                return
