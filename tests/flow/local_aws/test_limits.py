"""Lambda's limits on local_aws: sizes, the time to load, how many events at once."""

from __future__ import annotations

import base64
import io
import json
import stat
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from local_aws.functions import process
from local_aws.functions.invoker import CONCURRENCY, PAYLOAD_BYTES
from local_aws.functions.process import FunctionProcess
from local_aws.functions.runtime_api import RESPONSE_BYTES, RuntimeApi
from tests.support.local_aws.toy_functions import TIMEOUT_S, invoke, make_function
from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import advance_clock, until

pytestmark = pytest.mark.usefixtures("no_function_stays")

LETTERS = "def handle(event, context): return 'a' * event['n_letters']\n"
SLOW = """
import os, time
open(os.path.join({folder!r}, str(os.getpid())), "w").close()
while not os.path.exists({gate!r}):
    time.sleep(0.02)
def handle(event, context): return "loaded"
"""
GATHERING = """
import os, time, uuid
def handle(event, context):
    open(os.path.join(event["folder"], uuid.uuid4().hex), "w").close()
    while not os.path.exists(event["end"]):
        time.sleep(0.02)
"""


def test_what_is_too_large_is_refused_both_ways(toys: ToyAccount) -> None:
    """A payload by Lambda itself; an answer becomes a function error, as AWS words it."""
    name = make_function(toys, LETTERS)
    fits = RESPONSE_BYTES - len('""')
    assert invoke(toys, name, {"n_letters": fits})[1] is None
    answer, kind = invoke(toys, name, {"n_letters": fits + 1})
    assert kind == "Unhandled"
    assert isinstance(answer, dict)
    assert answer["errorType"] == "Function.ResponseSizeTooLarge"
    with pytest.raises(ClientError, match="RequestTooLargeException"):
        invoke(toys, name, "a" * PAYLOAD_BYTES)


def test_code_that_loads_slowly_gets_the_functions_own_time(
    toys: ToyAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Lambda's limit for loading it is loaded again, within the function's timeout."""
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    begun.mkdir()
    name = make_function(toys, SLOW.format(folder=str(begun), gate=str(gate)))

    def await_loads(n_loads: int) -> None:
        until(lambda: len(list(begun.iterdir())), lambda n: n == n_loads, "the code's loading")

    with ThreadPoolExecutor(1) as pool:
        loaded = pool.submit(invoke, toys, name, {})
        await_loads(1)
        advance_clock(monkeypatch, FunctionProcess, process.INIT_LIMIT_S)
        await_loads(2)
        gate.touch()
        assert loaded.result() == ("loaded", None)
    gate.unlink()
    slower = make_function(toys, SLOW.format(folder=str(begun), gate=str(gate)))
    with ThreadPoolExecutor(1) as pool:
        too_slow = pool.submit(invoke, toys, slower, {})
        await_loads(3)
        advance_clock(monkeypatch, FunctionProcess, process.INIT_LIMIT_S)
        await_loads(4)
        advance_clock(monkeypatch, FunctionProcess, TIMEOUT_S)
        answer, kind = too_slow.result()
    assert kind == "Unhandled"
    assert "Task timed out after 300.00 seconds" in str(answer)


def test_events_wait_while_there_is_too_much_to_do(toys: ToyAccount, tmp_path: Path) -> None:
    """Asynchronous ones are kept and run; a call that waits for its answer is throttled."""
    name = make_function(toys, GATHERING)
    end, folder = tmp_path / "end", tmp_path / "begun"
    folder.mkdir()
    event = json.dumps({"folder": str(folder), "end": str(end)}).encode()
    for _ in range(CONCURRENCY + 2):
        toys.functions.invoke(FunctionName=name, InvocationType="Event", Payload=event)
    until(lambda: len(list(folder.iterdir())), lambda n: n == CONCURRENCY, "the first events")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        toys.functions.invoke(FunctionName=name, Payload=event)
    end.touch()
    until(lambda: len(list(folder.iterdir())), lambda n: n == CONCURRENCY + 2, "the others")


def test_the_last_lines_come_with_lambdas_own(toys: ToyAccount) -> None:
    """LogType Tail brings START, END and REPORT, as it does on AWS."""
    name = make_function(toys, "def handle(event, context): print('a film')\n")
    answer = toys.functions.invoke(FunctionName=name, Payload=b"{}", LogType="Tail")
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["START", "a", "END", "REPORT"]


def test_a_program_in_the_zip_can_be_run(toys: ToyAccount) -> None:
    """What the zip says is executable is."""
    source = "import subprocess\ndef handle(e, c): return subprocess.getoutput('./tool')\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", source)
        tool = zipfile.ZipInfo("tool")
        tool.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(tool, "#!/bin/sh\necho a film\n")
    name = make_function(toys, source, Code={"ZipFile": buffer.getvalue()})
    assert invoke(toys, name, {}) == ("a film", None)


def test_a_runtime_that_is_missing_leaves_nothing(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without AWS's runtime client each call says so, and takes no port and no thread."""
    name = make_function(toys, LETTERS)
    monkeypatch.setattr(process, "RUNTIME_PACKAGES", ("no_such_package",))
    before = runtime_apis()
    for _ in range(2):
        with pytest.raises(ClientError, match="no_such_package is not installed"):
            invoke(toys, name, {"n_letters": 1})
    assert runtime_apis() == before


def runtime_apis() -> set[int]:
    """Return the threads that serve a function's process; local_aws runs in this process."""
    targets = [(thread.ident, getattr(thread, "_target", None)) for thread in threading.enumerate()]
    return {
        ident or 0
        for ident, target in targets
        if isinstance(getattr(target, "__self__", None), RuntimeApi)
    }


def test_an_error_of_local_aws_frees_the_functions_place(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More such errors than places, and the function still answers."""
    name = make_function(toys, LETTERS)

    def fail(*_: object) -> None:
        raise OSError("out of file handles")

    with monkeypatch.context() as broken:
        broken.setattr(FunctionProcess, "invoke", fail)
        for _ in range(CONCURRENCY + 1):
            with pytest.raises(ClientError, match="InternalFailure"):
                invoke(toys, name, {"n_letters": 1})
    assert invoke(toys, name, {"n_letters": 1}) == ("a", None)
