"""AWS on 127.0.0.1: SageMaker jobs, endpoints and Lambda really run; moto simulates the rest.

The package knows AWS's contracts and nothing of this project's product. README.md lists what runs.
"""

from local_aws.errors import (
    AlreadyRunningError,
    DataDirError,
    LocalAwsError,
    PortBusyError,
    PortRefusedError,
)
from local_aws.server import LocalAws, start

__all__ = [
    "AlreadyRunningError",
    "DataDirError",
    "LocalAws",
    "LocalAwsError",
    "PortBusyError",
    "PortRefusedError",
    "start",
]
