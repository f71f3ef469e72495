"""What a role's policies allow, and which permissions a request needs."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from local_aws.iam.policies import Permission, allows
from local_aws.iam.requests import denied, permissions_of

DATA = "arn:aws:s3:::bucket/data/*"
READ = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": DATA}
WANTED = Permission("s3:GetObject", "arn:aws:s3:::bucket/data/x")


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([READ], True),
        ([{**READ, "Action": "S3:Get*"}], True),
        ([{**READ, "Action": "*", "Resource": ["arn:aws:s3:::other", "*"]}], True),
        ([{**READ, "Resource": "arn:aws:s3:::bucket/data/?"}], True),
        ([], False),
        ([{**READ, "Action": "s3:PutObject"}], False),
        ([{**READ, "Resource": "arn:aws:s3:::bucket/DATA/*"}], False),
        ([{**READ, "Resource": "arn:aws:s3:::bucket/data/[x]"}], False),
        ([{**READ, "Resource": "arn:aws:s3:::bucket.data/x"}], False),
        ([{"Effect": "Allow", "Action": "s3:GetObject"}], False),
        ([{**READ, "NotAction": "s3:PutObject"}], False),
        ([READ, {**READ, "Effect": "Deny"}], False),
        ([READ, {"Effect": "Deny", "NotAction": "s3:PutObject", "Resource": "*"}], False),
        ([READ, {**READ, "Effect": "Deny", "Resource": "arn:aws:s3:::other/*"}], True),
        ([{**READ, "Condition": {"StringLike": {"s3:prefix": "data*"}}}], False),
        ([{**READ, "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}], False),
        ([READ, {**READ, "Effect": "Deny", "Condition": {"Null": {"x": "true"}}}], False),
    ],
)
def test_a_request_is_allowed_if_a_statement_allows_and_none_denies(
    statements: list[dict[str, Any]], allowed: bool
) -> None:
    """What cannot be evaluated never allows more."""
    assert allows([{"Statement": statements}], WANTED) is allowed


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringEquals": {"s3:prefix": ["data/", "other/"]}}, True),
        ({"StringEquals": {"s3:prefix": "data"}}, False),
        ({"StringEquals": {"s3:prefix": "DATA/"}}, False),
        ({"StringLike": {"S3:Prefix": "data/*"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
        ({"Bool": {"aws:ViaAWSService": True}}, True),
        ({"Bool": {"aws:ViaAWSService": "false"}}, False),
    ],
)
def test_conditions_compare_with_the_requests_own_values(
    condition: dict[str, Any], allowed: bool
) -> None:
    """A key that the request does not have meets no condition."""
    context = {"s3:prefix": "data/", "aws:viaawsservice": "true"}
    wanted = Permission("s3:ListBucket", "arn:aws:s3:::bucket", context)
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    assert allows([{"Statement": {**statement, "Condition": condition}}], wanted) is allowed


def request(
    service: str, line: str, body: bytes = b"", target: str = "", **headers: str
) -> dict[str, Any]:
    """Return the WSGI environment of a signed request."""
    method, _, url = line.partition(" ")
    path, _, query = url.partition("?")
    scope = f"AWS4-HMAC-SHA256 Credential=KEY/20260101/eu-west-1/{service}/aws4_request, S"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": scope,
        "HTTP_HOST": "127.0.0.1:4566",
        "wsgi.input": io.BytesIO(body),
        **({"HTTP_X_AMZ_TARGET": target} if target else {}),
        **headers,
    }


HERE = "eu-west-1:123456789012"


@pytest.mark.parametrize(
    ("service", "line", "target", "body", "action", "resource"),
    [
        ("s3", "GET /b/a/key", "", {}, "s3:GetObject", "arn:aws:s3:::b/a/key"),
        ("s3", "HEAD /b/key", "", {}, "s3:GetObject", "arn:aws:s3:::b/key"),
        ("s3", "PUT /b/key", "", {}, "s3:PutObject", "arn:aws:s3:::b/key"),
        ("s3", "POST /b/key?uploads", "", {}, "s3:PutObject", "arn:aws:s3:::b/key"),
        ("s3", "PUT /b/key?uploadId=1&partNumber=2", "", {}, "s3:PutObject", "arn:aws:s3:::b/key"),
        ("s3", "POST /b/key?uploadId=1", "", {}, "s3:PutObject", "arn:aws:s3:::b/key"),
        (
            *("s3", "DELETE /b/key?uploadId=1", "", {}),
            *("s3:AbortMultipartUpload", "arn:aws:s3:::b/key"),
        ),
        ("s3", "DELETE /b/key", "", {}, "s3:DeleteObject", "arn:aws:s3:::b/key"),
        ("s3", "GET /b?list-type=2&prefix=x", "", {}, "s3:ListBucket", "arn:aws:s3:::b"),
        ("s3", "GET /b?location", "", {}, "s3:GetBucketLocation", "arn:aws:s3:::b"),
        ("s3", "PUT /b?policy", "", {}, "s3:PUT ?policy", "arn:aws:s3:::b"),
        ("s3", "GET /b/key?acl", "", {}, "s3:GET ?acl", "arn:aws:s3:::b/key"),
        ("s3", "POST /b/key", "", {}, "s3:POST ?", "arn:aws:s3:::b/key"),
        ("s3", "PUT /b/key?uploads", "", {}, "s3:PUT ?uploads", "arn:aws:s3:::b/key"),
        ("s3", "GET /", "", {}, "s3:ListAllMyBuckets", "*"),
        (
            *("dynamodb", "POST /", "DynamoDB_20120810.PutItem", {"TableName": "t"}),
            *("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/t"),
        ),
        ("dynamodb", "POST /", "DynamoDB_20120810.ListTables", {}, "dynamodb:ListTables", "*"),
        (
            *("logs", "POST /", "Logs_20140328.PutLogEvents"),
            {"logGroupName": "/aws/x", "logStreamName": "s"},
            *("logs:PutLogEvents", f"arn:aws:logs:{HERE}:log-group:/aws/x:log-stream:s"),
        ),
        (
            *("sagemaker", "POST /endpoints/Mine/invocations", "", {}),
            *("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{HERE}:endpoint/mine"),
        ),
        (
            *("logs", "POST /", "Logs_20140328.CreateLogGroup", {"logGroupName": "/aws/x"}),
            *("logs:CreateLogGroup", f"arn:aws:logs:{HERE}:log-group:/aws/x"),
        ),
        (
            *("sagemaker", "POST /", "SageMaker.DescribeEndpoint", {"EndpointName": "Mine"}),
            *("sagemaker:DescribeEndpoint", f"arn:aws:sagemaker:{HERE}:endpoint/mine"),
        ),
        # services that name their resources otherwise
        ("logs", "POST /", "Logs_20140328.DescribeLogGroups", {}, "logs:DescribeLogGroups", "*"),
        ("athena", "POST /", "X.GetTable", {"TableName": "t"}, "athena:GetTable", "*"),
        ("events", "POST /", "X.PutRule", {"logGroupName": "x"}, "events:PutRule", "*"),
        ("sagemaker", "POST /", "SageMaker.ListModels", {}, "sagemaker:ListModels", "*"),
        (
            *("lambda", "POST /2015-03-31/functions/f/invocations", "", {}),
            *("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:f"),
        ),
        (
            *("lambda", "GET /2015-03-31/functions", "", {}),
            *("lambda:GET /2015-03-31/functions", "*"),
        ),
        (
            *("monitoring", "POST /service/Granite/operation/PutMetricData", "", {}),
            *("cloudwatch:PutMetricData", "*"),
        ),
    ],
)
def test_a_requests_permission_has_iams_name(
    service: str, line: str, target: str, body: dict[str, Any], action: str, resource: str
) -> None:
    """And the body stays readable for the operation."""
    content = json.dumps(body).encode()
    environ = request(service, line, content, target)
    (wanted,) = permissions_of(environ, "123456789012")
    assert (wanted.action, wanted.resource) == (action, resource)
    assert environ["wsgi.input"].read() == content


FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("line", "body", "content_type", "action"),
    [
        ("POST /", b"Action=CreateUser&UserName=x", FORM, "iam:CreateUser"),
        ("GET /?Action=CreateUser", b"", FORM, "iam:CreateUser"),
        ("POST /", b"UserName=x", FORM, "iam:?"),
        ("POST /", b"Action=GetUser&Action=CreateUser", FORM, "iam:?"),
        ("POST /?Action=CreateUser", b"Action=GetUser", FORM, "iam:?"),
        ("POST /?Action=CreateUser", b"Action=GetUser", "text/plain", "iam:?"),
        ("POST /?Action=GetUser", b"--b", "multipart/form-data; boundary=b", "iam:?"),
    ],
)
def test_a_query_request_is_named_by_its_only_action(
    line: str, body: bytes, content_type: str, action: str
) -> None:
    """IAM and STS have their operation in a form field; moto could run another one of two."""
    environ = request("iam", line, body, CONTENT_TYPE=content_type)
    assert permissions_of(environ, "1") == [Permission(action, "*")]


def test_a_path_is_unquoted_once() -> None:
    """The server has done it: a key may have a percent sign, and letters past ASCII."""
    environ = request("s3", "PUT /b/data%2Fé".encode().decode("latin-1"))
    assert permissions_of(environ, "1") == [Permission("s3:PutObject", "arn:aws:s3:::b/data%2Fé")]


def test_a_copy_needs_its_source_too() -> None:
    """Otherwise a role could read by copying."""
    environ = request("s3", "PUT /b/key", HTTP_X_AMZ_COPY_SOURCE="/other/secret%20key?versionId=1")
    assert permissions_of(environ, "1") == [
        Permission("s3:PutObject", "arn:aws:s3:::b/key"),
        Permission("s3:GetObject", "arn:aws:s3:::other/secret key"),
    ]


def test_a_buckets_name_may_be_in_the_host() -> None:
    """As boto3 sends it to localhost."""
    environ = request("s3", "GET /key", HTTP_HOST="b.localhost:4566")
    assert permissions_of(environ, "1") == [Permission("s3:GetObject", "arn:aws:s3:::b/key")]


def test_a_listings_prefix_is_a_condition_key() -> None:
    """The first one, which is the one listed; "" without any."""
    for query, prefix in (("prefix=data/&prefix=other/", "data/"), ("list-type=2", "")):
        (wanted,) = permissions_of(request("s3", f"GET /b?{query}"), "1")
        assert wanted.context == {"s3:prefix": prefix}


@pytest.mark.parametrize(
    ("service", "target", "code", "status"),
    [
        ("dynamodb", "DynamoDB_20120810.PutItem", "AccessDeniedException", 400),
        ("lambda", "", "AccessDeniedException", 403),
        ("s3", "", "AccessDenied", 403),
        ("iam", "", "AccessDenied", 403),
    ],
)
def test_a_refusal_has_the_form_of_its_protocol(
    service: str, target: str, code: str, status: int
) -> None:
    """It names the caller, the action and the resource."""
    environ = request(service, "POST /", target=target)
    error = denied(environ, Permission("s3:GetObject", "arn:aws:s3:::b/key"), "caller")
    assert (error.code, error.status) == (code, status)
    for part in ("User: caller ", "perform: s3:GetObject on", "resource: arn:aws:s3:::b/key "):
        assert part in error.message
