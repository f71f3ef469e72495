"""`harden`: the limits of the deployed web app, as AWS then has them."""

import gc
import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from local_aws import LocalAws
from local_aws.functions.process import FunctionGoneError, FunctionProcess
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.aws.web_app import rest_apis
from sagemaker_jobs.errors import NotThere
from sagemaker_jobs.steps.harden import Limits, harden
from sagemaker_jobs.terminal import Ui
from tests.support.deployed_app import deployed_app
from tests.support.paths import ROOT
from tests.support.pipeline import step
from tests.support.served_app import ServedApp

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


@pytest.fixture(scope="module")
def app(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedApp]:
    """The web app, hardened by the command."""
    folder = tmp_path_factory.mktemp("project")
    with deployed_app(local_aws_server.environment, folder) as deployed:
        for _ in range(2):  # it can be repeated
            answer = step("harden", "--json", environment=deployed.environment)
            assert answer.exit_code == 0, answer.err
        assert (answer.json["rate"], answer.json["concurrency"]) == (10, 10)
        yield deployed
    gc.collect()


@pytest.fixture
def aws(app: ServedApp, aws_environment: dict[str, str]) -> Aws:
    """The stage, where the process's own environment leads to."""
    return connect("local", None, {**aws_environment, **app.environment})


def test_every_stage_is_throttled_and_the_function_reserved(aws: Aws) -> None:
    """Feedback more than the rest; the log is kept for a month."""
    (api,) = rest_apis(aws)
    stages = aws.gateway.get_stages(restApiId=api)["item"]
    assert stages
    for stage in stages:
        limits = stage["methodSettings"]
        assert limits["*/*"]["throttlingRateLimit"] == 10
        assert limits["*/*"]["throttlingBurstLimit"] == 20
        assert limits["~1feedback/POST"]["throttlingRateLimit"] == 1
    reserved = aws.functions.get_function_concurrency(FunctionName=aws.names.web_app)
    assert reserved["ReservedConcurrentExecutions"] == 10
    group = aws.names.web_app_log_group
    (found,) = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 30


JSON = {"Content-Type": "application/json"}
PAGE = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "", {}, 200),
        ("HEAD", "", {}, 200),
        ("GET", "docs", {}, 200),
        ("GET", "openapi.yaml", {}, 200),
        ("GET", "health", {}, 200),
        *(
            ("GET", f"static/{path.name}", {}, 200)
            for path in (ROOT / "static").iterdir()
            if path.name != "index.html"
        ),
        ("GET", "static/index.html", {}, 404),
        ("GET", "review", {}, 405),
        ("PUT", "reviews", JSON, 405),
        ("POST", "review", PAGE, 400),
        ("POST", "review", JSON, 400),
        ("POST", "feedback", {"Content-Type": "image/png"}, 415),
        ("POST", "nowhere", JSON, 403),  # the gateway's own answer
    ],
)
def test_no_answer_can_be_framed_sniffed_or_read_with_a_visitors_cookies(
    app: ServedApp, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Every page and every answer has the headers, as the deployed app sends them."""
    visitor = {**headers, "Origin": "https://example.org", "Cookie": "session=x"}
    body = b"" if method in {"POST", "PUT"} else None
    request = urllib.request.Request(app.url + path, body, visitor, method=method)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        got = answer.headers
        assert answer.status == status
    assert got["X-Content-Type-Options"] == "nosniff"
    assert got["Strict-Transport-Security"] == "max-age=31536000"
    assert got["Access-Control-Allow-Origin"] == "*"
    assert got["Access-Control-Allow-Credentials"] is None
    assert got["Set-Cookie"] is None
    if status != 403:
        policy = got["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; ")
        assert policy.endswith("frame-ancestors 'none'")
        assert "unsafe" not in policy
    if got.get_content_type() == "text/html":
        assert got["Referrer-Policy"] == "no-referrer"


def test_a_preflight_allows_no_credentials(app: ServedApp) -> None:
    """A page of another origin may post JSON, without its visitor's cookies."""
    request = urllib.request.Request(f"{app.url}review", method="OPTIONS")
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Credentials"] is None


def test_the_gateways_own_errors_tell_when_to_come_back(
    app: ServedApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With CORS, so that pages of other origins can read the status."""

    def fail(*_: object) -> None:
        raise FunctionGoneError("Runtime.ExitError", "the function was killed")

    monkeypatch.setattr(FunctionProcess, "invoke", fail)
    with pytest.raises(urllib.error.HTTPError) as failed:
        urllib.request.urlopen(f"{app.url}health")
    with failed.value as error:
        assert error.code == 502
        assert json.loads(error.read()) == {"message": "Internal server error"}
        assert error.headers["Access-Control-Allow-Origin"] == "*"
        assert error.headers["Retry-After"] == "2"


def test_a_dry_run_changes_nothing(app: ServedApp, aws: Aws) -> None:
    """It names what would be limited."""
    answer = step("harden", "--rate", 3, "--dry-run", environment=app.environment)
    assert answer.out.startswith("would limit REST API ")
    (api,) = rest_apis(aws)
    (stage,) = aws.gateway.get_stages(restApiId=api)["item"]
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 10


def test_a_stage_without_a_web_app_says_what_to_run(
    aws_environment: dict[str, str], ui: Ui
) -> None:
    """Nothing is created for it."""
    stage = connect("prod", "ca-west-1", {**os.environ, **aws_environment})
    with pytest.raises(NotThere, match="the stage prod has no web app"):
        harden(stage, Limits(), ui=ui)
