"""What `harden` sets only on request: an API key, a rule per address, a budget's alarm, a log."""

import gc
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local_aws import LocalAws
from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.aws.web_app import rest_apis
from tests.support.deployed_app import deployed_app
from tests.support.pipeline import Answer, step
from tests.support.served_app import ServedApp

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")

NAME = "movie-sentiment-local"
ALL = (
    *("--api-key", "--requests-per-address", 500),
    *("--budget-alarm", 20, "--email", "operator@example.com"),
)


@pytest.fixture(scope="module")
def app(
    local_aws_server: LocalAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServedApp]:
    """The web app, hardened with every option."""
    with deployed_app(local_aws_server.environment, tmp_path_factory.mktemp("project")) as deployed:
        first = harden(deployed, "--rate", 3, "--requests-per-address", 100)
        assert first.json["api_key"] is None
        assert first.json["access_log"] is None  # the account has no role for it
        yield deployed
    gc.collect()


@pytest.fixture(scope="module")
def hardened(app: ServedApp) -> Answer:
    """The step's answer with every option, repeated, on an account that may log."""
    aws = connect("local", None, app.environment)
    role = "arn:aws:iam::123456789012:role/writes-logs"
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in app.environment.items():
            environment.setenv(name, value)
        aws.gateway.update_account(patchOperations=[patch])  # type: ignore[list-item]
    first = harden(app, *ALL).json
    again = harden(app, *ALL)
    assert again.json == first
    return again


@pytest.fixture
def aws(app: ServedApp, aws_environment: dict[str, str], hardened: Answer) -> Aws:
    """The hardened stage, where the process's own environment leads to."""
    assert hardened.exit_code == 0
    return connect("local", None, {**aws_environment, **app.environment})


def harden(app: ServedApp, *options: object) -> Answer:
    return step("harden", "--json", *options, environment=app.environment)


def status_of(url: str, method: str = "GET", **headers: str) -> int:
    """Return the answer's status; a refusal must be readable for pages of other origins."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, headers=named, method=method)
    try:
        answer = urllib.request.urlopen(request)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        return int(answer.status)


@pytest.mark.parametrize("route", ["", "health", "static/style.css", "review", "feedback"])
def test_every_route_demands_the_key(
    app: ServedApp, hardened: Answer, aws: Aws, route: str
) -> None:
    """Without it the gateway answers; a browser's preflight needs none."""
    key = aws.gateway.get_api_key(apiKey=hardened.json["api_key"], includeValue=True)["value"]
    url = app.url + route
    assert status_of(url) == 403
    assert status_of(url, x_api_key="x" * 40) == 403
    assert status_of(url, x_api_key=key) in {200, 405}
    if route == "review":
        assert status_of(url, "OPTIONS") == 200


def test_the_key_is_one_however_often_the_step_runs(aws: Aws, hardened: Answer) -> None:
    """It is in one plan, which throttles its holder too; the text tells how to read it."""
    (key,) = aws.gateway.get_api_keys()["items"]
    (plan,) = aws.gateway.get_usage_plans()["items"]
    assert (key["id"], key["name"]) == (hardened.json["api_key"], NAME)
    assert plan["throttle"] == {"rateLimit": 10, "burstLimit": 20}
    (api,) = rest_apis(aws)
    assert plan["apiStages"] == [{"apiId": api, "stage": "prod"}]


def test_a_disabled_key_opens_nothing(app: ServedApp, aws: Aws, hardened: Answer) -> None:
    """So an operator can lock a leaked key out at once."""
    found = aws.gateway.get_api_key(apiKey=hardened.json["api_key"], includeValue=True)
    disable = {"op": "replace", "path": "/enabled", "value": "false"}
    enable = {**disable, "value": "true"}
    aws.gateway.update_api_key(apiKey=found["id"], patchOperations=[disable])  # type: ignore[list-item]
    assert status_of(app.url, x_api_key=found["value"]) == 403
    aws.gateway.update_api_key(apiKey=found["id"], patchOperations=[enable])  # type: ignore[list-item]
    assert status_of(app.url, x_api_key=found["value"]) == 200


def test_one_address_is_limited_by_a_firewall(aws: Aws, hardened: Answer) -> None:
    """The rule is updated, not added again; the stage is behind it."""
    assert hardened.json["requests_per_address"] == 500
    (listed,) = aws.firewall.list_web_acls(Scope="REGIONAL")["WebACLs"]
    acl = aws.firewall.get_web_acl(Name=NAME, Scope="REGIONAL", Id=listed["Id"])["WebACL"]
    (rule,) = acl["Rules"]
    assert rule["Statement"]["RateBasedStatement"] == {"Limit": 500, "AggregateKeyType": "IP"}
    assert rule["Action"] == {"Block": {}}
    (api,) = rest_apis(aws)
    arn = f"arn:aws:apigateway:{aws.region}::/restapis/{api}/stages/prod"
    assert aws.firewall.get_web_acl_for_resource(ResourceArn=arn)["WebACL"]["Name"] == NAME


