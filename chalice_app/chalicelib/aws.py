"""The clients of AWS: botocore's, which boto3 would wrap, made in half of boto3's time.

While a Lambda starts, its first visitor waits. boto3 adds its own modules to botocore's, and
botocore lists the folders of all 400 services, twice, before it reads those of one.
"""

from typing import Any

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader


class _OneService(Loader):
    """Reads a service's description without looking which others there are."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # botocore's
        return [self._service]


def make_client(service: str, config: Config) -> Any:
    """Return the client of one service, by the environment's region and credentials.

    Raises BotoCoreError, for instance without a region.
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _OneService(service))
    return session.create_client(service, config=config)
