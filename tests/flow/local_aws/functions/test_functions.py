"""Lambda on local_aws: the deployed zip really runs, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from botocore.exceptions import ClientError
from moto.awslambda.models import lambda_backends
from moto.core import DEFAULT_ACCOUNT_ID

from local_aws.functions.process import FunctionProcess
from local_aws.host.watchdog import find_marked
from local_aws.log_stream import LogStream
from tests.support.local_aws.toy_functions import TIMEOUT_S, invoke, make_function
from tests.support.local_aws.toys import ToyAccount, zipped
from tests.support.timeouts import advance_clock, until

pytestmark = pytest.mark.usefixtures("no_function_stays")

HANDLER = """
import importlib.util, json, os, time
import boto3
n_calls = 0

def handle(event, context):
    global n_calls
    n_calls += 1
    print("event=" + json.dumps(event))
    if event.get("raise"):
        raise ValueError(event["raise"])
    if event.get("exit"):
        os._exit(4)
    while not os.path.exists(event.get("wait_for", "/")):
        time.sleep(0.02)
    return {
        "n_calls": n_calls,
        "setting": os.environ.get("MY_SETTING"),
        "name": context.function_name,
        "log": [context.log_group_name, context.log_stream_name],
        "remaining_ms": context.get_remaining_time_in_millis(),
        "torch": importlib.util.find_spec("torch") is not None,
        "pid": os.getpid(),
        "home": os.environ["HOME"],
        "task": os.environ["LAMBDA_TASK_ROOT"],
        "runtime": os.environ["AWS_LAMBDA_RUNTIME_API"],
        "buckets": [b["Name"] for b in boto3.client("s3").list_buckets()["Buckets"]],
    }
"""


def test_a_function_runs_warm_with_its_environment_and_boto3(toys: ToyAccount) -> None:
    """The zip runs under AWS's runtime client: a warm process, own variables, no torch."""
    name = make_function(toys, HANDLER)
    first, error = invoke(toys, name, {"word": "film"})
    assert error is None
    assert isinstance(first, dict)
    assert first["setting"] == "kept"
    assert first["name"] == name
    assert first["log"][0] == f"/aws/lambda/{name}"
    assert "[$LATEST]" in first["log"][1]
    assert 0 < first["remaining_ms"] <= TIMEOUT_S * 1000
    assert first["torch"] is False
    assert "toy-bucket" in first["buckets"]
    second, _ = invoke(toys, name, {})
    assert isinstance(second, dict)
    assert (first["n_calls"], second["n_calls"]) == (1, 2)
    group = f"/aws/lambda/{name}"
    until(
        lambda: toys.log(group),
        lambda lines: any(line.endswith('event={"word": "film"}') for line in lines),
        "the function's log",
    )


