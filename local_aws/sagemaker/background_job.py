"""A job that runs in a thread of its own: what processing jobs and batch transforms share."""

from __future__ import annotations

import logging
import threading
import time
from abc import ABC, abstractmethod
from typing import ClassVar

from local_aws.context import Context
from local_aws.errors import LocalAwsError, failure_reason
from local_aws.http import JsonObject

logger = logging.getLogger(__name__)

_REASON_LENGTH = 1024


class BackgroundJob(ABC):
    """A job that `start` runs once; `kind` is "TransformJob", say, as in the names of AWS."""

    kind: ClassVar[str]

    def __init__(self, context: Context, description: JsonObject) -> None:
        self._context = context
        self._description = description
        self._lock = threading.Lock()
        self._stop = threading.Event()

    def describe(self) -> JsonObject:
        """Return the Describe operation's answer."""
        with self._lock:
            return dict(self._description)

    def start(self) -> None:
        self._context.spawn(self._run)

    def request_stop(self) -> bool:
        """Stop the job as soon as possible; return whether it was running."""
        with self._lock:
            status = self._description[f"{self.kind}Status"]
            if status == "InProgress":
                self._description[f"{self.kind}Status"] = "Stopping"
                self._stop.set()
        return status in {"InProgress", "Stopping"}

    @abstractmethod
    def _work(self) -> str:
        """Do the job and return its final status.

        Raises:
            LocalAwsError: it failed, or a stop was requested.
        """

    @abstractmethod
    def _clean_up(self) -> None:
        """End and remove what the job has left."""

    def _is_stopping(self) -> bool:
        return self._stop.is_set() or self._context.stopping.is_set()

    def _note(self, **members: object) -> None:
        """Set members of the description."""
        with self._lock:
            self._description |= members

    def _run(self) -> None:
        reason = ""
        try:
            status = self._work()
        except LocalAwsError as error:
            status, reason = ("Stopped", "") if self._is_stopping() else ("Failed", str(error))
        except Exception as error:
            if not self._context.stopping.is_set():
                logger.exception("a %s ended by a defect of local_aws", self.kind)
            status, reason = "Failed", failure_reason(error)
        finally:
            self._clean_up()
        now = time.time()
        name = self.kind.removesuffix("Job")
        ending: JsonObject = {f"{self.kind}Status": status, f"{name}EndTime": now}
        if reason:
            ending["FailureReason"] = reason[:_REASON_LENGTH]
        self._note(**ending, LastModifiedTime=now)
