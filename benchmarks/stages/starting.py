"""The time until the model server and the whole local system answer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from benchmarks.pairing import seconds, take_turns
from benchmarks.servers import await_answer, free_port, our_command, serving, unpack
from benchmarks.stage import Measurement, Setting, Stage, require
from sagemaker_jobs.paths import MODEL_PACKAGE

_ROOT = MODEL_PACKAGE.parent
_REVIEW = b"A wonderful film"
_STOP_LIMIT_S = 30


def measure_server(setting: Setting) -> Measurement:
    """Measure the time from starting serve.py to a 200 of /ping, against importing torch."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(setting.model, folder)
        command = our_command(folder)

        def import_torch() -> float:
            program = [sys.executable, "-c", "import torch"]
            return seconds(lambda: subprocess.run(program, check=True))

        def start() -> float:
            started = time.perf_counter()
            with serving(command) as port:
                taken = time.perf_counter() - started
                _check_verdict(f"http://127.0.0.1:{port}/invocations", "score")
            return taken

        if not setting.quick:
            start()  # fill the file cache
        times = take_turns(import_torch, start, setting.size(2, 7))
    return Measurement(
        *times, note="with the served model", checked="the server then scores a review"
    )


def measure_run(setting: Setting) -> Measurement:
    """Measure the time from starting run_local.py a second time to a verdict over HTTP."""
    _run()
    return Measurement(
        [],
        [_run() for _ in range(setting.size(1, 3))],
        note="run_local.py as `make run` starts it: local AWS, deployment, endpoint, web app",
        checked="the first review gets the right verdict",
    )


def _run() -> float:
    port = free_port()
    with ExitStack() as stack:
        temporary = stack.enter_context(tempfile.TemporaryDirectory())
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "run_local.py", "--port", str(port)],
            cwd=_ROOT,
            env={**os.environ, "TMPDIR": temporary},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # it logs requests
        )
        stack.callback(process.wait, _STOP_LIMIT_S)
        stack.callback(process.terminate)
        await_answer(f"http://127.0.0.1:{port}/health", process)
        _check_verdict(f"http://127.0.0.1:{port}/review", "sentiment")
        return time.perf_counter() - started


def _check_verdict(url: str, field: str) -> None:
    """Raise WrongAnswer unless the positive review gets a positive verdict with `field`."""
    headers = {"Content-Type": "text/plain", "Accept": "application/json"}
    request = urllib.request.Request(url, _REVIEW, headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=_STOP_LIMIT_S) as answer:  # noqa: S310 - loopback
        verdict = json.load(answer)
    require(equal=verdict["sentiment"] == "positive" and field in verdict, what=f"{verdict}")


STAGES = (
    Stage("serve.py from start to /ping", "times_as_long", 1.5, "s", measure_server),
    Stage(
        "make run, second start to first verdict", "at_most", 8, "s", measure_run, in_quick=False
    ),
)
