"""Deployments that change an endpoint, its hosting or its model."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.endpoint.revision import DeploySettings
from sagemaker_jobs.operations.deployment import deploy
from sagemaker_jobs.terminal import Ui
from tests.support.local_aws.toy_models import toy_model
from tests.support.paths import ROOT
from tests.support.pipeline import IMAGE, Do, call_step
from tests.support.timeouts import OFTEN

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_the_same_model_is_deployed_once(do: Do, good_model: Path) -> None:
    """Repeated, deploy finds its work done; on other instances, it updates and clears up."""
    deploy = ("deploy", *IMAGE, "--artifact", good_model)
    first = do(*deploy, "--json").json
    again = do(*deploy, "--json").json
    assert (first["action"], again["action"]) == ("create", "unchanged")
    assert first["revision"] == again["revision"]

    moved = do(*deploy, "--instances", 2, "--json").json
    assert moved["action"] == "update"
    assert set(moved["removed"]) == {
        f"endpoint configuration {first['revision']}",
        f"model {first['revision']}",
    }
    assert do("status", "--json").json["endpoint"]["hosting"].startswith("2 x ")
    assert do("predict", "A superb film.").exit_code == 0


def test_an_instance_endpoint_is_replaced_by_a_serverless_one_if_you_agree(
    do: Do, good_model: Path
) -> None:
    """AWS refuses that update, so deploy plans a new endpoint and says what it costs."""
    deploy = ("deploy", *IMAGE, "--artifact", good_model)
    first = do(*deploy, "--json").json
    assert do(*deploy, "--hosting", "serverless", "--dry-run", "--json").json["action"] == "replace"
    declined = do(*deploy, "--hosting", "serverless")
    assert declined.exit_code == 1
    assert "answers 503" in declined.err
    assert "add --yes" in declined.err
    assert do("predict", "A superb film.").exit_code == 0

    moved = do(*deploy, "--hosting", "serverless", "--yes", "--json").json
    assert moved["action"] == "replace"
    assert f"model {first['revision']}" in moved["removed"]
    assert do("status", "--json").json["endpoint"]["hosting"].startswith("serverless")
    assert do("predict", "A superb film.").exit_code == 0
    back = do(*deploy, "--json").json
    assert back["action"] == "update"


@pytest.mark.usefixtures("do")
def test_a_role_that_aws_does_not_know_yet_is_waited_for(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """IAM needs some seconds to propagate `setup`'s role; each of AWS's refusals is retried."""
    aws = connect("dev", None, {**os.environ, **environment})
    trust: Any = aws.iam.get_role(RoleName=aws.names.role)["Role"]["AssumeRolePolicyDocument"]
    said = io.StringIO()

    def forget_role() -> None:
        policy = {**trust, "Statement": [{**trust["Statement"][0], "Principal": {"AWS": "*"}}]}
        aws.iam.update_assume_role_policy(
            RoleName=aws.names.role, PolicyDocument=json.dumps(policy)
        )

    def know_role(_seconds: float) -> None:
        aws.iam.update_assume_role_policy(RoleName=aws.names.role, PolicyDocument=json.dumps(trust))

    def deploy_first_model() -> str:
        model = toy_model(tmp_path, "first")
        settings = DeploySettings(artifact=model, image="any", smoke_test=False)
        return deploy(aws, settings, ui=Ui(said, said), sleep=know_role).action

    forget_role()  # CreateModel refuses
    assert deploy_first_model() == "create"
    aws.sagemaker.delete_endpoint(EndpointName=aws.names.endpoint)
    aws.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=aws.names.endpoint, WaiterConfig=OFTEN
    )
    forget_role()  # the model is there, and the endpoint fails
    assert deploy_first_model() == "create"
    assert said.getvalue().count("AWS does not know the new role yet") == 2


def test_files_and_lines_are_judged_by_the_endpoint(
    do: Do, environment: dict[str, str], tmp_path: Path
) -> None:
    """`score --endpoint` and `predict` with lines; `predict --explain` shows the sentences."""
    assert do("deploy", *IMAGE, "--artifact", ROOT / "pretrained").exit_code == 0
    file = tmp_path / "reviews.csv"
    file.write_text('id,review\n7,"A superb film, loved it"\n8,\n9,Awful. I hated every minute.\n')
    result = do("score", file, "--endpoint", "--json").json
    assert result["n_reviews"] == 3
    rows = (tmp_path / "reviews.scored.csv").read_text().splitlines()
    assert rows[1].startswith('7,"A superb film, loved it",')
    assert rows[2].startswith("8,,error,,,")
    assert rows[3].split(",")[3] == "negative"

    lines = call_step("predict", environment=environment, text="Superb. Loved it.\nAwful.\n")
    assert len(lines.out.splitlines()) == 2
    explained = do("predict", "A superb film. I loved every minute.", "--explain").out
    assert "A superb film." in explained.splitlines()[1]


def test_a_foreign_model_that_is_kept_gives_no_verdict(do: Do, tmp_path: Path) -> None:
    """`predict` says so in one sentence."""
    deploy = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "toy"), "--no-smoke-test")
    assert do(*deploy).exit_code == 0
    answer = do("predict", "A superb film.")
    assert answer.exit_code == 1
    assert "the endpoint's answer is not a verdict" in answer.err


def test_a_wrong_model_can_be_served_on_purpose(do: Do, contrary_model: Path) -> None:
    """--no-smoke-test is for models that are not meant to be good."""
    deploy = ("deploy", *IMAGE, "--artifact", contrary_model, "--no-smoke-test", "--json")
    assert do(*deploy).json["smoke_test"] is None
    assert do("predict", "A superb film. I loved every minute.").out.startswith("negative")


def test_a_quota_is_reported_as_one(do: Do, good_model: Path) -> None:
    """ResourceLimitExceeded names the ways out; a new account's quota is often zero."""
    big = ("--instance-type", "ml.p4d.24xlarge", "--instances", 999)
    answer = do("deploy", *IMAGE, "--artifact", good_model, *big)
    assert answer.exit_code == 1
    assert "quota" in answer.err
    assert "Service Quotas" in answer.err
    assert "deploy --hosting serverless" in answer.err
