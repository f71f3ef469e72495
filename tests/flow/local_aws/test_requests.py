"""Requests to local_aws from pages of other origins, and HEAD requests."""

from __future__ import annotations

import json
import time

import pytest

from tests.support.local_aws.raw_requests import ask, signed
from tests.support.local_aws.toys import BUCKET, ToyAccount, new_name


@pytest.mark.parametrize(
    "target", ["SageMaker.ListTrainingJobs", "Logs_20140328.DescribeLogGroups"]
)
def test_a_page_of_another_origin_gets_nothing(toys: ToyAccount, target: str) -> None:
    """Neither its request to us or to moto is answered, nor the browser's preflight request."""
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
    service = "sagemaker" if target.startswith("SageMaker") else "logs"
    key = signed(toys, service)
    assert ask(toys, "POST", "/", "{}", X_Amz_Target=target, Authorization=key)[0] == 200


def test_a_head_request_gets_the_length(toys: ToyAccount) -> None:
    """As GET would: clients go by it."""
    toys.put("head/five.txt", b"films")
    assert toys.s3.head_object(Bucket=BUCKET, Key="head/five.txt")["ContentLength"] == 5


def test_a_failure_of_moto_is_in_the_log_and_not_in_the_answer(
    toys: ToyAccount, caplog: pytest.LogCaptureFixture
) -> None:
    """The text of an exception may hold what somebody sent."""
    target = "DynamoDB_20120810.CreateTable"
    key = signed(toys, "dynamodb")
    status, _, body = ask(toys, "POST", "/", "{}", X_Amz_Target=target, Authorization=key)
    assert status == 500
    assert b"TableName" not in body
    assert "KeyError: 'TableName'" in caplog.text


def test_the_header_names_a_json_requests_operation(toys: ToyAccount) -> None:
    """Not a field in the address, as in a form."""
    key = signed(toys, "logs")
    target = "Logs_20140328.DescribeDestinations"
    path = "/?Action=DescribeLogGroups"
    status, _, body = ask(toys, "POST", path, "{}", X_Amz_Target=target, Authorization=key)
    assert status == 200
    assert "destinations" in json.loads(body)


def test_a_log_may_quote_an_address_of_aws(toys: ToyAccount) -> None:
    """Text in a JSON request is never read as form fields."""
    names = {"logGroupName": new_name("group"), "logStreamName": "s"}
    logs = toys.other("logs")
    logs.create_log_group(logGroupName=names["logGroupName"])
    logs.create_log_stream(**names)
    message = "GET /?Version=1&Action=DescribeLogGroups&logStreamName=other&logEvents=1"
    event = {"timestamp": int(time.time() * 1000), "message": message}
    logs.put_log_events(**names, logEvents=[event])
    kept = logs.get_log_events(**names)["events"]
    assert [event["message"] for event in kept] == [message]
    logs.delete_log_group(logGroupName=names["logGroupName"])


@pytest.mark.parametrize(
    "body", ["{", "[" * 100_000, "[]", '"films"', '{"tags": 3, "patchOperations": 3}'], ids=len
)
@pytest.mark.parametrize(
    ("service", "line", "target"),
    [
        ("sagemaker", "POST /", "SageMaker.DescribeEndpoint"),
        ("sagemaker", "POST /", "SageMaker.ListTags"),
        ("sagemaker", "POST /", "SageMaker.CreateExperiment"),
        ("lambda", "POST /2015-03-31/functions/none/invocations", ""),
        ("lambda", "POST /2015-03-31/functions", ""),
        ("apigateway", "PATCH /restapis/none", ""),
        ("apigateway", "PATCH /restapis/none/stages/dev", ""),
        ("apigateway", "PATCH /restapis/none/resources/none/methods/GET", ""),
        ("apigateway", "PUT /tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fnone", ""),
        ("apigateway", "PUT /restapis/none?mode=overwrite", ""),
        ("apigateway", "POST /restapis?mode=import", ""),
    ],
)
def test_json_that_is_none_gets_an_error_in_json(
    toys: ToyAccount, service: str, line: str, target: str, body: str
) -> None:
    """Half a document, one nested without end, or another value: neither HTML nor a traceback."""
    method, _, path = line.partition(" ")
    headers = {"X_Amz_Target": target} if target else {}
    status, _, answer = ask(
        toys, method, path, body, Authorization=signed(toys, service), **headers
    )
    assert 400 <= status <= 501
    assert b"Traceback" not in answer
    assert isinstance(json.loads(answer), dict)
