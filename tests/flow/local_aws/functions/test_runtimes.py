"""Runtimes of functions: the Python of each version that the machine has, or a refusal."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.functions import pythons
from tests.support.local_aws.toy_functions import RUNTIME, invoke, make_function
from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import until

pytestmark = pytest.mark.usefixtures("no_function_stays")

HANDLER = """
import os, runtime_client, sys
import boto3

def handle(event, context):
    if event.get("raise"):
        raise ValueError(event["raise"])
    return {
        "client": runtime_client.__file__,
        "runtime": os.environ["AWS_EXECUTION_ENV"],
        "python": sys.executable,
        "buckets": [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]],
    }
"""
OTHER = "python3.14" if RUNTIME != "python3.14" else "python3.13"


@pytest.fixture
def other_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return another runtime; its interpreter is the tests' own, which claims that version.

    Before it on the PATH is a program of that name that does not run, as pyenv's shims are.
    """
    runs = f'case "$*" in *print*) echo {OTHER[6:]}.7 $0;; *) exec {sys.executable} "$@";; esac'
    for name, line in (("broken", "exit 127"), ("fine", runs)):
        program = tmp_path / name / OTHER
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n{line}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/broken:{tmp_path}/fine:{os.environ['PATH']}")
    return str(tmp_path / "fine" / OTHER)


def test_a_function_runs_under_its_runtimes_python(toys: ToyAccount, other_python: str) -> None:
    """The log names the interpreter; AWS's binary for the own Python is not loaded into it."""
    name = make_function(toys, HANDLER, Runtime=OTHER)
    answer, error = invoke(toys, name, {})
    assert error is None, answer
    assert isinstance(answer, dict)
    assert answer["client"].endswith(".py")
    assert answer["runtime"] == f"AWS_Lambda_{OTHER}"
    assert "toy-bucket" in answer["buckets"]
    raised, kind = invoke(toys, name, {"raise": "no such film"})
    assert (kind, isinstance(raised, dict) and raised["errorMessage"]) == (
        "Unhandled",
        "no such film",
    )
    line = f"INIT_START local_aws: Python {OTHER[6:]}.7 ({other_python}) runs in place of"
    until(
        lambda: toys.log(f"/aws/lambda/{name}"),
        lambda lines: f"{line} the runtime {OTHER}" in lines,
        "the interpreter's name in the log",
    )


def test_the_own_version_runs_under_this_python(toys: ToyAccount) -> None:
    """It uses AWS's own client, and a change of the runtime starts a new process."""
    name = make_function(toys, HANDLER)
    answer, _ = invoke(toys, name, {})
    assert isinstance(answer, dict)
    assert (answer["python"], answer["client"].endswith(".so")) == (sys.executable, True)
    line = f"INIT_START local_aws: Python {platform.python_version()} ({sys.executable}) runs"
    until(
        lambda: toys.log(f"/aws/lambda/{name}"),
        lambda lines: any(entry.startswith(line) for entry in lines),
        "the interpreter's name in the log",
    )


def test_a_changed_runtime_starts_a_new_process(toys: ToyAccount, other_python: str) -> None:
    """UpdateFunctionConfiguration with another Runtime takes effect at the next event."""
    name = make_function(toys, HANDLER)
    before, _ = invoke(toys, name, {})
    toys.functions.update_function_configuration(FunctionName=name, Runtime=OTHER)  # type: ignore[arg-type]
    after, _ = invoke(toys, name, {})
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert [before["runtime"], after["runtime"]] == [
        f"AWS_Lambda_{RUNTIME}",
        f"AWS_Lambda_{OTHER}",
    ]
    assert Path(other_python).is_file()


def test_a_missing_interpreter_is_named(
    toys: ToyAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS has the runtime and this machine has not: the record is made, and Invoke is refused."""
    monkeypatch.setenv("PATH", str(tmp_path))
    name = make_function(toys, HANDLER, Runtime=OTHER)
    with pytest.raises(ClientError, match=f"install {OTHER} so that it is on the PATH"):
        invoke(toys, name, {})
    other = make_function(toys, HANDLER, Runtime="nodejs22.x")
    with pytest.raises(ClientError, match=r"nodejs22\.x; only Python functions run here"):
        invoke(toys, other, {})


@pytest.mark.parametrize(
    ("runtime", "message"),
    [
        ("python3.8", "The runtime parameter of python3.8 is no longer supported for creating"),
        ("python3.99", "Value python3.99 at 'runtime' failed to satisfy constraint: Member must"),
    ],
)
def test_runtimes_that_aws_refuses_are_refused_at_once(
    toys: ToyAccount, runtime: str, message: str
) -> None:
    """CreateFunction and UpdateFunctionConfiguration refuse them, and change nothing."""
    before = [f["FunctionName"] for f in toys.functions.list_functions()["Functions"]]
    with pytest.raises(toys.functions.exceptions.InvalidParameterValueException) as refused:
        make_function(toys, HANDLER, Runtime=runtime)
    assert message in str(refused.value)
    assert [f["FunctionName"] for f in toys.functions.list_functions()["Functions"]] == before
    name = make_function(toys, HANDLER)
    with pytest.raises(toys.functions.exceptions.InvalidParameterValueException):
        toys.functions.update_function_configuration(FunctionName=name, Runtime=runtime)  # type: ignore[arg-type]
    assert toys.functions.get_function_configuration(FunctionName=name)["Runtime"] == RUNTIME


def test_a_body_that_is_not_json_is_left_to_moto() -> None:
    """It has no runtime to check."""
    for body in (b"", b"{", b"[]", json.dumps({"Runtime": RUNTIME}).encode()):
        pythons.check_runtime(body)
