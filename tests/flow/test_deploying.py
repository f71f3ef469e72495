"""Deployments that go wrong, and the endpoint they leave behind."""

import gc
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.endpoint.revision import DeploySettings
from sagemaker_jobs.steps.deploy import deploy
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from sentiment.artifact.artifact import read_artifact, write_artifact
from sentiment.models.lstm_classifier import rebuild
from sentiment.recipe import find_recipe
from tests.support.local_aws.toy_models import toy_model
from tests.support.paths import ROOT
from tests.support.pipeline import Answer, call_step, left_when, step, step_when
from tests.support.timeouts import HANG_S

IMAGE = ("--image", "movie-sentiment:test")
Do = Callable[..., Answer]


@pytest.fixture(scope="module")
def good_model(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that tells good reviews from bad ones, trained without AWS."""
    trained = step(
        *("train", "local", "--recipe", "classic", "--epochs", 6, "--batch-size", 8),
        *("--validation-size", 40, "--hidden-dim", 32, "--learning-rate", 0.005),
        *("--data", dataset, "--directory", tmp_path_factory.mktemp("good"), "--json"),
        environment={},
    ).json
    return Path(trained["artifact"])


@pytest.fixture(scope="module")
def contrary_model(good_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model in a folder, but that all it says for one side is for the other."""
    folder = tmp_path_factory.mktemp("contrary")
    good = read_artifact(good_model)
    network = rebuild(good.weights, good.description["architecture"])
    with torch.no_grad():
        network.output.weight.neg_()
        network.output.bias.neg_()
    recipe, vocabulary = find_recipe(good.description["recipe"]), good.encoder.vocabulary
    write_artifact(
        *(folder, network, recipe, vocabulary, good.calibration, good.unsure_below),
        {"note": "turned round"},
    )
    return folder


@pytest.fixture
def broken_model(tmp_path: Path) -> Path:
    """An archive whose server ends with an error message."""
    return toy_model(tmp_path, "broken")


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "dev"}


@pytest.fixture
def do(environment: dict[str, str], ui: Ui) -> Iterator[Do]:
    """Runs a step in the stage dev, which has a bucket and a role and is torn down at the end."""

    def run(*arguments: object) -> Answer:
        return call_step(*arguments, environment=environment)

    aws = connect("dev", None, {**os.environ, **environment})
    setup(aws, ui=ui)
    yield run
    teardown(aws, confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


def test_the_same_model_is_deployed_once(do: Do, good_model: Path) -> None:
    """Repeated, deploy finds its work done; on other instances, it updates and clears up."""
    deploy = ("deploy", *IMAGE, "--artifact", good_model)
    first = do(*deploy, "--json").json
    again = do(*deploy, "--json").json
    assert (first["action"], again["action"]) == ("create", "unchanged")
    assert first["revision"] == again["revision"]

    moved = do(*deploy, "--instance-count", 2, "--json").json
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


def test_a_serverless_endpoint_comes_back_from_instances_that_fail(
    do: Do, good_model: Path, contrary_model: Path
) -> None:
    """AWS cannot undo that update: the serverless endpoint is created again."""
    deploy = ("deploy", *IMAGE, "--artifact")
    assert do(*deploy, good_model, "--hosting", "serverless").exit_code == 0
    answer = do(*deploy, contrary_model)
    assert answer.exit_code == 1
    assert "which AWS cannot update" in answer.err
    assert do("status", "--json").json["endpoint"]["hosting"].startswith("serverless")
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")


def test_a_first_model_that_is_rejected_leaves_nothing_that_is_billed(
    do: Do, contrary_model: Path
) -> None:
    """There is no former model to go back to, so the endpoint is deleted."""
    answer = do("deploy", *IMAGE, "--artifact", contrary_model)
    assert answer.exit_code == 1
    assert "so that it is not billed" in answer.err
    assert do("status", "--json").json["endpoint"] is None
    left = do("teardown", "--dry-run", "--json").json["removed"]
    assert [thing for thing in left if thing.startswith(("endpoint", "model"))] == []


def test_a_model_that_only_some_workers_serve_is_rejected(do: Do, tmp_path: Path) -> None:
    """A health check that one worker answers is not enough: each request must succeed."""
    answer = do("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "unsteady"))
    assert answer.exit_code == 1
    assert "Worker died." in answer.err
    assert do("status", "--json").json["endpoint"] is None


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
        EndpointName=aws.names.endpoint, WaiterConfig={"Delay": 1}
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

    lines = step("predict", environment=environment, text="Superb. Loved it.\nAwful.\n")
    assert len(lines.out.splitlines()) == 2
    explained = do("predict", "A superb film. I loved every minute.", "--explain").out
    assert "A superb film." in explained.splitlines()[1]


def test_a_model_that_judges_wrongly_is_taken_back(
    do: Do, good_model: Path, contrary_model: Path
) -> None:
    """The former model serves again, and the one that failed leaves nothing behind."""
    first = do("deploy", *IMAGE, "--artifact", good_model, "--json").json
    answer = do("deploy", *IMAGE, "--artifact", contrary_model)
    assert answer.exit_code == 1
    assert "does not distinguish good from bad" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")
    left = do("teardown", "--dry-run", "--json").json["removed"]
    assert f"model {first['revision']}" in left
    assert len([thing for thing in left if thing.startswith("model ")]) == 1


@pytest.mark.parametrize(
    ("name", "said"), [("failing", "out of memory"), ("foreign", "is not a JSON object")]
)
def test_a_model_that_does_not_answer_is_taken_back(
    do: Do, good_model: Path, tmp_path: Path, name: str, said: str
) -> None:
    """One that serves but fails at reviews, or says something else than a verdict."""
    assert do("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
    answer = do("deploy", *IMAGE, "--artifact", toy_model(tmp_path, name))
    assert answer.exit_code == 1
    assert said in answer.err.splitlines()[-1]
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")


def test_a_foreign_model_that_is_kept_gives_no_verdict(do: Do, tmp_path: Path) -> None:
    """`predict` says so in one sentence."""
    deploy = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "toy"), "--no-smoke-test")
    assert do(*deploy).exit_code == 0
    answer = do("predict", "A superb film.")
    assert answer.exit_code == 1
    assert "the endpoint's answer is not a verdict" in answer.err


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_is_left_is_taken_up_again(
    do: Do, environment: dict[str, str], tmp_path: Path
) -> None:
    """Ctrl-C while it runs; the same command waits for it, and another model has to."""
    first = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "first"), "--no-smoke-test")
    assert do(*first).exit_code == 0
    gate = tmp_path / "gate"
    held = toy_model(tmp_path, "held", gate)
    deploy = ("deploy", *IMAGE, "--artifact", held, "--no-smoke-test")
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    assert "is being changed (Updating)" in do(*first).err
    gate.touch()
    assert do(*deploy, "--json").json["action"] == "unchanged"


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_was_left_and_ended_is_taken_back_all_the_same(
    do: Do, environment: dict[str, str], good_model: Path, tmp_path: Path
) -> None:
    """The same command finds it serving, and the revision before it by its configuration."""
    first = do("deploy", *IMAGE, "--artifact", good_model, "--json").json
    gate = tmp_path / "gate"
    deploy = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "held", gate))
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    gate.touch()
    aws = connect("dev", None, {**os.environ, **environment})
    for _ in looks(HANG_S, sleep=time.sleep, clock=time.monotonic):
        description = endpoint.describe(aws, "movie-sentiment-dev")
        if description and description["EndpointStatus"] == "InService":
            break
    answer = do(*deploy)
    assert answer.exit_code == 1
    assert "rolling back to the previous one" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")
    assert do("deploy", *IMAGE, "--artifact", good_model, "--json").json["action"] == "unchanged"
    left = do("teardown", "--dry-run", "--json").json["removed"]
    assert [thing for thing in left if " configuration " in thing] == [
        f"endpoint configuration {first['revision']}"
    ]


