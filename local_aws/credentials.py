"""The access key that callers need; each start of local_aws makes a new one.

Only the printed `export` lines and the programs that local_aws starts carry the key. local_aws
compares the access key id and does not verify signatures. That suffices here: the id has 80 random
bits, so nobody can guess it, and requests never leave this machine. It does not check the secret
key, the signature, the signed time or the session token. A presigned URL shows the key id, so a
person who sees the URL can send other requests too.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from local_aws.errors import AwsError
from local_aws.protocols import protocol_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment

_PREFIX = "LKIA"  # not AWS's AKIA, so that nobody mistakes the key for a real one
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_RANDOM_LENGTH = 16  # with the prefix 20 characters, as on AWS; 5 bits each
_HINT = "local_aws accepts only the key that it printed when it started"
_MISSING = {
    "s3": ("AccessDenied", "Access Denied"),
    "query": ("MissingAuthenticationToken", "Request is missing Authentication Token"),
    "json": ("MissingAuthenticationTokenException", "Missing Authentication Token"),
}
_INVALID = "The security token included in the request is invalid"
_UNKNOWN = {
    "s3": (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records",
    ),
    "query": ("InvalidClientTokenId", _INVALID),
    "json": ("UnrecognizedClientException", _INVALID),
}
_SIGNED_HEADER = re.compile(r"AWS4-[A-Z0-9-]+ +(?:.*[ ,])?Credential=([^/,\s]+)/|AWS ([^:\s]+):")


@dataclass(frozen=True)
class Credentials:
    """An access key: its id and its secret."""

    access_key: str
    secret_key: str
    token: str | None = None  # of a role's session

    @classmethod
    def random(cls) -> Credentials:
        """Return a key that nobody else knows."""
        letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
        return cls(_PREFIX + letters, secrets.token_urlsafe(30))

    @classmethod
    def of_session(cls) -> Credentials:
        """Return a key that nobody else knows, with a session token."""
        key = cls.random()
        return cls(key.access_key, key.secret_key, secrets.token_urlsafe(60))

    def has_key(self, access_key: str) -> bool:
        """Return whether this is the id, in the same time for every guess."""
        return hmac.compare_digest(self.access_key.encode(), access_key.encode())


class RoleSessions:
    """The keys of the roles under which local_aws runs programs; each role gets one."""

    def __init__(self) -> None:
        self._keys: dict[str, Credentials] = {}
        self._roles: dict[str, str] = {}
        self._lock = threading.Lock()

    def assume(self, role_arn: str) -> Credentials:
        """Return the role's key; a new one at the first call."""
        with self._lock:
            if role_arn not in self._keys:
                key = self._keys[role_arn] = Credentials.of_session()
                self._roles[key.access_key] = role_arn
            return self._keys[role_arn]

    def find_role(self, access_key: str) -> str | None:
        """Return the ARN of the role that the key belongs to."""
        return self._roles.get(access_key)


def request_key(environ: WSGIEnvironment) -> str | None:
    """Return the request's key id, None without one."""
    authorization = str(environ.get("HTTP_AUTHORIZATION", ""))
    return sent_access_key(authorization, str(environ.get("QUERY_STRING", "")))


def sent_access_key(authorization: str, query: str) -> str | None:
    """Return the key id of a signed request or presigned URL, None without one.

    >>> sent_access_key("AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/s3/aws4_request", "")
    'KEY'
    >>> sent_access_key("", "X-Amz-Credential=KEY%2F20260101%2Feu-west-1%2Fs3%2Faws4_request")
    'KEY'
    >>> sent_access_key("", "AWSAccessKeyId=KEY&Signature=abc"), sent_access_key("AWS KEY:abc", "")
    ('KEY', 'KEY')
    >>> sent_access_key("Bearer KEY", "prefix=KEY")
    """
    if authorization:
        match = _SIGNED_HEADER.match(authorization)
        return (match[1] or match[2]) if match else None
    try:
        fields = parse_qs(query, max_num_fields=1000)
    except ValueError:
        return None
    for name in ("X-Amz-Credential", "AWSAccessKeyId"):
        if name in fields:
            return fields[name][0].partition("/")[0]
    return None


def check_credentials(environ: WSGIEnvironment, accepts: Callable[[str], bool]) -> None:
    """Raise unless the request carries a key id that `accepts` knows.

    Raises:
        AwsError: the key is missing or unknown; the code is that of the request's protocol.
    """
    key = request_key(environ)
    if key is not None and accepts(key):
        return
    code, message = (_MISSING if key is None else _UNKNOWN)[protocol_of(environ)]
    raise AwsError(code, f"{message} ({_HINT})", status=403)
