"""`python -m sagemaker_jobs` as a program: its streams and its exit codes.

What each step answers is asked of the same function in the tests' own process.
"""

import json
from pathlib import Path

import pytest

from tests.support.pipeline import ERROR, Answer, call_step, step


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A file that a dry run does not read."""
    path = tmp_path / "nothing.tar.gz"
    path.write_bytes(b"")
    return path


def test_json_is_alone_on_the_programs_stdout(archive: Path, tmp_path: Path) -> None:
    """Nothing that is loaded on the way writes to either stream."""
    download = ("download", "--archive", archive, "--directory", tmp_path / "x", "--dry-run")
    answer = step(*download, "--json", environment={})
    assert json.loads(answer.out)["dry_run"] is True
    assert (answer.exit_code, answer.err) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [(("setup",), 1), (("train", "local", "--epochs", "-3"), 2), (("--help",), 0)],
)
def test_the_program_answers_as_its_function(arguments: tuple[str, ...], exit_code: int) -> None:
    """To the letter, on both streams, by exit code."""
    answers: list[Answer] = [ask(*arguments, environment={}) for ask in (step, call_step)]
    assert answers[0] == answers[1]
    assert answers[0].exit_code == exit_code
    assert bool(ERROR.match(answers[0].err)) == (exit_code > 0)
