"""Who gets an answer from local_aws: the holder of its key; everybody from the deployed app."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.local_aws.raw_requests import ask, signed
from tests.support.local_aws.toy_functions import make_function
from tests.support.local_aws.toys import BUCKET, TRUST, ToyAccount, new_name
from tests.support.timeouts import HANG_S

PAGE = {"Host": "evil.example", "Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}
APP_PATH = "/restapis/x/y/_user_request_/"
TARGETS = [
    "SageMaker.ListEndpoints",
    "SageMaker.CreateTrainingJob",
    "Logs_20140328.DescribeLogGroups",
    "DynamoDB_20120810.ListTables",
    "ResourceGroupsTaggingAPI_20170126.GetResources",
]
PATHS = [
    ("POST", "/"),
    ("GET", "/"),
    ("PUT", f"/{BUCKET}/page.txt"),
    ("GET", f"/{BUCKET}/data/one.txt"),
    ("POST", "/endpoints/e/invocations"),
    ("POST", "/2015-03-31/functions/f/invocations"),
    ("DELETE", "/2015-03-31/functions/f"),
    ("GET", "/restapis"),
    ("POST", "/moto-api/reset"),
    ("GET", "/moto-api/data.json"),
    ("GET", "/latest/meta-data/iam/security-credentials/"),
]


@pytest.fixture(scope="module")
def app(toys: ToyAccount) -> Iterator[str]:
    """The path of a deployed stage whose function returns the headers it sees."""
    name = make_function(
        toys,
        "import json\ndef handle(event, context):\n"
        "    return {'statusCode': 200, 'body': json.dumps(event['headers'])}",
    )
    arn = toys.functions.get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    gateway = toys.other("apigateway")
    api = gateway.create_rest_api(name=new_name("api"))["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "ANY"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="prod")
    yield f"/restapis/{api}/prod/_user_request_/"
    gateway.delete_rest_api(restApiId=api)
    toys.functions.delete_function(FunctionName=name)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", [APP_PATH, "/", "/restapis/x/y/_user_request_"])
def test_a_rebound_name_reaches_no_api(toys: ToyAccount, target: str, path: str) -> None:
    """A page whose name resolves to this machine gets 403, whatever the path pretends."""
    status, _, body = ask(toys, "POST", path, "{}", X_Amz_Target=target, **PAGE)
    assert status == 403
    assert b"Endpoints" not in body


@pytest.mark.parametrize("service", ["sagemaker", "s3", "iam", "logs", "execute-api"])
def test_the_path_of_an_app_never_leads_to_an_api(toys: ToyAccount, app: str, service: str) -> None:
    """Not even the key and a target lead from the app to an API: the app sees both."""
    key = signed(toys, service)
    target = "SageMaker.ListEndpoints"
    status, _, body = ask(toys, "POST", app, "{}", X_Amz_Target=target, Authorization=key, **PAGE)
    assert status == 200
    assert {name.lower(): value for name, value in json.loads(body).items()}.items() >= {
        ("x-amz-target", target),
        ("authorization", key),
    }
    assert ask(toys, "POST", APP_PATH, "{}", Authorization=key, X_Amz_Target=target)[0] == 403


def test_the_deployed_app_is_open_to_other_origins(toys: ToyAccount, app: str) -> None:
    """Without a key, and for a page of any origin."""
    status, _, body = ask(toys, "GET", app, **PAGE)
    assert status == 200
    assert "evil.example" in body.decode()


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_the_key_no_path_answers(toys: ToyAccount, method: str, path: str) -> None:
    """A program of this machine without the exports gets nothing; a page gets nothing either."""
    for key in (None, "testing", "AKIAIOSFODNN7EXAMPLE"):
        headers = {"Authorization": signed(toys, "s3", key)} if key else {}
        assert ask(toys, method, path, "", **headers)[0] == 403
    for bad in ("Bearer x", "AWS4-HMAC-SHA256 Credential=", "AWS :", "Credential=/"):
        assert ask(toys, method, path, "", Authorization=bad)[0] == 403
    assert ask(toys, method, path, "", Authorization=signed(toys, "s3"), **PAGE)[0] == 403


@pytest.mark.parametrize("target", TARGETS)
def test_without_the_key_no_target_answers(toys: ToyAccount, target: str) -> None:
    """The words are those of AWS's JSON protocol."""
    status, headers, body = ask(toys, "POST", "/", "{}", X_Amz_Target=target)
    assert (status, headers["x-amzn-ErrorType"]) == (403, "MissingAuthenticationTokenException")
    assert json.loads(body)["message"].startswith("Missing Authentication Token")


