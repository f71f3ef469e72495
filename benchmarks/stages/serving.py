"""The endpoint: one review at a time, and 32 clients at once, against a plain server."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.pairing import take_turns
from benchmarks.reviews import sample_reviews
from benchmarks.stage import Measurement, Setting, Stage, furthest, require
from sagemaker_jobs.repository import MODEL_PACKAGE

_MS = 1e3
_CLIENTS = 32
_TOLERANCE = 1e-5
_START_LIMIT_S = 60
_WEIGHT_SCALE = 40.0  # of the untrained model's last layer, so that its scores differ


@dataclass(frozen=True)
class _Endpoint:
    """A server, and clients of it."""

    port: int
    reviews: Sequence[str]

    def load(self, n_clients: int, n_requests: int) -> dict[str, Any]:
        """What `benchmarks.load` found."""
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


def measure_one(setting: Setting) -> Measurement:
    """The median time of a request, one client, the same classic model."""
    n_requests = setting.size(30, 100)
    with _endpoints(setting, n_requests) as (plain, ours):
        checked = _compare(plain, ours)
        times = take_turns(
            partial(_median_ms, plain, n_requests),
            partial(_median_ms, ours, n_requests),
            setting.size(3, 9),
        )
    return Measurement(*times, note=f"{n_requests} requests a round, one client", checked=checked)


def measure_many(setting: Setting) -> Measurement:
    """Time a review with 32 clients, the same classic model, one process each."""
    n_plain, n_ours = setting.size(32, 128), setting.size(256, 1_024)
    latencies: list[list[float]] = []

    with _endpoints(setting, n_ours) as (plain, ours):
        checked = _compare(plain, ours)
        ours.load(_CLIENTS, n_ours)  # caches of words and of memory fill in the first seconds

        def by_us() -> float:
            found = ours.load(_CLIENTS, n_ours)
            latencies.append(found["latencies_s"])
            return float(found["seconds"]) / n_ours * _MS

        def plainly() -> float:
            return float(plain.load(_CLIENTS, n_plain)["seconds"]) / n_plain * _MS

        times = take_turns(plainly, by_us, setting.size(3, 7))
    rounds = [_quantiles(found) for found in latencies]
    middle, tail = (statistics.median(values) for values in zip(*rounds, strict=True))
    return Measurement(
        *times,
        note=f"{n_plain} requests plainly and {n_ours} by us a round; ours: "
        f"p50 {middle * _MS:.0f} ms, p99 {tail * _MS:.0f} ms, {tail / middle:.1f} times",
        checked=checked,
        details={"p50_p99_s": rounds},
    )


def measure_tail(setting: Setting) -> Measurement:
    """p99 over p50 of the served model's requests, 32 clients."""
    n_requests = setting.size(256, 1_024)
    reviews = sample_reviews(setting, n_requests)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _unpack(setting.model, folder)
        ours = _Endpoint(stack.enter_context(_serving(_our_command(folder))), reviews)
        ours.load(_CLIENTS, n_requests)
        found = [ours.load(_CLIENTS, n_requests) for _ in range(setting.size(3, 7))]
    rounds = [_quantiles(each["latencies_s"]) for each in found]
    rate = statistics.median(n_requests / each["seconds"] for each in found)
    return Measurement(
        [],
        [tail / middle for middle, tail in rounds],
        note=f"the served model, {n_requests} requests a round, {rate:.0f} reviews a second, "
        f"p50 {statistics.median(middle for middle, _ in rounds) * _MS:.0f} ms",
        checked="every answer is a 200 with a score",
        details={"p50_p99_s": rounds},
    )


def _median_ms(endpoint: _Endpoint, n_requests: int) -> float:
    latencies_s: list[float] = endpoint.load(1, n_requests)["latencies_s"]
    return statistics.median(latencies_s) * _MS


def _quantiles(latencies_s: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    percentiles = statistics.quantiles(latencies_s, n=100)
    return statistics.median(latencies_s), percentiles[98]


def _compare(plain: _Endpoint, ours: _Endpoint) -> str:
    """Both servers' scores, ours also from batches, on the first reviews."""
    n = min(32, len(plain.reviews))
    expected = plain.load(1, n)["scores"]
    for n_clients in (1, _CLIENTS):
        apart = furthest(expected, ours.load(n_clients, n)["scores"])
        require(equal=apart <= _TOLERANCE, what=f"scores differ by {apart:.1e}")
    spread = max(expected) - min(expected)
    require(equal=spread > 100 * _TOLERANCE, what="the model says the same of every review")
    return f"scores of {n} reviews within {_TOLERANCE:g}, alone and in batches"


@contextmanager
def _endpoints(setting: Setting, n_reviews: int) -> Iterator[tuple[_Endpoint, _Endpoint]]:
    """The plain server and ours, with the same untrained classic model."""
    reviews = sample_reviews(setting, n_reviews)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        _write_classic_model(folder, reviews)
        plain = [sys.executable, "-m", "benchmarks.plain_server", "--model-dir", str(folder)]
        ports = [stack.enter_context(_serving(c)) for c in (plain, _our_command(folder))]
        yield _Endpoint(ports[0], reviews), _Endpoint(ports[1], reviews)


def _write_classic_model(folder: Path, reviews: Sequence[str]) -> None:
    """The classic recipe's network in its sizes; its weights make no difference to its time."""
    import torch

    from sentiment.artifact import write_artifact
    from sentiment.model import LSTMClassifier
    from sentiment.recipe import CLASSIC
    from sentiment.text import classic_words
    from sentiment.vocabulary import Vocabulary

    counts: Counter[str] = Counter()
    for review in reviews:
        counts.update(classic_words(review))
    vocabulary = Vocabulary.of_most_frequent(counts, CLASSIC.vocabulary_size)
    torch.manual_seed(1)
    model = LSTMClassifier(CLASSIC.embedding_dim, CLASSIC.hidden_dim, len(vocabulary))
    with torch.no_grad():
        model.output.weight.mul_(_WEIGHT_SCALE)
    write_artifact(folder, model, CLASSIC, vocabulary, 1.0, 0.5, {"note": "untrained"})


def _our_command(folder: Path) -> list[str]:
    program = str(MODEL_PACKAGE / "serve.py")
    return [sys.executable, program, "serve", "--host", "127.0.0.1", "--model-dir", str(folder)]


def _unpack(model: Path, folder: Path) -> None:
    import tarfile

    with tarfile.open(model) as members:
        files = [member for member in members if not member.name.startswith("code")]
        members.extractall(folder, files, filter="data")  # today's code serves, not the artifact's


@contextmanager
def _serving(command: Sequence[str]) -> Iterator[int]:
    """The port at which the command's server answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen([*command, "--port", str(port)], env=os.environ)
    try:
        _await(f"http://127.0.0.1:{port}/ping", process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    give_up_at = time.monotonic() + _START_LIMIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 - loopback
        except OSError:
            if process.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"{process.args!r} does not answer") from None
            time.sleep(0.02)
        else:
            return


STAGES = (
    Stage("one review at the endpoint, p50", "times_faster", 5, "ms", measure_one),
    Stage("endpoint, 32 clients", "times_faster", 12, "ms a review", measure_many),
    Stage("endpoint, 32 clients, p99 over p50", "at_most", 6, "times", measure_tail),
)