@pytest.mark.usefixtures("heeded_endings")
def test_an_update_that_is_left_does_not_stop_a_teardown(
    do: Do, environment: dict[str, str], tmp_path: Path
) -> None:
    """AWS deletes no endpoint that is being changed, so it waits; then nothing is left."""
    first = ("deploy", *IMAGE, "--artifact", toy_model(tmp_path, "first"), "--no-smoke-test")
    assert do(*first).exit_code == 0
    gate = tmp_path / "gate"
    held = toy_model(tmp_path, "held", gate)
    deploy = ("deploy", *IMAGE, "--artifact", held, "--no-smoke-test")
    assert left_when("Updating", *deploy, environment=environment).exit_code == 130
    waiting = "endpoint movie-sentiment-dev is Updating; it can be deleted after that"
    answer = step_when(
        waiting, lambda _: gate.touch(), "teardown", "--yes", environment=environment
    )
    assert answer.exit_code == 0
    assert waiting in answer.err
    assert do("status", "--json").json["endpoint"] is None


def test_a_wrong_model_can_be_served_on_purpose(do: Do, contrary_model: Path) -> None:
    """--no-smoke-test is for models that are not meant to be good."""
    deploy = ("deploy", *IMAGE, "--artifact", contrary_model, "--no-smoke-test", "--json")
    assert do(*deploy).json["smoke_test"] is None
    assert do("predict", "A superb film. I loved every minute.").out.startswith("negative")


def test_an_endpoint_that_failed_says_why_and_is_replaced(
    do: Do, good_model: Path, broken_model: Path
) -> None:
    """The error carries AWS's reason; nothing is left that is billed or needs cleaning."""
    answer = do("deploy", *IMAGE, "--artifact", broken_model)
    assert answer.exit_code == 1
    assert "error: endpoint movie-sentiment-dev failed: " in answer.err
    assert "this model is broken on purpose" in answer.err
    assert do("status", "--json").json["endpoint"] is None
    assert do("deploy", *IMAGE, "--artifact", good_model, "--json").json["action"] == "create"


def test_an_update_that_fails_leaves_the_former_model(
    do: Do, good_model: Path, broken_model: Path
) -> None:
    """The endpoint goes on serving; the error says so."""
    assert do("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
    answer = do("deploy", *IMAGE, "--artifact", broken_model)
    assert answer.exit_code == 1
    assert "still serves the previous model" in answer.err
    assert do("predict", "A superb film. I loved every minute.").out.startswith("positive")


def test_a_quota_is_told_as_one(do: Do, good_model: Path) -> None:
    """ResourceLimitExceeded names the ways out; a new account's quota is often zero."""
    big = ("--instance-type", "ml.p4d.24xlarge", "--instance-count", 999)
    answer = do("deploy", *IMAGE, "--artifact", good_model, *big)
    assert answer.exit_code == 1
    assert "quota" in answer.err
    assert "Service Quotas" in answer.err
    assert "deploy --hosting serverless" in answer.err
