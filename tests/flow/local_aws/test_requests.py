"""Requests as they reach local_aws: of foreign pages, and those that ask for headers alone."""

import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.support.local_aws.toys import BUCKET, ToyAccount


def ask(
    toys: ToyAccount, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body; underscores in header names stand for hyphens."""
    connection = http.client.HTTPConnection(urlsplit(toys.url).netloc, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, path, body, named)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    "target", ["SageMaker.ListTrainingJobs", "Logs_20140328.DescribeLogGroups"]
)
def test_a_foreign_page_gets_nothing(toys: ToyAccount, target: str) -> None:
    """Neither its request, asked of us or of moto, nor the one before by which browsers ask."""
    page = "http://films.example"
    status, headers, body = ask(
        toys, "POST", "/", "{}", Origin=page, Content_Type="text/plain", X_Amz_Target=target
    )
    assert status == 403
    assert "films.example" in json.loads(body)["message"]
    status, headers, _ = ask(
        toys,
        "OPTIONS",
        "/",
        Origin=page,
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="x-amz-target",
    )
    assert status == 403
    assert not [name for name in headers if name.lower().startswith("access-control")]
    assert ask(toys, "POST", "/", "{}", X_Amz_Target=target)[0] == 200


def test_a_head_request_is_told_the_length(toys: ToyAccount) -> None:
    """As GET would: clients go by it."""
    toys.put("head/five.txt", b"films")
    assert toys.s3.head_object(Bucket=BUCKET, Key="head/five.txt")["ContentLength"] == 5
