"""A training job's log lines in CloudWatch, each once."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sagemaker_jobs.aws import Aws
from sagemaker_jobs.aws_errors import or_none
from sagemaker_jobs.stage import TRAINING_LOG_GROUP

# the last line of each host: sagemaker-training's trainer.py says how its program ended
_LAST_LINE = re.compile(r"Reporting training (SUCCESS|FAILURE)")


class JobLog:
    """Reads on from where it stopped, in every host's stream."""

    def __init__(self, aws: Aws, job: str) -> None:
        self._logs = aws.logs
        self._job = job
        self._tokens: dict[str, str] = {}
        self._ended: set[str] = set()

    @property
    def has_ended(self) -> bool:
        """Whether every host's last line has been read."""
        return bool(self._ended) and self._ended == self._tokens.keys()

    def new_lines(self) -> Iterator[str]:
        """The lines that came since the last call."""
        answer = or_none(
            lambda: self._logs.describe_log_streams(
                logGroupName=TRAINING_LOG_GROUP, logStreamNamePrefix=f"{self._job}/"
            )
        )
        for stream in answer["logStreams"] if answer else []:
            yield from self._read_on(stream["logStreamName"])

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
