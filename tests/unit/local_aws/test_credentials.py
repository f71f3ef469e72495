"""The key that callers of local_aws need."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.credentials import Credentials, check_credentials, sent_access_key
from local_aws.errors import AwsError

SCOPE = "20260101/us-east-1/{}/aws4_request"


def test_every_start_has_a_key_of_its_own() -> None:
    """20 capitals and digits, which moto reads as a key id; and only that id is the key."""
    keys = {Credentials.random() for _ in range(50)}
    assert len({key.access_key for key in keys}) == len({key.secret_key for key in keys}) == 50
    for key in keys:
        assert len(key.access_key) == 20
        assert key.access_key.isalnum()
        assert key.access_key.isupper()
        assert key.has_key(key.access_key)
        assert not any(key.has_key(part) for part in ("", key.access_key[:-1], "ſecret"))


@pytest.mark.parametrize(
    ("authorization", "query"),
    [
        ("", ""),
        ("Bearer KEY", ""),
        ("Credential=KEY/", ""),
        ("AWS4-HMAC-SHA256 Signature=0", "AWSAccessKeyId=KEY"),
        ("AWS KEY", ""),
        ("", "a=X-Amz-Credential=KEY/"),
        ("", "&".join(["a=1"] * 2000) + "&AWSAccessKeyId=KEY"),
    ],
)
def test_what_carries_no_key(authorization: str, query: str) -> None:
    """A header that is none is not made good by a query."""
    assert sent_access_key(authorization, query) is None


@pytest.mark.parametrize(
    "header",
    [
        "AWS4-HMAC-SHA256 Credential=KEY/x, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 SignedHeaders=host,Credential=KEY/x,Signature=0",
        "AWS4-ECDSA-P256-SHA256 Credential=KEY/x, Signature=0",
        "AWS KEY:signature=",
    ],
)
def test_signed_headers_carry_the_key(header: str) -> None:
    """Versions 4, 4a and 2, in any order."""
    assert sent_access_key(header, "") == "KEY"


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({}, "AccessDenied"),
        ({"CONTENT_TYPE": "application/x-www-form-urlencoded"}, "MissingAuthenticationToken"),
        ({"HTTP_X_AMZ_TARGET": "SageMaker.X"}, "MissingAuthenticationTokenException"),
        ({"PATH_INFO": "/restapis/x"}, "MissingAuthenticationTokenException"),
        ({"QUERY_STRING": f"X-Amz-Credential=NO/{SCOPE.format('s3')}"}, "InvalidAccessKeyId"),
        ({"QUERY_STRING": f"X-Amz-Credential=NO/{SCOPE.format('sts')}"}, "InvalidClientTokenId"),
        (
            {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=NO/{SCOPE.format('lambda')}"},
            "UnrecognizedClientException",
        ),
    ],
)
def test_refusals_are_those_of_the_protocol(environ: dict[str, Any], code: str) -> None:
    """A missing and an unknown key have different codes."""
    with pytest.raises(AwsError) as refused:
        check_credentials(environ, lambda key: key == "KEY")
    assert (refused.value.code, refused.value.status) == (code, 403)
