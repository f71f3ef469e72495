"""The key that callers of local_aws need."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.credentials import (
    Credentials,
    RoleSessions,
    check_credentials,
    sent_access_key,
)
from local_aws.errors import AwsError
from local_aws.protocols import Protocol, error_in

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


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=KEY/{SCOPE.format('s3')}, S"},
        {"QUERY_STRING": f"X-Amz-Credential=KEY/{SCOPE.format('s3')}"},
    ],
)
def test_the_key_opens(environ: dict[str, Any]) -> None:
    """In a header or in a presigned URL."""
    check_credentials(environ, lambda key: key == "KEY")


def test_each_role_has_one_session() -> None:
    """Its key leads back to it, and to no other role."""
    sessions = RoleSessions()
    key, other = sessions.assume("arn:one"), sessions.assume("arn:two")
    assert sessions.assume("arn:one") == key
    assert key.access_key != other.access_key
    assert key.token != other.token
    assert len(key.token or "") >= 60
    assert sessions.find_role(key.access_key) == "arn:one"
    assert sessions.find_role("LKIA") is None


@pytest.mark.parametrize(
    ("protocol", "media_type", "body"),
    [
        ("json", "application/x-amz-json-1.1", '"message": "a < b"'),
        ("s3", "text/xml", "<Error><Code>Odd</Code><Message>a &lt; b</Message></Error>"),
        ("query", "text/xml", "<ErrorResponse><Error><Type>Sender</Type><Code>Odd</Code>"),
        ("query", "text/xml", "<Message>a &lt; b</Message></Error></ErrorResponse>"),
    ],
)
def test_an_error_has_its_protocols_form(protocol: Protocol, media_type: str, body: str) -> None:
    """As AWS's clients parse it."""
    answer = error_in(protocol, AwsError("Odd", "a < b", status=418))
    assert answer.status == 418
    assert dict(answer.headers)["Content-Type"] == media_type
    assert body in answer.body.decode()
