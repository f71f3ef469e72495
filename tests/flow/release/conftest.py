"""What the tests of releases share: a stage of its own, and rules that a fair model meets."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sagemaker_jobs.aws.session import Aws, connect
from sagemaker_jobs.release import registry
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.pipeline import Answer, call_step

REGION = "us-west-2"


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "dev", "AWS_DEFAULT_REGION": REGION}


@pytest.fixture
def aws(environment: dict[str, str], ui: Ui) -> Iterator[Aws]:
    """The stage dev with a bucket and a role; it is torn down at the end."""
    found = connect("dev", REGION, {**os.environ, **environment})
    setup(found, ui=ui)
    yield found
    teardown(found, confirmed=True, ui=ui)
    assert not registry.has_group(found)
    assert teardown(found, confirmed=True, ui=ui).removed == ()
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


@pytest.fixture
def do(aws: Aws, environment: dict[str, str]) -> Callable[..., Answer]:
    """Runs a step in the stage."""
    assert aws.region == REGION

    def run(*arguments: object) -> Answer:
        return call_step(*arguments, environment=environment)

    return run


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """Rules that a model which tells good reviews from bad ones meets."""
    path = tmp_path / "rules.toml"
    path.write_text(
        "[at_least]\naccuracy = 0.7\naccuracy_gain = -0.1\n[at_most]\ncalibration_error = 0.5\n"
    )
    return path
