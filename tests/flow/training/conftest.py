"""A stage to train in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.pipeline import Answer, Do, stage_of, step


@pytest.fixture
def environment(aws_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return {**aws_environment, "STAGE": "local"}


@pytest.fixture
def do(environment: dict[str, str], dataset: Path) -> Iterator[Do]:
    """Runs a step in the stage local, which has the dataset and is torn down at the end."""
    with stage_of(environment) as call:

        def run(*arguments: object) -> Answer:
            if arguments[:2] == ("train", "local"):  # which starts programs
                return step(*arguments, environment=environment)
            return call(*arguments)

        assert run("upload", "--data", dataset).exit_code == 0
        yield run
