"""The errors of local_aws.

LocalAwsError
├── PortBusyError                 another program uses the port
├── PortRefusedError              the port is invalid, or this user may not use it
├── DataDirError                  the folder for files cannot be used
├── AlreadyRunningError           this process already has a local_aws
└── AwsError                      becomes AWS's kind of answer: code, message, HTTP status
    ├── ValidationError           400 ValidationException, SageMaker's code for most refusals
    ├── InternalFailureError      500, a defect of local_aws or moto
    ├── DiskFullError             507, this machine has no room for what was sent
    └── NotImplementedHereError   501, AWS can do it and local_aws cannot
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class LocalAwsError(Exception):
    """The root of all errors of this package."""


class PortBusyError(LocalAwsError):
    """Another program listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program; choose another with --port")
        self.port = port


class PortRefusedError(LocalAwsError):
    """The port is invalid, or this user may not listen on it."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on port {port}: {reason}; choose another with --port")
        self.port = port


class DataDirError(LocalAwsError):
    """Files cannot be kept in the folder."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"cannot keep files in {folder}: {reason}; choose another folder with --data-dir"
        )
        self.folder = folder


class AlreadyRunningError(LocalAwsError):
    """The process already has a local_aws; moto's state belongs to the whole process."""

    def __init__(self, url: str) -> None:
        super().__init__(f"local_aws already runs in this process at {url}; stop it first")
        self.url = url


class AwsError(LocalAwsError):
    """An error that AWS's clients understand; `fields` has further members of its shape."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, fields: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class ValidationError(AwsError):
    """SageMaker's ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class InternalFailureError(AwsError):
    """A defect of local_aws or moto; only the log has its details."""

    def __init__(self) -> None:
        super().__init__(
            "InternalFailure", "the request failed inside local_aws; try: read its log", status=500
        )


class DiskFullError(AwsError):
    """The disk of this machine is full. AWS has no such error, and clients do not retry it."""

    def __init__(self) -> None:
        super().__init__(
            "InsufficientStorage",
            "the disk of local_aws is full; try: free space, or start it with --data-dir",
            status=507,
        )


def as_aws_error(error: BaseException) -> AwsError:
    """Return what clients learn of an error that local_aws did not expect."""
    return DiskFullError() if _is_disk_full(error) else InternalFailureError()


def failure_reason(error: BaseException) -> str:
    """Return the FailureReason of a job or endpoint that such an error ended."""
    if _is_disk_full(error):
        return f"ClientError: {DiskFullError().message}"
    return "InternalServerError: We encountered an internal error. Please try again."


def _is_disk_full(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class NotImplementedHereError(AwsError):
    """AWS offers this and local_aws does not."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"local_aws does not implement {what}", status=501)
