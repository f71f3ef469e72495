"""CloudWatch log streams that receive a program's output line by line."""

from __future__ import annotations

import logging
import os
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.embedded_metrics import record_metrics

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

    from local_aws.context import Context

logger = logging.getLogger(__name__)

_FLUSH_S = 0.2
_BATCH_LINES = 100
# a program that left its session and environment may keep the pipe of an ended one open
READER_LIMIT_S = 10.0
_CHUNK_BYTES = 65_536
_LINE_BYTES = 250_000  # CloudWatch takes events of up to 256 KiB


class LogStream:
    """A log stream; `write` only queues a line, and a thread sends the queue every 0.2 s.

    If the role may not write there, the lines are lost, as on AWS.
    """

    def __init__(
        self, context: Context, region: str, group: str, stream: str, role: str | None
    ) -> None:
        client = self._client = context.client("logs", region, role)
        self._stopping = context.stopping
        self._account, self._region = context.account, region
        self.group = group
        self.stream = stream
        self._events: list[InputLogEventTypeDef] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        try:
            with suppress(client.exceptions.ResourceAlreadyExistsException):
                client.create_log_group(logGroupName=group)
            client.create_log_stream(logGroupName=group, logStreamName=stream)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AccessDeniedException":
                raise
            logger.warning("the log %s is lost: %s", group, error)
        self._thread = context.spawn(self._send_queued)

    def write(self, line: str) -> None:
        """Queue a line; CloudWatch refuses empty ones, so they become a space."""
        message = line.encode()[:_LINE_BYTES].decode(errors="ignore") or " "
        with self._lock:
            self._events.append({"timestamp": int(time.time() * 1000), "message": message})

    def close(self) -> None:
        """Send the queued lines, then end the thread."""
        self._closing.set()
        self._thread.join()

    def _send_queued(self) -> None:
        while True:
            closing = self._closing.wait(_FLUSH_S)
            with self._lock:
                events, self._events = self._events, []
            for start in range(0, len(events), _BATCH_LINES):
                self._send(events[start : start + _BATCH_LINES])
            if closing or self._stopping.is_set():
                return

    def _send(self, events: list[InputLogEventTypeDef]) -> None:
        """Send a batch; if the stream has been deleted, its lines are lost."""
        try:
            self._client.put_log_events(
                logGroupName=self.group, logStreamName=self.stream, logEvents=events
            )
        except (BotoCoreError, ClientError) as error:
            is_denied = "AccessDenied" in str(error)  # each line would repeat the warning
            if not self._stopping.is_set() and not is_denied:
                logger.warning("lost %d lines of %s: %s", len(events), self.stream, error)
            return
        for event in events:
            record_metrics(self._account, self._region, event["message"])


class LineFollower(threading.Thread):
    """A thread that passes each line of `output` to `handle`, and closes `output` at its end."""

    def __init__(self, output: IO[bytes], handle: Callable[[str], None]) -> None:
        super().__init__(daemon=True)
        self._output = output
        self._handle = handle
        self._begun = b""  # the start of a line that is not complete
        self._lock = threading.Lock()  # held while lines are read and handled
        os.set_blocking(output.fileno(), False)

    def run(self) -> None:
        with self._output, selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            goes_on = True
            while goes_on:
                selector.select()
                with self._lock:
                    goes_on = self._read_what_is_there()
            with self._lock:
                self._output.close()

    def catch_up(self) -> None:
        """Handle all lines that have been written so far."""
        with self._lock:
            if not self._output.closed:
                self._read_what_is_there()

    def _read_what_is_there(self) -> bool:
        """Return whether more may come."""
        while True:
            try:
                content = os.read(self._output.fileno(), _CHUNK_BYTES)
            except BlockingIOError:
                return True
            *lines, self._begun = (self._begun + content).split(b"\n")
            if not content and self._begun:
                lines, self._begun = [self._begun], b""
            for line in lines:
                self._handle(line.decode("utf-8", "replace").rstrip())
            if not content:
                return False


def follow_lines(output: IO[bytes], handle: Callable[[str], None]) -> LineFollower:
    """Start and return a follower of `output`."""
    follower = LineFollower(output, handle)
    follower.start()
    return follower
