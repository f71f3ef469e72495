"""Load the deployed app and the model server with many clients: `make soak`.

    python -m tests.support.soak [--clients 200] [--seconds 60]

The first load goes through API Gateway and the deployed zip, the second straight to serve.py. Each
answer is checked against its own review's score. Refused load must have Retry-After. The exit
status is 1 if an answer is lost or wrong, memory grows, or recovery takes longer than 2 s.
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from local_aws import LocalAws
from sentiment.artifact.artifact import read_artifact
from sentiment.serving.predictor import Predictor
from tests.support.api_client import JSON, send
from tests.support.deployed_app import deployed_app
from tests.support.paths import MODEL_PACKAGE, ROOT
from tests.support.served_app import do
from tests.support.soak.clients import Review
from tests.support.timeouts import HANG_S

RECOVERY_S = 2.0
MOST_GROWTH = 1.15  # of the memory's peak in the last third over that in the second
_PRAISE = ("A wonderful film", "superb acting", "a moving story", "I loved every minute")
_BLAME = ("An awful film", "wooden acting", "a dull story", "I hated every minute")
_PAUSE_S = 0.5


@dataclass(frozen=True)
class Load:
    """What a load did: the answers by kind, the time to the next answer, the memory in MB."""

    answers: Mapping[str, int]
    recovery_s: float
    memory_mb: tuple[float, float]

    @property
    def faults(self) -> list[str]:
        """What is wrong, apart from times and memory."""
        found = [kind for kind in self.answers if kind not in {"right", "shed"}]
        return found if self.answers.get("right") else [*found, "no right answer"]

    def line(self, name: str) -> str:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.answers.items()))
        before, after = self.memory_mb
        return (
            f"{name}: {kinds}; next answer after {self.recovery_s:.2f} s;"
            f" memory {before:.0f} then {after:.0f} MB"
        )


def write_reviews(n_reviews: int = 40) -> list[Review]:
    """Return reviews of different lengths and scores, with what the bundled model says of each."""
    texts = []
    for number in range(n_reviews):
        praise = [_PRAISE[i % 4] for i in range(number % 7)]
        blame = [_BLAME[i % 4] for i in range(1 + number // 7)]
        texts.append(f"{', '.join(praise + blame)}. Number {number}" + " and so on" * number + ".")
    predictor = Predictor(read_artifact(ROOT / "pretrained"))
    found: list[Any] = [prediction.as_json() for prediction in predictor.predict(texts)]
    return [(text, one["score"], one["n_words"]) for text, one in zip(texts, found, strict=True)]


def load(url: str, reviews: Sequence[Review], n_clients: int, seconds: float) -> Load:
    """Load `url` and then wait for the first answer."""
    options = ["--clients", str(n_clients), "--seconds", str(seconds)]
    samples: list[float] = []
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(samples, done))
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.soak.clients", url, *options],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as clients:
        sampler.start()
        out, _ = clients.communicate(json.dumps(reviews))
    done.set()
    sampler.join()
    started = time.monotonic()
    body = json.dumps({"review": reviews[0][0]})
    while send(url, "POST", body, JSON).status != 200:
        assert time.monotonic() - started < HANG_S, "no answer after the load"
        time.sleep(_PAUSE_S / 10)
    third = max(1, len(samples) // 3)
    memory = (max(samples[third : 2 * third], default=0), max(samples[2 * third :], default=0))
    return Load(json.loads(out), time.monotonic() - started, memory)


def _sample(samples: list[float], done: threading.Event) -> None:
    """Add the memory of this process and of all that it started, but the clients, in MB."""
    while not done.wait(_PAUSE_S):
        total = 0
        me = psutil.Process()
        for process in [me, *me.children(recursive=True)]:
            try:
                if "tests.support.soak.clients" not in process.cmdline():
                    total += process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
        samples.append(total / 1e6)


@contextmanager
def deployed() -> Iterator[str]:
    """Yield the address of the deployed and hardened app's reviews."""
    with tempfile.TemporaryDirectory() as folder:
        data, project = Path(folder, "aws"), Path(folder, "project")
        data.mkdir()
        project.mkdir()
        with LocalAws(data_dir=data) as aws, deployed_app(aws.environment, project) as app:
            do("harden", environment=app.environment)
            app.bring_endpoint()
            yield f"{app.url}review"


@contextmanager
def served() -> Iterator[str]:
    """Yield the address of serve.py with the bundled model."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "serve.py", "serve", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--model-dir", str(ROOT / "pretrained")], cwd=MODEL_PACKAGE
    ) as server:
        try:
            url = f"http://127.0.0.1:{port}/"
            while True:
                try:
                    if send(f"{url}ping", "GET").status == 200:
                        break
                except OSError:
                    assert server.poll() is None
                    time.sleep(_PAUSE_S)
            yield f"{url}invocations"
        finally:
            server.terminate()


def main(arguments: Sequence[str]) -> int:
    """Print a line for each load; return 1 if one broke a promise."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--clients", type=int, default=200, help="at once (default: 200)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each load (default: 60)")
    options = parser.parse_args(arguments)
    reviews, is_broken = write_reviews(), False
    for name, start in (("deployed zip", deployed), ("serve.py", served)):
        with start() as url:
            found = load(url, reviews, options.clients, options.seconds)
        print(found.line(name), flush=True)
        before, after = found.memory_mb
        grows = after > MOST_GROWTH * before
        is_broken |= bool(found.faults) or grows or found.recovery_s > RECOVERY_S
    return int(is_broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
