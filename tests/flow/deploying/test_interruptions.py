"""Deployments that Ctrl-C left: the same command, another one and a teardown come after them."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.endpoint import endpoint
from tests.support.local_aws.toy_models import toy_model
from tests.support.pipeline import IMAGE, Do, left_when, step_when
from tests.support.timeouts import HANG_S

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")


@dataclass(frozen=True)
class Left:
    """An update that Ctrl-C left: the commands before it and for it; it ends with the `gate`."""

    first: Sequence[object]
    update: Sequence[object]
    gate: Path


@pytest.fixture
def left(do: Do, environment: dict[str, str], tmp_path: Path, heeded_endings: None) -> Left:  # noqa: ARG001
    gate = tmp_path / "gate"
    first, update = (
        ("deploy", *IMAGE, "--artifact", model, "--no-smoke-test")
        for model in (toy_model(tmp_path, "first"), toy_model(tmp_path, "held", gate))
    )
    assert do(*first).exit_code == 0
    assert left_when("Updating", *update, environment=environment).exit_code == 130
    return Left(first, update, gate)


def test_an_update_that_is_left_is_taken_up_again(do: Do, left: Left) -> None:
    """Ctrl-C while it runs; the same command waits for it, and another model has to."""
    assert "is being changed (Updating)" in do(*left.first).err
    left.gate.touch()
    assert do(*left.update, "--json").json["action"] == "unchanged"


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


def test_an_update_that_is_left_does_not_stop_a_teardown(
    do: Do, environment: dict[str, str], left: Left
) -> None:
    """AWS deletes no endpoint that is being changed, so it waits; then nothing is left."""
    waiting = "endpoint movie-sentiment-dev is Updating; it can be deleted after that"
    answer = step_when(
        waiting, lambda _: left.gate.touch(), "teardown", "--yes", environment=environment
    )
    assert answer.exit_code == 0
    assert waiting in answer.err
    assert do("status", "--json").json["endpoint"] is None
