"""docs/watching.md on local_aws: every command, and what the logs and alarms then have."""

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from sagemaker_jobs.aws import web_app
from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.operations.alarms import describe_alarms
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.chalice_project import copy_of_web_app
from tests.support.paths import ROOT
from tests.support.pipeline import call_step
from tests.support.timeouts import HANG_S

REGION = "ap-northeast-2"
PAGE = ROOT / "docs" / "watching.md"
DEPLOY = "deploy --artifact pretrained --expires 8h"
pytestmark = [
    pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning"),
    # of other tests in this process, which the collection below finds
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket .closed.:ResourceWarning"),
]


def commands() -> list[str]:
    """Return the page's commands in order, the deployment first."""
    found = re.findall(r"^python -m sagemaker_jobs (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    return sorted(found, key=lambda command: command != DEPLOY)


def test_every_command_of_the_page_works(environment: dict[str, str], aws: Aws) -> None:
    """One after the other; teardown ends with nothing left that costs."""
    assert DEPLOY in commands()
    for command in commands():
        answer = call_step(*command.split(), environment=environment)
        assert answer.exit_code == 0, f"{command}: {answer.err}"
    assert call_step("teardown", "--yes", environment=environment).exit_code == 0
    assert aws.sagemaker.list_endpoints()["Endpoints"] == []
    nothing = call_step("watch", "drift", environment=environment)
    assert nothing.exit_code == 1
    assert "the stage dev has no endpoint; try: run deploy first" in nothing.err


def test_alarms_and_dashboard_are_applied_shown_and_deleted(
    environment: dict[str, str], aws: Aws, ui: Ui
) -> None:
    """Repeated, nothing doubles; teardown deletes them too, the one in another region included."""
    topic = f"arn:aws:sns:{REGION}:123456789012:pager"
    apply = ("watch", "apply", "--topic", topic, "--spend-usd", 50)
    planned = call_step(*apply, "--dry-run", environment=environment)
    assert "would apply 4 alarms" in planned.out
    assert "MISSING" in call_step("watch", "show", environment=environment).out
    for _ in range(2):
        applied = call_step(*apply, "--json", environment=environment)
        assert "needs a topic in us-east-1" in applied.err
    names = [alarm["name"] for alarm in applied.json["alarms"]]
    kinds = ("5xx", "latency", "endpoint-gone", "throttled", "spend")
    assert names == [f"movie-sentiment-dev-{kind}" for kind in kinds]

    made = aws.cloudwatch.describe_alarms(AlarmNamePrefix="movie-sentiment-dev-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in made} == set(names[:4])
    assert all(alarm["AlarmActions"] == [topic] for alarm in made)
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in made)
    spend = aws.billing_cloudwatch.describe_alarms(AlarmNames=[names[4]])["MetricAlarms"][0]
    assert (spend["Threshold"], spend["AlarmActions"]) == (50, [])
    body = aws.cloudwatch.get_dashboard(DashboardName="movie-sentiment-dev")["DashboardBody"]
    titles = [widget["properties"]["title"] for widget in json.loads(body)["widgets"]]
    assert titles[0] == "Verdicts"
    assert "5 alarms" in call_step("costs", environment=environment).out

    removed = teardown(aws, confirmed=True, ui=ui).removed
    assert {f"alarm {name}" for name in names} <= set(removed)
    assert "dashboard movie-sentiment-dev" in removed
    call_step(*apply, environment=environment)
    assert "deleted 5 alarms" in call_step("watch", "delete", environment=environment).out
    shown = call_step("watch", "show", "--json", environment=environment).json
    assert {alarm["state"] for alarm in shown["alarms"]} == {"MISSING"}
    assert shown["dashboard"] is None


def log_lines(aws: Aws, group: str, event: str) -> list[dict[str, Any]]:
    """Return the group's lines of that event, which are JSON from their first character."""
    found = aws.logs.filter_log_events(logGroupName=group)["events"]
    lines = [item["message"] for item in found if item["message"].startswith("{")]
    return [line for line in map(json.loads, lines) if line.get("event") == event]


def awaited(aws: Aws, group: str, event: str, n: int) -> list[dict[str, Any]]:
    """Return at least `n` such lines, once they have arrived."""
    for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
        lines = log_lines(aws, group, event)
        if len(lines) >= n:
            return lines
    raise AssertionError(f"no {n} lines of {event} in {group}")


def check_drift(environment: dict[str, str], url: str) -> None:
    """One review came so far; with two hundred equal ones, all distributions have changed."""
    headers = {"Content-Type": "application/json"}
    feedback = json.dumps({"right": False, "score": 0.1, "model_version": "1"}).encode()
    with urlopen(Request(f"{url}feedback", feedback, headers), timeout=HANG_S):
        pass

    def drift(n: int) -> Any:
        for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
            found = call_step("watch", "drift", "--json", environment=environment)
            assert found.exit_code == 0, found.err
            if found.json["measures"][1]["now"][0] >= n and found.json["feedback_no"]:
                return found.json
        raise AssertionError(f"no {n} reviews in the metrics")

    few = drift(1)
    assert [measure["psi"] for measure in few["measures"]] == [None] * 3
    assert few["measures"][1]["now"][0] == 1  # of fewest words; others are smoke tests' reviews
    assert (few["feedback_yes"], few["feedback_no"]) == (0, 1)
    body = json.dumps(["A superb zanzibar of a film."] * 100).encode()
    for _ in range(2):
        with urlopen(Request(f"{url}reviews", body, headers), timeout=HANG_S):
            pass
    many = drift(201)
    assert all(measure["psi"] > 0.25 for measure in many["measures"])
    table = call_step("watch", "drift", "--days", 1, environment=environment).out
    assert table.count("large change") == 3
    assert "100% of 1" in table


def test_a_review_leaves_metrics_in_both_logs_and_no_text(
    environment: dict[str, str], tmp_path: Path, aws: Aws, ui: Ui
) -> None:
    """The alarms' metrics are those that the web app's lines have; a deep check finds the model."""
    (url,) = web_app.deploy(aws, ui=ui, project=copy_of_web_app(tmp_path))
    with pytest.raises(HTTPError) as missing:
        urlopen(f"{url}health?deep=1", timeout=HANG_S)
    assert missing.value.code == 503

    deploy = ("deploy", "--artifact", ROOT / "pretrained", "--image", "movie-sentiment:test")
    deployed = call_step(*deploy, "--no-smoke-test", environment=environment)
    assert deployed.exit_code == 0, deployed.err
    headers = {"Content-Type": "text/plain", "Accept": "application/json"}
    review = b"A superb zanzibar of a film."
    with urlopen(Request(f"{url}review", review, headers), timeout=HANG_S) as answer:
        verdict = json.loads(answer.read())

    (request, *_) = [
        line
        for line in awaited(aws, aws.names.web_app_log_group, "request", 2)
        if line["route"] == "/review"
    ]
    assert (request["verdict_positive"], request["score"]) == (1, [verdict["score"]])
    assert request["endpoint_ms"] <= request["request_ms"]
    parts = [
        part.get("MetricStat", {}).get("Metric", part)
        for alarm in describe_alarms(aws)
        for part in alarm.get("Metrics", [alarm])
    ]
    ours = {part["MetricName"] for part in parts if part.get("Namespace") == "movie-sentiment"}
    assert {"server_errors", "request_ms"} <= ours
    assert {"server_errors", "request_ms"} <= set(request)

    (invocation, *_) = awaited(aws, aws.names.endpoint_log_group, "invocation", 1)
    assert invocation["endpoint"] == aws.names.endpoint
    assert invocation["sentiments"] == {"positive": 1}
    assert invocation["model_version"] == verdict["model_version"]
    for group in (aws.names.web_app_log_group, aws.names.endpoint_log_group):
        texts = [
            item["message"] for item in aws.logs.filter_log_events(logGroupName=group)["events"]
        ]
        assert "zanzibar" not in " ".join(texts)
    check_drift(environment, url)

    (kept,) = aws.logs.describe_log_groups(logGroupNamePrefix=aws.names.endpoint_log_group)[
        "logGroups"
    ]
    assert kept["retentionInDays"] == 30
