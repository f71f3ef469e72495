"""The Lambda function: the packaged zip under AWS's runtime client, as local_aws runs it.

The baselines are two functions of a few lines in the same runtime: one only imports boto3, the
other only calls the endpoint. Both include the cost of Python, the runtime client and the endpoint,
so the difference is our own cost.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.pairing import MS_PER_S, take_turns
from benchmarks.stage import Measurement, Setting, Stage, require
from local_aws.context import Context
from local_aws.functions.process import FunctionCode, FunctionProcess
from local_aws.functions.proxy_event import ProxyRequest, proxy_event
from local_aws.functions.pythons import find_python
from local_aws.host.packages import Packages
from local_aws.host.processes import Processes
from sagemaker_jobs.paths import MODEL_PACKAGE

_KB = 1e3
_REGION = "us-east-1"
_ENDPOINT = "movie-sentiment-prod"
_REVIEW = "A wonderful film. " * 50
_VERDICT = {"sentiment": "positive", "score": 0.9, "confidence": 0.9, "truncated": False}

_IMPORTS_BOTO3 = "import boto3\ndef app(event, context): return {}\n"
_CALLS_THE_ENDPOINT = f"""
import boto3
from botocore.config import Config
client = boto3.client("sagemaker-runtime", config=Config(tcp_keepalive=True))
def app(event, context):
    answer = client.invoke_endpoint(EndpointName={_ENDPOINT!r}, ContentType="application/json",
        Accept="application/json", Body=event["body"].encode())
    return {{"statusCode": 200, "body": answer["Body"].read().decode()}}
"""


def measure_zip(_setting: Setting) -> Measurement:
    """Measure the size of the zip that `chalice package` makes for production."""
    content = _package()
    return Measurement(
        [],
        [len(content) / _KB],
        note="chalice package --stage prod",
        checked="the stages below run this zip",
    )


def measure_init(setting: Setting) -> Measurement:
    """Measure the time to the first event request, minus that of a function with boto3 alone."""
    with _machine() as machine:
        ours, bare = machine.unpack(_package()), machine.write(_IMPORTS_BOTO3)

        def start(folder: Path) -> float:
            started = time.perf_counter()
            with machine.function(folder) as function:
                taken = (time.perf_counter() - started) * MS_PER_S
                outcome = function.invoke(b"{}" if folder == bare else _event("/health"), _id())
                require(equal=not outcome.failed, what=f"the function failed: {outcome.payload!r}")
            return taken

        start(ours)  # fill the file cache
        times = take_turns(lambda: start(bare), lambda: start(ours), setting.size(2, 9))
    beyond = [mine - theirs for theirs, mine in zip(*times, strict=True)]
    return Measurement(
        [],
        beyond,
        note=f"from start to first event: {statistics.median(times[1]):.0f} ms, with boto3 alone "
        f"{statistics.median(times[0]):.0f} ms",
        checked="both then answer an event",
        details={"boto3_alone_ms": times[0], "ours_ms": times[1]},
    )


def measure_overhead(setting: Setting) -> Measurement:
    """Measure the time of a warm POST /review, minus that of the endpoint call alone."""
    n_events = setting.size(60, 300)
    with _machine() as machine, ExitStack() as stack:
        ours, bare = (
            stack.enter_context(machine.function(folder))
            for folder in (machine.unpack(_package()), machine.write(_CALLS_THE_ENDPOINT))
        )
        event = _event("/review", _REVIEW)
        answers = [json.loads(each.invoke(event, _id()).payload)["body"] for each in (bare, ours)]
        score = json.loads(answers[0])["score"]
        require(equal=json.loads(answers[1])["score"] == score, what="the verdicts differ")

        def invoke(function: FunctionProcess) -> float:
            times = []
            for _ in range(n_events):
                started = time.perf_counter()
                outcome = function.invoke(event, _id())
                times.append((time.perf_counter() - started) * MS_PER_S)
                require(equal=not outcome.failed, what=f"the function failed: {outcome.payload!r}")
            return statistics.median(times)

        times = take_turns(lambda: invoke(bare), lambda: invoke(ours), setting.size(3, 7))
    return Measurement(
        [],
        [mine - theirs for theirs, mine in zip(*times, strict=True)],
        note=f"p50 of {n_events} events a round, an endpoint that answers at once: "
        f"{statistics.median(times[1]):.1f} ms, the endpoint call alone "
        f"{statistics.median(times[0]):.1f} ms",
        checked="both answer the endpoint's verdict",
        details={"call_alone_ms": times[0], "ours_ms": times[1]},
    )


class _Machine:
    """A place where functions run, with an endpoint that answers them at once."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def unpack(self, content: bytes) -> Path:
        folder = self._context.processes.make_directory("task")
        path = folder / "function.zip"
        path.write_bytes(content)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        return folder

    def write(self, program: str) -> Path:
        folder = self._context.processes.make_directory("bare")
        (folder / "app.py").write_text(program)
        return folder

    @contextmanager
    def function(self, folder: Path) -> Iterator[FunctionProcess]:
        """Run a process of the function; it is ready for its first event."""
        code = FunctionCode(
            name="measured",
            arn=f"arn:aws:lambda:{_REGION}:{self._context.account}:function:measured",
            role="arn:aws:iam::123456789012:role/benchmark",
            handler="app.app",
            python=find_python(f"python{sys.version_info.major}.{sys.version_info.minor}"),
            version="$LATEST",
            memory_mb=256,
            timeout_s=20,
            variables={"ENDPOINT_NAME": _ENDPOINT, "FEEDBACK_TABLE": "none"},
            folder=folder,
        )
        process = FunctionProcess(self._context, _REGION, code, _NoLog())
        try:
            process.await_ready(_id())
            yield process
        finally:
            process.stop()