def with_key(
    toys: ToyAccount, service: str, key: str, secret: str, token: str | None = None
) -> Any:
    """Return a client with another key."""
    session = boto3.Session(key, secret, token, region_name="us-east-1")
    config = Config(retries={"total_max_attempts": 1}, proxies={})
    return session.client(service, endpoint_url=toys.url, config=config)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("sagemaker", "list_endpoints", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("apigateway", "get_rest_apis", "UnrecognizedClientException"),
        ("dynamodb", "list_tables", "UnrecognizedClientException"),
    ],
)
def test_another_key_is_refused_as_on_aws(
    toys: ToyAccount, service: str, operation: str, code: str
) -> None:
    """Each protocol has its code; the message says where the right key is."""
    client = with_key(toys, service, "AKIAIOSFODNN7EXAMPLE", "secret")
    with pytest.raises(ClientError, match="printed when it started") as refused:
        getattr(client, operation)()
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_anonymous_requests_are_refused(toys: ToyAccount) -> None:
    """Also those that AWS answers: public objects, and roles assumed with a web identity."""
    config = Config(signature_version=UNSIGNED, proxies={})
    session = boto3.Session(region_name="us-east-1")
    s3 = session.client("s3", endpoint_url=toys.url, config=config)
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=BUCKET, Key="data/one.txt")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    with pytest.raises(ClientError) as refused:
        toys.other("sts").assume_role_with_web_identity(
            RoleArn=toys.role, RoleSessionName="page", WebIdentityToken="token"
        )
    assert refused.value.response["Error"]["Code"] == "MissingAuthenticationToken"


def test_the_account_stays_the_same(toys: ToyAccount) -> None:
    """The random key belongs to the account of all ARNs."""
    assert toys.other("sts").get_caller_identity()["Account"] == "123456789012"


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_carry_the_key(toys: ToyAccount, version: str) -> None:
    """Both signatures' URLs work as they are, and not with another key."""
    given = toys.environment
    session = boto3.Session(
        given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1"
    )
    config = Config(signature_version=version, proxies={})
    s3 = session.client("s3", endpoint_url=toys.url, config=config)
    where = {"Bucket": BUCKET, "Key": "data/one.txt"}
    url = s3.generate_presigned_url("get_object", Params=where)
    with urllib.request.urlopen(url, timeout=HANG_S) as answer:
        assert answer.read() == b"a wonderful film"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url.replace(given["AWS_ACCESS_KEY_ID"], "AKIAX"), timeout=HANG_S)
    with refused.value:
        assert refused.value.code == 403
        assert b"<Code>InvalidAccessKeyId</Code>" in refused.value.read()


def test_keys_that_iam_makes_work_until_they_are_deleted(toys: ToyAccount) -> None:
    """A user's key works while it is active."""
    user = new_name("user")
    toys.iam.create_user(UserName=user)
    made = toys.iam.create_access_key(UserName=user)["AccessKey"]
    s3 = with_key(toys, "s3", made["AccessKeyId"], made["SecretAccessKey"])
    key = {"UserName": user, "AccessKeyId": made["AccessKeyId"]}
    assert s3.list_buckets()["Buckets"]
    toys.iam.update_access_key(**key, Status="Inactive")
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        s3.list_buckets()
    toys.iam.update_access_key(**key, Status="Active")
    assert s3.list_buckets()["Buckets"]
    toys.iam.delete_access_key(**key)
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        s3.list_buckets()


def test_an_assumed_roles_key_works_and_a_session_tokens_does_not(toys: ToyAccount) -> None:
    """GetSessionToken's answer is the same everywhere, so local_aws refuses its key."""
    name = new_name("assumed")
    toys.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    sts = toys.other("sts")
    arn = f"arn:aws:iam::123456789012:role/{name}"
    made = sts.assume_role(RoleArn=arn, RoleSessionName="tests")["Credentials"]
    assumed = with_key(
        toys, "sts", made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"]
    )
    identity = assumed.get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert f"assumed-role/{name}/tests" in identity["Arn"]
    fixed = sts.get_session_token()["Credentials"]
    session = with_key(
        toys, "sts", fixed["AccessKeyId"], fixed["SecretAccessKey"], fixed["SessionToken"]
    )
    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        session.get_caller_identity()
