"""The clients of AWS: botocore's, which boto3 would wrap, made in half of boto3's time.

While a Lambda starts, its first visitor waits. boto3 adds its own modules to botocore's, and
botocore lists the folders of all 400 services, twice, before it reads those of one.
"""

import os
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

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

    To an AWS on this machine it goes past HTTP_PROXY, which knows another machine by that address.

    Raises BotoCoreError, for instance without a region.
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _OneService(service))
    if _is_loopback(os.environ.get("AWS_ENDPOINT_URL", "")):
        config = config.merge(Config(proxies={}))
    return session.create_client(service, config=config)


def _is_loopback(address: str) -> bool:
    """Return whether the address is one of this machine.

    >>> _is_loopback("http://127.0.0.1:4566"), _is_loopback("https://aws.com"), _is_loopback("")
    (True, False, False)
    """
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
