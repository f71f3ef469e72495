"""What API Gateway compresses."""

from __future__ import annotations

import gzip

import pytest

from local_aws.functions.gateway import compressed
from local_aws.http import Response

PAGE = Response(200, [("Content-Type", "text/html")], b"a page " * 100)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "deflate, gzip;q=0.5, *;q=0"])
def test_gzip_is_sent_to_who_takes_it(accepted: str) -> None:
    """The body is the same, packed, and says so."""
    packed = compressed(PAGE, accepted, 100)
    assert gzip.decompress(packed.body) == PAGE.body
    assert ("Content-Encoding", "gzip") in packed.headers


@pytest.mark.parametrize(
    ("accepted", "minimum"),
    [
        ("", 100),
        ("br", 100),
        ("gzip;q=0", 100),
        ("gzip;q=0.0, br", 100),
        ("xgzip", 100),
        ("gzip", 100_000),
        ("gzip", None),
    ],
)
def test_the_rest_is_sent_as_it_is(accepted: str, minimum: int | None) -> None:
    """Who does not take gzip, what is small, and an API that compresses nothing."""
    assert compressed(PAGE, accepted, minimum) is PAGE