def test_a_month_that_gets_expensive_is_reported(aws: Aws) -> None:
    """At 80 % of the budget, and when it will be exceeded."""
    account = aws.names.account
    (budget,) = aws.budgets.describe_budgets(AccountId=account)["Budgets"]
    assert budget["BudgetLimit"] == {"Amount": "20", "Unit": "USD"}
    warned = aws.budgets.describe_notifications_for_budget(AccountId=account, BudgetName=NAME)
    kinds = {(item["NotificationType"], item["Threshold"]) for item in warned["Notifications"]}
    assert kinds == {("ACTUAL", 80.0), ("FORECASTED", 100.0)}


def test_requests_are_logged_for_a_month(aws: Aws, hardened: Answer) -> None:
    """Who asked for which route, and what came of it; never what was sent."""
    group = f"/aws/apigateway/{NAME}"
    assert hardened.json["access_log"] == group
    (found,) = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert found["retentionInDays"] == 30
    (api,) = rest_apis(aws)
    settings = aws.gateway.get_stage(restApiId=api, stageName="prod")["accessLogSettings"]
    assert settings["destinationArn"].endswith(f":log-group:{group}")
    assert "$context.identity.sourceIp" in settings["format"]
    assert not {"body", "query", "$input", "$context.path"} & set(settings["format"].split('"'))


def test_another_firewall_is_not_replaced(app: ServedApp, aws: Aws) -> None:
    """The step says which web ACL is there, and what to do."""
    (api,) = rest_apis(aws)
    arn = f"arn:aws:apigateway:{aws.region}::/restapis/{api}/stages/prod"
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "x"}
    other = aws.firewall.create_web_acl(
        Name="theirs",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,  # type: ignore[arg-type]
    )["Summary"]
    aws.firewall.disassociate_web_acl(ResourceArn=arn)
    aws.firewall.associate_web_acl(WebACLArn=other["ARN"], ResourceArn=arn)
    refused = harden(app, "--requests-per-address", 500)
    assert refused.err.endswith(
        "; try: add a rate rule to it, and run harden without --requests-per-address\n"
    )
    assert other["ARN"] in refused.err
    aws.firewall.disassociate_web_acl(ResourceArn=arn)
    aws.firewall.delete_web_acl(
        Name="theirs", Scope="REGIONAL", Id=other["Id"], LockToken=other["LockToken"]
    )
    assert harden(app, "--requests-per-address", 500).exit_code == 0


@pytest.mark.parametrize("option", [("--budget-alarm", 5), ("--email", "a@example.com")])
def test_an_alarm_needs_an_amount_and_an_address(
    app: ServedApp, option: tuple[object, ...]
) -> None:
    """One without the other is refused before anything is set."""
    refused = harden(app, *option)
    assert refused.exit_code == 1
    assert refused.err.endswith("try: pass both --budget-alarm USD and --email ADDRESS\n")


def test_local_aws_refuses_a_log_that_aws_would_refuse(aws: Aws) -> None:
    """Where the account has no role for API Gateway's logs; and other changes of a method."""
    (api,) = rest_apis(aws)
    role = aws.gateway.get_account()["cloudwatchRoleArn"]
    patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    log = {"op": "replace", "path": "/accessLogSettings/format", "value": "x"}
    aws.gateway.update_account(patchOperations=[patch])  # type: ignore[list-item]
    with pytest.raises(ClientError, match="CloudWatch Logs role ARN must be set"):
        aws.gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[log])  # type: ignore[list-item]
    patch["value"] = role
    aws.gateway.update_account(patchOperations=[patch])  # type: ignore[list-item]
    (root, *_) = aws.gateway.get_resources(restApiId=api, limit=500)["items"]
    method = {"restApiId": api, "resourceId": root["id"], "httpMethod": "POST"}
    closed = {"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"}
    with pytest.raises(ClientError, match="local_aws does not implement"):
        aws.gateway.update_method(**method, patchOperations=[closed])  # type: ignore[list-item]
    with pytest.raises(ClientError, match="NotFoundException"):
        aws.gateway.update_method(restApiId=api, resourceId="none", httpMethod="POST")


def test_local_aws_knows_which_rest_apis_there_are(aws: Aws) -> None:
    """Deleting one twice is refused as AWS refuses it."""
    with pytest.raises(aws.gateway.exceptions.NotFoundException, match="Invalid API identifier"):
        aws.gateway.delete_rest_api(restApiId="none")


def test_teardown_deletes_all_of_it(app: ServedApp, aws: Aws) -> None:
    """Before the web app, which AWS keeps while a plan or a firewall refers to it."""
    planned = step("teardown", "--dry-run", environment=app.environment).out.splitlines()
    made = [f"{kind} {NAME}" for kind in ("usage plan", "API key", "web ACL", "budget")]
    assert planned[: len(made)] == [f"would remove {thing}" for thing in made]
    removed = step("teardown", "--yes", "--json", environment=app.environment).json["removed"]
    assert set(made) <= set(removed)
    assert not aws.gateway.get_api_keys()["items"]
    assert not aws.gateway.get_usage_plans()["items"]
    assert not aws.firewall.list_web_acls(Scope="REGIONAL")["WebACLs"]
    assert not aws.budgets.describe_budgets(AccountId=aws.names.account).get("Budgets")
