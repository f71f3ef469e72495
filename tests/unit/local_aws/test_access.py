"""Who may speak to AWS's APIs here."""

from __future__ import annotations

import pytest

from local_aws.access import check_caller
from local_aws.errors import AwsError


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"HTTP_HOST": "127.0.0.1:4566"},
        {"HTTP_HOST": "localhost:4566", "HTTP_ORIGIN": "http://localhost:3000"},
        {"HTTP_HOST": "bucket.localhost:4566"},
        {"HTTP_HOST": "[::1]:4566", "HTTP_SEC_FETCH_SITE": "same-origin"},
    ],
)
def test_programs_and_pages_of_this_machine_may(headers: dict[str, str]) -> None:
    """A program names this machine; a page of it may be a developer's own."""
    check_caller(headers)


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"HTTP_HOST": "films.example:4566"}, "films.example:4566"),
        ({"HTTP_HOST": "127.0.0.1.films.example"}, "127.0.0.1.films.example"),
        ({"HTTP_HOST": "["}, "["),
        ({"HTTP_HOST": "127.0.0.1", "HTTP_ORIGIN": "http://films.example"}, "films.example"),
        ({"HTTP_HOST": "127.0.0.1", "HTTP_ORIGIN": "null"}, "null"),
        ({"HTTP_HOST": "127.0.0.1", "HTTP_SEC_FETCH_SITE": "cross-site"}, "another site"),
    ],
)
def test_pages_from_elsewhere_may_not(headers: dict[str, str], named: str) -> None:
    """Neither under their own name nor under one that resolves to this machine."""
    with pytest.raises(AwsError, match="is refused") as refused:
        check_caller(headers)
    assert refused.value.status == 403
    assert named in refused.value.message
