"""Deployments that go wrong, and the endpoint they leave behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import LocalAws
from tests.support.local_aws.toy_models import toy_model
from tests.support.pipeline import IMAGE, Do, stage_of

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


@pytest.fixture(scope="module")
def serving(local_aws_server: LocalAws, good_model: Path) -> Iterator[Do]:
    """Runs a step in the stage prod, whose endpoint serves the good model, and keeps doing so."""
    with stage_of({**local_aws_server.environment, "STAGE": "prod"}) as run:
        assert run("deploy", *IMAGE, "--artifact", good_model).exit_code == 0
        yield run


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


def test_a_model_that_judges_wrongly_is_taken_back(
    serving: Do, good_model: Path, contrary_model: Path
) -> None:
    """The former model serves again, and the one that failed leaves nothing behind."""
    first = serving("deploy", *IMAGE, "--artifact", good_model, "--json").json
    answer = serving("deploy", *IMAGE, "--artifact", contrary_model)
    assert answer.exit_code == 1
    assert "does not distinguish good from bad" in answer.err
    assert serving("predict", "A superb film. I loved every minute.").out.startswith("positive")
    left = serving("teardown", "--dry-run", "--json").json["removed"]
    assert f"model {first['revision']}" in left
    assert len([thing for thing in left if thing.startswith("model ")]) == 1


@pytest.mark.parametrize(
    ("name", "said"), [("failing", "out of memory"), ("foreign", "is not a JSON object")]
)
def test_a_model_that_does_not_answer_is_taken_back(
    serving: Do, tmp_path: Path, name: str, said: str
) -> None:
    """One that serves but fails at reviews, or says something else than a verdict."""
    answer = serving("deploy", *IMAGE, "--artifact", toy_model(tmp_path, name))
    assert answer.exit_code == 1
    assert said in answer.err.splitlines()[-1]
    assert serving("predict", "A superb film. I loved every minute.").out.startswith("positive")


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


def test_an_update_that_fails_leaves_the_former_model(serving: Do, broken_model: Path) -> None:
    """The endpoint goes on serving; the error says so."""
    answer = serving("deploy", *IMAGE, "--artifact", broken_model)
    assert answer.exit_code == 1
    assert "still serves the previous model" in answer.err
    assert serving("predict", "A superb film. I loved every minute.").out.startswith("positive")
