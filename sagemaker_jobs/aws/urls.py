"""Addresses of web services, as people write them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"[\w.-]*\w\.?", re.ASCII)


def read_address(text: str) -> SplitResult | None:
    """The parts of an http or https address; None where the text is no such address.

    >>> read_address("http://127.0.0.1:4566").port
    4566
    >>> [read_address(text) for text in ("127.0.0.1:4566", "http://[::1", "http://a:99999")]
    [None, None, None]
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # read here: one that is out of range raises
    except ValueError:
        return None
    host = parts.hostname or ""
    is_http = parts.scheme in {"http", "https"} and _PRINTABLE.fullmatch(text)
    return parts if is_http and (_HOST_NAME.fullmatch(host) or _is_ip(host)) else None


def is_loopback(address: SplitResult) -> bool:
    """Whether it leads to this machine itself, where no proxy does.

    >>> is_loopback(urlsplit("http://127.0.0.2:80")), is_loopback(urlsplit("https://aws.com"))
    (True, False)
    """
    host = address.hostname or ""
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_loopback)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
