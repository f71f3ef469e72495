"""The command line as a person runs it."""

import gc
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from sagemaker_jobs import cli
from sagemaker_jobs.step import Toolbox
from tests.support.paths import MODEL_PACKAGE, ROOT
from tests.support.timeouts import HANG_S

_NOTHING_ELSE = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/nonexistent",
    "PYTHONPATH": str(MODEL_PACKAGE),
    "OMP_NUM_THREADS": "1",  # more threads wait for each other at every step of so small a network
}
_LOOK_S = 0.5  # more looks would cost more than they save on a busy machine
IMAGE = ("--image", "movie-sentiment:test")  # local_aws runs the program in the artifact instead
CLASSIC = ("--recipe", "classic", "--hidden-dim", 16, "--validation-size", 40)  # a training
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
ERROR = re.compile(r"^error: [^;\n]+.*; try: .+\n$")  # all that a step says that fails


@dataclass(frozen=True)
class Answer:
    """What a step said and how it ended."""

    exit_code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The result of a step that went well."""
        assert self.exit_code == 0, self.err
        content: dict[str, Any] = json.loads(self.out)
        return content


Do = Callable[..., Answer]  # runs a step in a test's stage


def step(*arguments: object, environment: Mapping[str, str], text: str = "") -> Answer:
    """What `python -m sagemaker_jobs ARGUMENTS` answers with that environment and nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "sagemaker_jobs", *map(str, arguments)],
        cwd=ROOT,
        env={**_NOTHING_ELSE, **environment},
        input=text,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def call_step(*arguments: object, environment: Mapping[str, str], text: str = "") -> Answer:
    """Return what `step` would, from the command line's function in this process.

    It saves the start of a program, and polls local_aws more often than a step polls AWS.
    A step that starts programs itself is for `step`.
    """
    variables = {**_NOTHING_ELSE, **environment}
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name in set(os.environ) - set(variables):
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        patch.chdir(ROOT)
        patch.setattr(cli, "Toolbox", partial(Toolbox, sleep=_sleep_briefly))
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), "utf-8"))
        try:
            exit_code = cli.main([*map(str, arguments)], os.environ)
        except SystemExit as ended:  # from argparse
            exit_code = ended.code if isinstance(ended.code, int) else 1
    return Answer(exit_code, out.getvalue(), err.getvalue())


@contextmanager
def stage_of(environment: Mapping[str, str]) -> Iterator[Do]:
    """Set up the stage that the environment names; leave nothing there."""

    def run(*arguments: object) -> Answer:
        return call_step(*arguments, environment=environment)

    assert run("setup").exit_code == 0
    yield run
    run("teardown", "--yes")
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


def _sleep_briefly(seconds: float) -> None:
    time.sleep(min(seconds, _LOOK_S))


def left_when(word: str, *arguments: object, environment: Mapping[str, str]) -> Answer:
    """Return what the step prints when Ctrl-C is pressed as soon as it prints the word."""
    return step_when(
        word,
        lambda process: process.send_signal(signal.SIGINT),
        *arguments,
        environment=environment,
    )


def step_when(
    word: str,
    act: "Callable[[subprocess.Popen[str]], object]",
    *arguments: object,
    environment: Mapping[str, str],
) -> Answer:
    """Return what the step prints; `act` gets its process as soon as it prints the word."""
    with subprocess.Popen(
        [sys.executable, "-m", "sagemaker_jobs", *map(str, arguments)],
        cwd=ROOT,
        env={**_NOTHING_ELSE, **environment},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        said = ""
        for line in process.stderr:
            said += line
            if word in line:
                act(process)
    return Answer(process.returncode, "", said)