def test_function_errors_are_reported_as_on_lambda(
    toys: ToyAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception, an exit and a timeout are Unhandled function errors; afterwards it works."""
    name = make_function(toys, HANDLER)
    raised, kind = invoke(toys, name, {"raise": "no such film"})
    assert kind == "Unhandled"
    assert isinstance(raised, dict)
    assert (raised["errorType"], raised["errorMessage"]) == ("ValueError", "no such film")
    ended, kind = invoke(toys, name, {"exit": True})
    assert kind == "Unhandled"
    assert "exit status 4" in str(ended)
    never = str(tmp_path / "never")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(invoke, toys, name, {"wait_for": never})
        until(
            lambda: toys.log(f"/aws/lambda/{name}"),
            lambda lines: any(never in line for line in lines),
            "the slow event",
        )
        advance_clock(monkeypatch, FunctionProcess, TIMEOUT_S)
        answer, kind = slow.result()
    assert kind == "Unhandled"
    assert "Task timed out after 300.00 seconds" in str(answer)
    fine, kind = invoke(toys, name, {})
    assert kind is None
    assert isinstance(fine, dict)
    assert fine["n_calls"] == 1


def test_a_function_that_cannot_load_says_so(toys: ToyAccount) -> None:
    """An import error at the top of the module is the answer of every invocation."""
    name = make_function(toys, "import torch\ndef handle(event, context): return 1\n")
    answer, kind = invoke(toys, name, {})
    assert kind == "Unhandled"
    assert "No module named 'torch'" in str(answer)


def test_new_code_replaces_the_warm_process(toys: ToyAccount) -> None:
    """After UpdateFunctionCode the next invocation runs the new zip."""
    name = make_function(toys, "def handle(event, context): return 'old'\n")
    assert invoke(toys, name, {}) == ("old", None)
    toys.functions.update_function_code(
        FunctionName=name,
        ZipFile=zipped({"handler.py": "def handle(event, context): return 'new'\n"}),
    )
    assert invoke(toys, name, {}) == ("new", None)


@dataclass(frozen=True)
class Left:
    """What a warm process has on the machine, by what its function answered."""

    pid: int
    home: Path
    task: Path
    runtime: str

    @classmethod
    def of(cls, answer: object) -> Left:
        assert isinstance(answer, dict)
        return cls(answer["pid"], Path(answer["home"]), Path(answer["task"]), answer["runtime"])

    def of_process(self) -> list[str]:
        """Return what is still there of the process itself."""
        host, port = self.runtime.split(":")
        with socket.socket() as probe:
            listening = probe.connect_ex((host, int(port))) == 0
        running = self.pid in find_marked(f"HOME={self.home}".encode())
        found = {"process": running, "folder": self.home.exists(), "port": listening}
        return [name for name, there in found.items() if there]


def test_nothing_stays_of_a_deleted_function(toys: ToyAccount) -> None:
    """DeleteFunction ends the warm process and removes its files, the code and the log's thread."""
    name = make_function(toys, HANDLER)
    left = Left.of(invoke(toys, name, {})[0])
    assert left.of_process() == ["process", "folder", "port"]
    assert n_open_logs(name) == 1
    toys.functions.delete_function(FunctionName=name)
    assert left.of_process() == []
    assert not left.task.exists()
    assert n_open_logs(name) == 0


def test_nothing_stays_of_a_function_that_another_service_deleted(toys: ToyAccount) -> None:
    """The first invocation that finds it gone ends its warm process."""
    name = make_function(toys, HANDLER)
    left = Left.of(invoke(toys, name, {})[0])
    lambda_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].delete_function(name, None)
    with pytest.raises(toys.functions.exceptions.ResourceNotFoundException):
        invoke(toys, name, {})
    assert left.of_process() == []
    assert not left.task.exists()


def test_nothing_stays_of_a_warm_process_that_died(toys: ToyAccount) -> None:
    """The next invocation gets a new process; the dead one's port and files are gone."""
    name = make_function(toys, HANDLER)
    left = Left.of(invoke(toys, name, {})[0])
    os.kill(left.pid, signal.SIGKILL)
    ended = psutil.STATUS_ZOMBIE  # its exit status is there for its parent
    until(lambda: psutil.Process(left.pid).status(), lambda status: status == ended, "its end")
    answer, kind = invoke(toys, name, {})
    assert kind is None
    assert isinstance(answer, dict)
    assert answer["n_calls"] == 1
    assert left.of_process() == []


def test_nothing_stays_of_code_that_was_replaced(toys: ToyAccount, tmp_path: Path) -> None:
    """Once its last busy process has ended, the former code and its log's thread are gone."""
    name = make_function(toys, HANDLER)
    former = Left.of(invoke(toys, name, {})[0])
    end = tmp_path / "end"
    busy = threading.Thread(target=invoke, args=(toys, name, {"wait_for": str(end)}))
    busy.start()
    until(
        lambda: toys.log(f"/aws/lambda/{name}"),
        lambda lines: any(str(end) in line for line in lines),
        "the second event",
    )
    toys.functions.update_function_code(
        FunctionName=name, ZipFile=zipped({"handler.py": HANDLER + "# new"})
    )
    fresh = Left.of(invoke(toys, name, {})[0])
    assert fresh.task != former.task
    assert former.task.exists()
    assert n_open_logs(name) == 2
    end.touch()
    busy.join()
    assert former.of_process() == []
    assert not former.task.exists()
    assert n_open_logs(name) == 1
    assert fresh.of_process() == ["process", "folder", "port"]


def n_open_logs(name: str) -> int:
    """Return how many threads send this function's lines; local_aws runs in this process."""
    targets = [getattr(thread, "_target", None) for thread in threading.enumerate()]
    logs = [getattr(target, "__self__", None) for target in targets]
    group = f"/aws/lambda/{name}"
    return sum(isinstance(log, LogStream) and log.group == group for log in logs)


def test_unknown_functions_and_versions_are_refused(toys: ToyAccount) -> None:
    """Lambda's own error for a missing function; a clear refusal for what is not implemented."""
    with pytest.raises(toys.functions.exceptions.ResourceNotFoundException):
        invoke(toys, "never-created", {})
    name = make_function(toys, HANDLER)
    with pytest.raises(ClientError, match="local_aws does not implement Lambda versions"):
        toys.functions.invoke(FunctionName=name, Qualifier="7", Payload=b"{}")
