"""An endpoint that ends by itself: `deploy --expires`."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.operations.expiry import read_expiry, set_expiry
from sagemaker_jobs.steps.status import read_status
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.paths import ROOT
from tests.support.pipeline import call_step
from tests.support.timeouts import HANG_S

REGION = "us-west-1"
DEPLOY = (
    *("deploy", "--artifact", ROOT / "pretrained", "--image", "movie-sentiment:test"),
    "--no-smoke-test",
)
pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_a_schedule_deletes_the_endpoint(environment: dict[str, str], aws: Aws, ui: Ui) -> None:
    """EventBridge Scheduler calls SageMaker's DeleteEndpoint once, under a role of its own."""
    before = datetime.now(UTC).replace(microsecond=0)
    deployed = call_step(*DEPLOY, "--expires", "8h", "--json", environment=environment).json
    end = read_expiry(aws)
    assert end is not None
    assert timedelta(hours=8) <= end - before <= timedelta(hours=8, minutes=10)
    assert deployed["expires_at"] == f"{end:%Y-%m-%d %H:%M} UTC"

    schedule = aws.scheduler.get_schedule(Name="movie-sentiment-dev-expiry")
    target = schedule["Target"]
    assert target["Arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:deleteEndpoint"
    assert json.loads(target["Input"]) == {"EndpointName": "movie-sentiment-dev"}
    assert schedule["ActionAfterCompletion"] == "DELETE"
    role = target["RoleArn"].rpartition("/")[2]
    inline = aws.iam.get_role_policy(RoleName=role, PolicyName="delete-endpoint")
    policy: Any = inline["PolicyDocument"]
    assert policy["Statement"][0]["Action"] == ["sagemaker:DeleteEndpoint"]

    status = read_status(aws)
    assert status.endpoint is not None
    assert status.endpoint.expires_at == deployed["expires_at"]
    assert f"InService until {end:%Y-%m-%d}" in status.line()
    assert f"version   {deployed['revision']} (1 x ml.m5.large)" in status.line()
    assert "a month at this rate" in status.line()

    again = call_step(*DEPLOY, environment=environment)
    assert "cancelling the endpoint's expiry" in again.err
    assert read_expiry(aws) is None
    removed = teardown(aws, confirmed=True, ui=ui).removed
    assert "role movie-sentiment-dev-expiry" in removed


def test_the_endpoint_is_gone_at_its_end(environment: dict[str, str], aws: Aws, ui: Ui) -> None:
    """The schedule's role may delete it; the schedule goes too, and status has no expiry."""
    deployed = call_step(*DEPLOY, environment=environment)
    assert deployed.exit_code == 0, deployed.err
    set_expiry(aws, time.time() - 1, ui=ui, sleep=time.sleep)
    for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
        if read_status(aws).endpoint is None and read_expiry(aws) is None:
            break
    status = read_status(aws)
    assert status.endpoint is None
    assert status.traffic is None


def test_teardown_removes_the_schedule(environment: dict[str, str], aws: Aws, ui: Ui) -> None:
    """It would delete a later endpoint of the same name."""
    deployed = call_step(*DEPLOY, "--expires", "15m", environment=environment)
    assert deployed.exit_code == 0, deployed.err
    assert "AWS deletes it at" in deployed.out
    assert "schedule movie-sentiment-dev-expiry" in teardown(aws, confirmed=True, ui=ui).removed
    assert read_expiry(aws) is None


@pytest.mark.parametrize("text", ["8", "1m", "h", "-2h"])
def test_a_time_that_is_none_is_refused(environment: dict[str, str], text: str) -> None:
    """Before anything is done; the message shows the form."""
    answer = call_step(*DEPLOY, f"--expires={text}", environment=environment)
    assert answer.exit_code == 2
    assert "must be 15m, 8h or 2d" in answer.err
