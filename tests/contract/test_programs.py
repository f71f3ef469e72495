"""The programs that SageMaker starts: serve.py and train.py, as processes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import serve
from tests.support.loopback import free_port
from tests.support.paths import ROOT
from tests.support.timeouts import HANG_S

GOLDEN = ROOT / "tests" / "golden" / "artifact-v1"
MODEL_PACKAGE = ROOT / "model_pkg"


def _start_server(base: Path, port: int) -> "subprocess.Popen[str]":
    environment = {
        **os.environ,
        "SAGEMAKER_BASE_DIR": str(base),
        "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
        "SAGEMAKER_BIND_TO_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, str(MODEL_PACKAGE / "serve.py"), "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@dataclass(frozen=True)
class _Server:
    process: "subprocess.Popen[str]"
    url: str

    def ask(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        request = urllib.request.Request(
            f"{self.url}/invocations", body, {"Content-Type": content_type}
        )
        try:
            with urllib.request.urlopen(request, timeout=HANG_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Server]:
    """serve.py with the golden artifact, answering /ping."""
    base = tmp_path_factory.mktemp("opt-ml")
    shutil.copytree(GOLDEN, base / "model")
    port = free_port()
    process = _start_server(base, port)
    running = _Server(process, f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + HANG_S
    while True:
        try:
            urllib.request.urlopen(f"{running.url}/ping", timeout=HANG_S).close()
            break
        except OSError:
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline
            time.sleep(0.05)
    yield running
    process.kill()
    process.communicate()


def test_the_server_answers_as_recorded(server: _Server) -> None:
    """The endpoint's scores are those recorded with the artifact."""
    recorded = json.loads((GOLDEN / "scores.json").read_text())
    body = json.dumps({"reviews": list(recorded)}).encode()
    status, answer = server.ask(body, "application/json")
    assert status == 200
    scores = [result["score"] for result in json.loads(answer)["results"]]
    assert scores == pytest.approx(list(recorded.values()), abs=1e-5)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"  ", "text/plain", 400),
        (b"{", "application/json", 400),
        (b"x", "image/png", 415),
        (b"x" * (6 * 1024 * 1024 + 1), "text/plain", 413),
    ],
)
def test_the_server_refuses_with_a_sentence(
    server: _Server, body: bytes, content_type: str, status: int
) -> None:
    """Bad input is a 4xx with a JSON error."""
    answered, answer = server.ask(body, content_type)
    assert answered == status
    assert json.loads(answer)["error"]["message"]


def test_sigterm_ends_the_server_gracefully(tmp_path: Path) -> None:
    """Told to stop, the server stops by itself, quickly, and prints no traceback."""
    shutil.copytree(GOLDEN, tmp_path / "model")
    port = free_port()
    process = _start_server(tmp_path, port)
    deadline = time.monotonic() + HANG_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=HANG_S)
    assert process.returncode in {0, -signal.SIGTERM}
    assert "Traceback" not in errors


def test_a_broken_artifact_ends_the_server_with_a_sentence(tmp_path: Path) -> None:
    """A model that cannot be loaded is one line on stderr and exit code 1."""
    shutil.copytree(GOLDEN, tmp_path / "model")
    (tmp_path / "model" / "vocabulary.txt").write_text("other\n")
    process = _start_server(tmp_path, free_port())
    _, errors = process.communicate(timeout=HANG_S)
    assert process.returncode == 1
    assert errors.strip() == "error: vocabulary.txt of the model is truncated or was changed"


def test_a_port_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the environment says of the port is read as the option is."""
    monkeypatch.setenv("SAGEMAKER_BIND_TO_PORT", "http")
    with pytest.raises(SystemExit) as ended:
        serve.main(["serve"])
    assert ended.value.code == 2
    assert "argument --port: invalid int value: 'http'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "channel", "sentence"),
    [
        (["--epochs", "0"], True, "argument --epochs: must be a whole number, at least 1, not 0"),
        (["--hidden_dim", "x"], True, "argument --hidden-dim: must be a whole number, at least 1"),
        (["--layers", "3"], True, "unknown hyperparameter layers"),
        (["--droput=0.3"], True, "unknown hyperparameter droput; did you mean dropout?"),
        (
            ["--recipe", "none"],
            True,
            "argument --recipe: must be one of classic, default, not",
        ),
        ([], False, "the job has no channel named 'training' (SM_CHANNEL_TRAINING)"),
        ([], True, "cannot read dataset.json"),
    ],
)
def test_a_failed_job_leaves_one_sentence(
    tmp_path: Path, arguments: list[str], channel: bool, sentence: str
) -> None:
    """Bad settings or data: exit code 1 and the reason in output/failure, as SageMaker reads it."""
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(tmp_path)}
    environment.pop("SM_CHANNEL_TRAINING", None)
    if channel:
        (tmp_path / "channel").mkdir()
        environment["SM_CHANNEL_TRAINING"] = str(tmp_path / "channel")
    done = subprocess.run(
        [sys.executable, str(MODEL_PACKAGE / "train.py"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        check=False,
    )
    failure = (tmp_path / "output" / "failure").read_text()
    assert done.returncode == 1
    assert failure.startswith(sentence)
    assert "\n" not in failure
    assert "Traceback" not in done.stderr
