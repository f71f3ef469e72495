"""AWS clients made by botocore alone, in half the time that boto3 takes.

The first visitor waits while a Lambda starts. boto3 adds its own modules to botocore's. botocore
lists the folders of all 400 services, twice, before it reads those of one.
"""

from __future__ import annotations

import os
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config
from botocore.loaders import Loader


class _OneService(Loader):
    """A loader of one service's description that does not list the other services."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  # botocore's
        return [self._service]


def make_client(service: str, config: Config) -> Any:
    """Return the client of one service, with the environment's region and credentials.

    Requests to a local AWS endpoint bypass HTTP_PROXY: to the proxy, that address is another
    machine.

    Raises:
        BotoCoreError: the client cannot be made, for instance without a region.
    """
    session = botocore.session.get_session()
    session.register_component("data_loader", _OneService(service))
    if _is_loopback(os.environ.get("AWS_ENDPOINT_URL", "")):
        config = config.merge(Config(proxies={}))
    return session.create_client(service, config=config)


def _is_loopback(address: str) -> bool:
    """Return whether the URL's host is this machine.

    >>> _is_loopback("http://127.0.0.1:4566"), _is_loopback("https://aws.com"), _is_loopback("")
    (True, False, False)
    """
    try:
        host = urlsplit(address).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
