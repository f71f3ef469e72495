"""CloudWatch log streams, fed line by line from a program's output."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from local_aws.platform import Platform

logger = logging.getLogger(__name__)

FLUSH_S = 0.2
BATCH_LINES = 100
# for the rest of an ended program's lines; what left its session and environment may hold the pipe
READER_LIMIT_S = 10.0
LINE_BYTES = 250_000  # CloudWatch takes events of up to 256 KiB


class LogStream:
    """One stream; `write` only queues, a thread of its own sends what is queued every 0.2 s."""

    def __init__(self, platform: "Platform", region: str, group: str, stream: str) -> None:
        client = self._client = platform.client("logs", region)
        self._stopping = platform.stopping
        self.group = group
        self.stream = stream
        self._events: list[InputLogEventTypeDef] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        with suppress(client.exceptions.ResourceAlreadyExistsException):
            client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        self._thread = platform.spawn(self._send_queued)

    def write(self, line: str) -> None:
        """Queue one line; empty ones become a space, which CloudWatch accepts."""
        message = line.encode()[:LINE_BYTES].decode(errors="ignore") or " "
        with self._lock:
            self._events.append({"timestamp": int(time.time() * 1000), "message": message})

    def close(self) -> None:
        """Send what is queued and end."""
        self._closing.set()
        self._thread.join()

    def _send_queued(self) -> None:
        while True:
            closing = self._closing.wait(FLUSH_S)
            with self._lock:
                events, self._events = self._events, []
            for start in range(0, len(events), BATCH_LINES):
                self._send(events[start : start + BATCH_LINES])
            if closing or self._stopping.is_set():
                return

    def _send(self, events: "list[InputLogEventTypeDef]") -> None:
        """Send one batch; a stream that someone deleted meanwhile takes no more lines."""
        try:
            self._client.put_log_events(
                logGroupName=self.group, logStreamName=self.stream, logEvents=events
            )
        except (BotoCoreError, ClientError) as error:
            if not self._stopping.is_set():
                logger.warning("lost %d lines of %s: %s", len(events), self.stream, error)


def follow_lines(output: IO[bytes], handle: Callable[[str], None]) -> threading.Thread:
    """Return a running thread that passes each line of `output` to `handle` until it ends."""

    def read() -> None:
        with output:
            for line in output:
                handle(line.decode("utf-8", "replace").rstrip())

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread
