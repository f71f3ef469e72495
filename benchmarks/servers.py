"""The plain server and ours as processes with the same model, and their clients."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.reviews import sample_reviews
from benchmarks.stage import Setting
from sagemaker_jobs.paths import MODEL_PACKAGE

_START_LIMIT_S = 60
_PAUSE_S = 0.005
_WEIGHT_SCALE = 40.0  # on the untrained model's last layer, so that its scores differ


@dataclass(frozen=True)
class Endpoint:
    """A server, and the reviews that clients send to it."""

    port: int
    reviews: Sequence[str]

    def load(self, n_clients: int, n_requests: int) -> dict[str, Any]:
        """Send the requests with `benchmarks.load` and return its JSON."""
        arguments = ["--port", self.port, "--clients", n_clients, "--requests", n_requests]
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.load", *map(str, arguments)],
            input=json.dumps(list(self.reviews)),
            capture_output=True,
            text=True,
            check=True,
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextmanager
def endpoints(setting: Setting, n_reviews: int) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Run the plain server and ours with the same untrained classic model."""
    reviews = sample_reviews(setting, n_reviews)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        write_classic_model(folder, reviews)
        commands = (plain_command(folder), our_command(folder))
        ports = [stack.enter_context(serving(command)) for command in commands]
        yield Endpoint(ports[0], reviews), Endpoint(ports[1], reviews)


def write_classic_model(folder: Path, reviews: Sequence[str]) -> None:
    """Write an untrained network of the classic sizes; its weights do not change its speed."""
    import torch

    from sentiment.artifact.artifact import write_artifact
    from sentiment.artifact.calibration import Calibration
    from sentiment.models.lstm_classifier import LSTMClassifier
    from sentiment.recipe import CLASSIC
    from sentiment.text.vocabulary import Vocabulary
    from sentiment.text.words import classic_words
    from sentiment.training.hyperparameters import resolve

    counts: Counter[str] = Counter()
    for review in reviews:
        counts.update(classic_words(review))
    vocabulary = Vocabulary.of_most_frequent(counts, CLASSIC.vocabulary_size)
    torch.manual_seed(1)
    settings = resolve({"recipe": CLASSIC.name})
    model = LSTMClassifier(settings.embedding_dim, settings.hidden_dim, len(vocabulary))
    with torch.no_grad():
        model.output.weight.mul_(_WEIGHT_SCALE)
    write_artifact(folder, model, CLASSIC, vocabulary, Calibration(1.0), 0.5, {"note": "untrained"})


def plain_command(folder: Path) -> list[str]:
    """Return the command of the plain server, without its port."""
    return [sys.executable, "-m", "benchmarks.plain_server", "--model-dir", str(folder)]


def our_command(folder: Path) -> list[str]:
    """Return the command of our server, without its port."""
    program = str(MODEL_PACKAGE / "serve.py")
    return [sys.executable, program, "serve", "--host", "127.0.0.1", "--model-dir", str(folder)]


def unpack(model: Path, folder: Path) -> None:
    """Copy the model's files into the folder; today's code serves them, not the artifact's."""
    from sentiment.artifact.packing import ARTIFACT_FILES, open_artifact

    with open_artifact(model) as source:
        for name in ARTIFACT_FILES:
            shutil.copyfile(source / name, folder / name)


@contextmanager
def serving(command: Sequence[str]) -> Iterator[int]:
    """Run the command's server and yield its port once it answers."""
    with serving_process(command) as (port, _):
        yield port


@contextmanager
def serving_process(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Run the command's server and yield its port and process id once it answers."""
    port = free_port()
    process = subprocess.Popen([*command, "--port", str(port)], env=os.environ)
    try:
        await_answer(f"http://127.0.0.1:{port}/ping", process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until `url` answers.

    Raises:
        RuntimeError: the process ended, or did not answer in time.
    """
    give_up_at = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=_START_LIMIT_S).close()  # noqa: S310 - loopback
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"{process.args!r} does not answer") from None
            time.sleep(_PAUSE_S)
        else:
            return
