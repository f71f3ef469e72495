"""Faults that the command line meets: in the network, in S3, on the disk, and in its own way."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.steps.teardown import teardown
from sagemaker_jobs.terminal import Ui
from tests.support.faulty_network import Fault, FaultyNetwork, answers, reset
from tests.support.local_aws.toy_models import toy_model
from tests.support.local_aws.toys import BUCKET, ToyAccount, tar
from tests.support.local_server import running
from tests.support.paths import ROOT
from tests.support.pipeline import ERROR, Answer, call_step, step
from tests.support.small_archive import write_small_archive
from tests.support.timeouts import HANG_S

pytestmark = pytest.mark.filterwarnings("ignore:S3 key was not disposed of in time:ResourceWarning")

REFUSED = "<ErrorResponse><Error><Code>{}</Code><Message>no</Message></Error></ErrorResponse>"
FAULTS: dict[str, tuple[Fault, str]] = {
    "expired credentials": (answers(403, REFUSED.format("ExpiredToken").encode()), "sign in"),
    "denied": (answers(403, REFUSED.format("AccessDenied").encode()), "AWS denied"),
    "reset": (reset, "try:"),
    "a proxy's page": (answers(502, b"<html>Bad Gateway</html>"), "try:"),
}


def ends_in_one_line(answer: Answer) -> bool:
    """Return whether, after lines of progress, one line says what happened and what to try."""
    *progress, last = answer.err.splitlines(keepends=True)
    return ERROR.match(last) is not None and "Traceback" not in "".join(progress)


@pytest.fixture
def network(aws_environment: dict[str, str]) -> Iterator[FaultyNetwork]:
    proxy = FaultyNetwork(aws_environment["AWS_ENDPOINT_URL"])
    with running(proxy):
        yield proxy


@pytest.fixture
def environment(
    aws_environment: dict[str, str], network: FaultyNetwork, monkeypatch: pytest.MonkeyPatch, ui: Ui
) -> Iterator[dict[str, str]]:
    """The variables of the stage prod in a region of its own, over the network."""
    found = {**aws_environment, "AWS_ENDPOINT_URL": network.url, "STAGE": "prod"}
    found |= {"AWS_DEFAULT_REGION": "me-south-1", "AWS_REGION": "me-south-1"}
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    yield found
    teardown(connect("prod", None, os.environ), confirmed=True, ui=ui)
    gc.collect()  # moto warns when deleted objects are collected: let it do so here


@pytest.mark.parametrize("name", FAULTS)
def test_a_step_that_meets_a_fault_prints_one_line(
    environment: dict[str, str], network: FaultyNetwork, name: str
) -> None:
    """What happened and what to try; the same command works once the fault is gone."""
    fault, words = FAULTS[name]
    with network.failing(fault):
        answer = call_step("setup", environment=environment)
    assert answer.exit_code == 1
    assert ends_in_one_line(answer), answer.err
    assert words in answer.err
    assert call_step("setup", environment=environment).exit_code == 0


@pytest.mark.parametrize("n_done", [3, 8])
def test_a_setup_that_stops_halfway_is_completed_by_the_next(
    environment: dict[str, str], network: FaultyNetwork, n_done: int
) -> None:
    """Whatever was made is found, and nothing is made twice."""
    with network.failing(answers(403, REFUSED.format("ExpiredToken").encode()), after=n_done):
        answer = call_step("setup", environment=environment)
    assert answer.exit_code == 1
    assert ends_in_one_line(answer), answer.err
    assert call_step("setup", environment=environment).exit_code == 0
    again = call_step("setup", "--json", environment=environment).json
    actions = {value for name, value in again.items() if name.endswith("action")}
    assert actions <= {"unchanged", "update"}


def test_a_teardown_that_stops_halfway_is_completed_by_the_next(
    environment: dict[str, str], network: FaultyNetwork, tmp_path: Path
) -> None:
    """After the first resource the credentials expire; then the rest goes, and nothing is left."""
    assert call_step("setup", environment=environment).exit_code == 0
    model = toy_model(tmp_path, "toy")
    made = ("deploy", "--image", "movie-sentiment:test", "--artifact", model, "--no-smoke-test")
    assert step(*made, environment=environment).exit_code == 0
    whole = call_step("teardown", "--dry-run", "--json", environment=environment).json["removed"]
    aws = connect("prod", None, os.environ)
    lines: list[str] = []
    expired = answers(403, REFUSED.format("ExpiredToken").encode())

    class Watched(Ui):
        def say(self, line: str) -> None:
            lines.append(line)
            if line.startswith("removed "):
                network.spare(0)

    with network.failing(expired, after=1_000_000):
        halfway = teardown(aws, confirmed=True, ui=Watched())
    assert halfway.exit_code == 1
    assert any("sign in" in thing for thing in halfway.costly)
    assert len([line for line in lines if line.startswith("removed ")]) == 1
    rest = call_step("teardown", "--yes", "--json", environment=environment).json["removed"]
    assert 0 < len(rest) < len(whole)
    left = call_step("teardown", "--dry-run", "--json", environment=environment).json["removed"]
    assert left == []


def test_of_two_deploys_at_once_one_model_serves(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """The other waits for nothing and breaks nothing: it succeeds, or says in a line why not."""
    assert call_step("setup", environment=environment).exit_code == 0
    options = ("deploy", "--image", "movie-sentiment:test", "--no-smoke-test", "--artifact")
    models = [toy_model(tmp_path, name) for name in ("one", "two")]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda one: step(*options, one, environment=environment), models))
    assert 0 in {answer.exit_code for answer in done}
    for answer in done:
        assert answer.exit_code == 0 or ends_in_one_line(answer), answer.err
    assert step(*options, models[0], environment=environment).exit_code == 0
    status = call_step("status", "--json", environment=environment).json["endpoint"]
    assert status["status"] == "InService"


@pytest.mark.parametrize("content", [None, tar({"x": b"x" * 1_000})[:50]], ids=["missing", "cut"])
def test_an_endpoint_whose_model_is_not_in_s3_says_so(
    toys: ToyAccount, content: bytes | None
) -> None:
    """The object is gone or truncated: Failed, with the object's name in the reason."""
    model = toys.model("x")
    key = f"models/{model}/model.tar.gz"
    if content is None:
        toys.s3.delete_object(Bucket=BUCKET, Key=key)
    else:
        toys.put(key, content)
    name = toys.endpoint(toys.config(model))
    found = toys.settled_endpoint(name)
    assert found["EndpointStatus"] == "Failed"
    assert "model.tar.gz" in found["FailureReason"]
    assert "Traceback" not in found["FailureReason"]
    toys.sagemaker.delete_endpoint(EndpointName=name)


