"""Everything local_aws raises on purpose.

LocalAwsError
├── PortBusyError        the wanted port is taken
├── PortRefusedError     nobody can listen on it, or not this user
├── DataDirError         the folder for files cannot be used
├── AlreadyRunningError  one local_aws a process
└── AwsError             becomes an AWS-shaped answer: code, message, HTTP status
    ├── ValidationError  400 ValidationException, SageMaker's word for most refusals
    ├── InternalFailureError  500: a defect of local_aws or moto
    └── NotImplementedHereError  501: AWS can do it, local_aws does not
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class LocalAwsError(Exception):
    """The root of all errors of this package."""


class PortBusyError(LocalAwsError):
    """Another program listens on the wanted port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken by another program; choose another with --port")
        self.port = port


class PortRefusedError(LocalAwsError):
    """The wanted port is none, or not for this user."""

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on port {port}: {reason}; choose another with --port")
        self.port = port


class DataDirError(LocalAwsError):
    """Files cannot be kept in the wanted folder."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"cannot keep files in {folder}: {reason}; choose another folder with --data-dir"
        )
        self.folder = folder


class AlreadyRunningError(LocalAwsError):
    """A local_aws runs in this process already; its simulated services keep state per process."""

    def __init__(self, url: str) -> None:
        super().__init__(f"local_aws already runs in this process at {url}; stop it first")
        self.url = url


class AwsError(LocalAwsError):
    """An error as AWS's clients know it; `fields` are further members of the error's shape."""

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
    """A defect of local_aws or moto; the answer names none of its details, the log does."""

    def __init__(self) -> None:
        super().__init__(
            "InternalFailure", "the request failed inside local_aws; try: read its log", status=500
        )


class NotImplementedHereError(AwsError):
    """AWS offers this, local_aws does not, and says so instead of pretending."""

    def __init__(self, what: str) -> None:
        super().__init__("NotImplemented", f"local_aws does not implement {what}", status=501)
