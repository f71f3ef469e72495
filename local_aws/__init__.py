"""AWS on loopback: moto as control plane, SageMaker jobs, endpoints and Lambda run for real.

It knows AWS's contracts and nothing of this project's product.
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