@contextmanager
def _machine() -> Iterator[_Machine]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _InstantEndpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    processes = Processes(None)
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        yield _Machine(Context(url, "123456789012", processes, Packages(processes, allowed=False)))
    finally:
        processes.close()
        server.shutdown()
        server.server_close()


class _InstantEndpoint(BaseHTTPRequestHandler):
    """InvokeEndpoint with the same answer to every request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps(_VERDICT).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


class _NoLog:
    """A log that keeps nothing."""

    group = "/aws/lambda/measured"
    stream = "none"

    def write(self, line: str) -> None:
        """Drop the line."""


@lru_cache(maxsize=1)
def _package() -> bytes:
    """Return the zip of the stage prod."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [str(Path(sys.executable).with_name("chalice")), "package", "--stage", "prod", folder],
            cwd=MODEL_PACKAGE.parent / "chalice_app",
            env={**os.environ, "AWS_DEFAULT_REGION": _REGION},
            capture_output=True,
            check=True,
        )
        return (Path(folder) / "deployment.zip").read_bytes()


def _event(path: str, review: str | None = None) -> bytes:
    """Return API Gateway's event for GET `path`, or for POST with a review."""
    headers = [("Host", "localhost"), ("Accept", "application/json")]
    if review is not None:
        headers.append(("Content-Type", "text/plain"))
    method, body = ("GET", "") if review is None else ("POST", review)
    return json.dumps(proxy_event(ProxyRequest(method, path, headers, body=body.encode()))).encode()


def _id() -> str:
    return str(uuid.uuid4())


STAGES = (
    Stage(
        "Lambda: zip",
        "at_most",
        60,
        "kB",
        measure_zip,
        "Chalice's own runtime takes 19.7 kB, the page 15.6, the API's description and its page "
        "5.6, our code 24, all compressed: only shipping less would make it smaller",
    ),
    Stage(
        "Lambda: init beyond importing boto3",
        "at_most",
        60,
        "ms",
        measure_init,
        "the rest is processor time: the client reads AWS's endpoint rules (28 of 48 ms), and "
        "Python compiles Chalice's runtime and our modules, because the zip has no bytecode",
    ),
    Stage("Lambda: warm overhead over the endpoint call", "at_most", 1.5, "ms", measure_overhead),
)
