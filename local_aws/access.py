"""Refuses requests to AWS's APIs that come from web pages of other origins.

A request can start a program. Without this check, any page in your browser could send one, to
127.0.0.1 or to a name of its own that resolves there (DNS rebinding). `local_aws.credentials`
checks the key afterwards. Requests to the deployed app skip both checks.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local_aws.errors import AwsError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def check_caller(environ: WSGIEnvironment) -> None:
    """Raise unless the request comes from a program or from a page of this machine.

    Raises:
        AwsError: AccessDeniedException, the request comes from a page of another origin or names
            another host.
    """
    host = str(environ.get("HTTP_HOST", ""))
    if host and not is_here(f"http://{host}"):
        raise _denied(f"a request for {host}")
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and not is_here(str(origin)):
        raise _denied(f"a request from a page of {origin}")
    if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
        raise _denied("a request from a page of another site")


def is_here(url: str) -> bool:
    """Return whether the URL's host is this machine by a name that nobody else can own.

    >>> is_here("http://127.0.0.1:4566"), is_here("http://bucket.localhost:4566")
    (True, True)
    >>> is_here("https://localhost.example"), is_here("null")
    (False, False)
    """
    try:
        name = urlsplit(url).hostname or ""
    except ValueError:
        return False
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _denied(what: str) -> AwsError:
    reason = "local_aws serves programs and pages of this machine, at 127.0.0.1 or localhost"
    return AwsError("AccessDeniedException", f"{what} is refused: {reason}", status=403)
