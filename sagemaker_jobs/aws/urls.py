"""Addresses of web services, as users enter them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_PRINTABLE = re.compile(r"[!-~]+")
_HOST_NAME = re.compile(r"[\w.-]*\w\.?", re.ASCII)


def read_address(text: str) -> SplitResult | None:
    """Return the parts of an http or https address; None if the text is not one.

    >>> read_address("http://127.0.0.1:4566").port
    4566
    >>> [read_address(text) for text in ("127.0.0.1:4566", "http://[::1", "http://a:99999")]
    [None, None, None]
    """
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises if it is out of range
    except ValueError:
        return None
    host = parts.hostname or ""
    is_http = parts.scheme in {"http", "https"} and _PRINTABLE.fullmatch(text)
    return parts if is_http and (_HOST_NAME.fullmatch(host) or _is_ip(host)) else None


def is_loopback(address: SplitResult) -> bool:
    """Return whether the address is this machine's, which no proxy can reach.

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