def run_on_disk(options: str, disk: Path, arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a step that sees a disk of its own at `disk`; print its exit code and what it left."""
    script = (
        f"mount -t tmpfs -o {options} tmpfs {disk} && cd {ROOT} && "
        f"{sys.executable} -m sagemaker_jobs {arguments}; echo exit=$?; ls -A {disk}"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    if "exit=" not in done.stdout:
        pytest.skip(f"this machine lets nobody mount a disk: {done.stderr}")
    return done


@pytest.mark.parametrize("command", ["download", "prepare"])
def test_a_full_disk_is_one_line_and_leaves_nothing(
    command: str, small_archive_folder: Path, tmp_path: Path
) -> None:
    """On a disk of 64 kB; the folder is as it was, so the next run starts from nothing."""
    archive = write_small_archive(tmp_path / "small.tar.gz")
    disk = tmp_path / "disk"
    disk.mkdir()
    source = {
        "download": f"--archive {archive}",
        "prepare": f"--any-counts --archive-directory {small_archive_folder}",
    }[command]
    arguments = f"{command} {source} --directory {disk}/out"
    done = run_on_disk("size=64k", disk, arguments)
    assert done.stdout.split("exit=")[1].split() == ["1"], done.stderr
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "; try: " in done.stderr.splitlines()[-1]


def test_a_folder_that_is_read_only_is_one_line(tmp_path: Path, small_archive_folder: Path) -> None:
    """As of another user, or on a read-only disk."""
    disk = tmp_path / "disk"
    disk.mkdir()
    arguments = (
        f"prepare --any-counts --archive-directory {small_archive_folder} --directory {disk}/data"
    )
    done = run_on_disk("ro", disk, arguments)
    assert done.stdout.split() == ["exit=1"]
    assert ERROR.match(done.stderr), done.stderr
    assert "Read-only file system" in done.stderr
