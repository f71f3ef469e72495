"""`python -m local_aws` as a program: what it prints, and that nothing of it is left."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from local_aws import AlreadyRunningError, LocalAws, PortRefusedError, server, start
from local_aws.host.watchdog import find_marked
from local_aws.kept_state import FILES
from tests.support.local_aws.program import running
from tests.support.local_aws.signals import signal_a_thread
from tests.support.local_aws.toys import ToyAccount, new_name
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S, until


def keep_it_busy(printed: dict[str, str]) -> None:
    """Have it run an endpoint, and a job that ignores SIGTERM and never ends by itself."""
    toys = ToyAccount(printed)
    job = toys.train({"wait-for": json.dumps(f"/{new_name('never')}"), "on-sigterm": "ignore"})
    endpoint = toys.endpoint(toys.config(toys.model("one")))
    assert toys.settled_endpoint(endpoint)["EndpointStatus"] == "InService"
    until(
        lambda: toys.job(job)["SecondaryStatus"] == "Training" and toys.job_log(job),
        lambda lines: any(line.startswith("epoch=1") for line in lines or []),
        "the job",
    )


def owner_mark(data_dir: Path) -> bytes:
    """Return the mark that all programs started under `data_dir` carry."""
    root = next(data_dir.glob("local_aws-*")).name
    for entry in Path("/proc").iterdir():
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if f"{data_dir}/{root}".encode() in environment:
            found = re.search(rb"LOCAL_AWS_OWNER=\w+", environment)
            if found:
                return found[0]
    raise AssertionError("no program runs under the data directory")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_survives_its_end(tmp_path: Path, number: signal.Signals) -> None:
    """Whatever ends it, even SIGKILL: no child process and no temporary file is left."""
    with running(tmp_path) as (program, printed):
        assert set(printed) >= {
            "AWS_ENDPOINT_URL",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_DEFAULT_REGION",
            "AWS_REGION",
        }
        keep_it_busy(printed)
        mark = owner_mark(tmp_path)
        assert len(find_marked(mark)) >= 3
        if number == signal.SIGKILL:
            program.kill()
        else:  # a thread's signal does not wake the main one
            signal_a_thread(program.pid, number)
        code = program.wait(timeout=HANG_S)
        assert code == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    until(lambda: find_marked(mark), lambda left: not left, "the end of all processes")
    kept = {tmp_path / name for name in FILES}
    until(
        lambda: set(tmp_path.iterdir()) - kept, lambda left: not left, "the end of all other files"
    )


def refusal(*arguments: object) -> str:
    """Return what a program that does not start says: status 1 and one line on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("error: ").rstrip()


def test_a_busy_port_is_one_sentence() -> None:
    """A port that is taken is reported as such."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("--port", port)
    assert said == f"port {port} is taken by another program; choose another with --port"


@pytest.mark.parametrize("port", [99999, -1])
def test_a_port_that_is_none_is_one_sentence(port: int) -> None:
    """A number past the ports' range is not called taken."""
    assert refusal("--port", port) == (
        f"cannot listen on port {port}: ports go from 0 to 65535; choose another with --port"
    )


def test_a_port_that_cannot_be_had_is_not_called_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own words tell why: here of an address, for root may have any port."""
    monkeypatch.setattr(server, "HOST", "192.0.2.1")  # RFC 5737: no machine has it
    with pytest.raises(PortRefusedError, match="port 0: Cannot assign requested address"):
        server._listen(0)


def test_a_data_dir_that_cannot_be_used_is_one_sentence(tmp_path: Path) -> None:
    """A file in place of the folder, or on the way to it."""
    taken = tmp_path / "taken"
    taken.touch()
    end = "choose another folder with --data-dir"
    assert refusal("--data-dir", taken) == (
        f"cannot keep files in {taken}: it is not a folder; {end}"
    )
    below = taken / "below"
    assert refusal("--data-dir", below) == (f"cannot keep files in {below}: Not a directory; {end}")


def test_a_relative_data_dir_and_a_profile_that_is_gone_do_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs run in folders of their own and find their files; no account is contacted."""
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    with running(Path(os.path.relpath(tmp_path, ROOT))) as (_, printed):
        monkeypatch.delenv("AWS_PROFILE")
        toys = ToyAccount(printed)
        assert toys.finished_job(toys.train())["TrainingJobStatus"] == "Completed"


def test_help_says_what_it_is() -> None:
    """--help explains the options and needs nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "local_aws", "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
        text=True,
        timeout=HANG_S,
    )
    assert "--port" in done.stdout
    assert "--data-dir" in done.stdout


def test_one_process_has_one_local_aws(local_aws_server: LocalAws) -> None:
    """A second start in the same process is refused with the first one's address."""
    with pytest.raises(AlreadyRunningError) as refused:
        start()
    assert refused.value.url == local_aws_server.url


def test_one_after_another_starts_empty(tmp_path: Path) -> None:
    """A taken port raises PortBusyError; each start afterwards is empty and leaves nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        program = f"""
import os, threading
from pathlib import Path
from local_aws import LocalAws, PortBusyError
try:
    LocalAws({port}, Path({str(tmp_path)!r}))
except PortBusyError as error:
    assert error.port == {port}
else:
    raise SystemExit("no error")
import boto3
from tests.support.local_aws.toy_functions import invoke, make_function
from tests.support.local_aws.toys import ToyAccount
keys = set()
for _ in range(2):  # the second one knows nothing of the first
    with LocalAws(0, Path({str(tmp_path)!r})) as running:
        keys.add((running.environment["AWS_ACCESS_KEY_ID"],
                  running.environment["AWS_SECRET_ACCESS_KEY"]))
        os.environ.update(running.environment)
        assert boto3.Session().client("s3").list_buckets()["Buckets"] == []
        toys = ToyAccount(running.environment)
        name = make_function(toys, "def handle(event, context): return 'a film'")
        assert invoke(toys, name, {{}}) == ("a film", None)
    assert threading.active_count() == 1, threading.enumerate()
assert [len(set(part)) for part in zip(*keys)] == [2, 2], "a key of its own for each start"
"""
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=HANG_S)
    assert list(tmp_path.iterdir()) == []
