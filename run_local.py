"""Run the whole system on this machine: local AWS, an endpoint with a model, and the web app.

    python run_local.py [--port 8000]        (or `make run`, or `PORT=9000 make run`)

It deploys as `python -m sagemaker_jobs deploy` does. Ctrl-C stops it, and nothing is left.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalDevServer

import local_aws
from local_aws.errors import AwsError
from local_aws.functions.gateway import LIMIT_BYTES, compressed
from local_aws.http import Response
from local_aws.incoming import IDLE_LIMIT_S, Incoming
from local_aws.request_body import read_body
from sagemaker_jobs.aws.names import Stage
from sagemaker_jobs.aws.session import connect
from sagemaker_jobs.endpoint.revision import DeploySettings
from sagemaker_jobs.errors import JobError
from sagemaker_jobs.libraries import require_libraries
from sagemaker_jobs.operations.deployment import deploy
from sagemaker_jobs.steps.setup import setup
from sagemaker_jobs.terminal import Ui

_SUMMARY = (__doc__ or "").split("\n", maxsplit=1)[0]
_ROOT = Path(__file__).parent
_HOST = "127.0.0.1"
_LAST_PORT = 65_535
_LOOK_S = 0.25  # between two looks for a signal
_BACKLOG = 512  # connections that wait for a thread; the kernel may lower it
_STAGE: Stage = "local"
_BUNDLED_MODEL = _ROOT / "pretrained"
_IMAGE = "movie-sentiment-serving"  # local_aws starts the program in the artifact instead


def main(arguments: Sequence[str]) -> int:
    """Serve until Ctrl-C or SIGTERM; return 1 after one line of error if it cannot start."""
    parser = argparse.ArgumentParser(prog="run_local.py", description=_SUMMARY)
    parser.add_argument(
        "--port", type=_port, default=8000, help="port of the web app (default: 8000)"
    )
    parser.add_argument(
        "--artifact",
        type=Path,
        default=_BUNDLED_MODEL,
        help="model to serve (default: the bundled one)",
    )
    options = parser.parse_args(arguments)
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT too: a shell may have it ignored
        signal.signal(number, _interrupt)
    problem = _find_port_problem(options.port)
    if problem:
        print(f"error: {_describe_port_problem(problem, options.port)}", file=sys.stderr)
        return 1
    try:
        require_libraries("make run", "sentiment")
        _serve(options.port, options.artifact)
    except JobError as error:
        print(f"error: {error.what}; try: {error.hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped")
    return 0


def _serve(port: int, artifact: Path) -> None:
    print("starting local AWS ...", flush=True)
    with local_aws.start() as aws:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]  # your own AWS settings must not lead past this machine
        os.environ.update(aws.environment)
        stage = connect(_STAGE, None, os.environ)
        quiet = Ui()
        with ThreadPoolExecutor(1) as pool:  # Chalice loads while the endpoint starts
            web_app = pool.submit(_make_web_app, port)
            setup(stage, ui=quiet)
            deployment = deploy(stage, DeploySettings(artifact=artifact, image=_IMAGE), ui=quiet)
            server = web_app.result()
        print(deployment.line(), flush=True)
        with _answering(server):
            variables = {"STAGE": _STAGE, **aws.environment}
            assignments = " ".join(f"{name}={value}" for name, value in variables.items())
            print(f"\n  its AWS:   export {assignments}")
            print(f"  the form:  http://{_HOST}:{port}/\n  to stop:   Ctrl-C\n", flush=True)
            while True:  # a signal that another thread receives does not wake this one
                time.sleep(_LOOK_S)


class _Handler(ChaliceRequestHandler):  # type: ignore[misc]  # Chalice has no types
    """Chalice's handler, with gzip as the stage's API Gateway does it, and without Nagle's delay.

    It reads chunked bodies too, and passes bodies on as API Gateway does: as text from UTF-8, with
    a replacement character for each byte that is not. A client that sends too slowly is given up.

    A HEAD answer has no Content-Length, because Chalice would give that of the empty body. A client
    that leaves before its answer is not reported.
    """

    disable_nagle_algorithm = True
    timeout = IDLE_LIMIT_S
    rfile: io.BufferedIOBase

    def __init__(self, *arguments: object, config: Config, **more: object) -> None:
        self._minimum: int | None = config.minimum_compression_size
        self._binary_types = config.chalice_app.api.binary_types
        super().__init__(*arguments, config=config, **more)

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._incoming = Incoming(self.connection, time.monotonic)
        self.rfile = io.BufferedReader(self._incoming)

    def handle(self) -> None:
        with suppress(ConnectionError):
            super().handle()

    def handle_one_request(self) -> None:
        self._incoming.restart()
        super().handle_one_request()

    def _parse_payload(self) -> tuple[dict[str, str], bytes | str | None]:
        environ: dict[str, Any] = {
            "wsgi.input": self.rfile,
            "CONTENT_LENGTH": self._joined("Content-Length"),
            "HTTP_TRANSFER_ENCODING": self._joined("Transfer-Encoding"),
        }
        try:
            read_body(environ, LIMIT_BYTES)
        except AwsError as error:
            content = json.dumps({"message": error.message})  # as API Gateway's
            headers = {"Content-Type": "application/json", "Connection": "close"}
            self._send_http_response_with_body(error.status, headers, content)
            raise ConnectionAbortedError from error  # the rest of the body is not a request
        body: bytes = environ["wsgi.input"].getvalue()
        if self.headers.get("Content-Type", "") in self._binary_types:
            return dict(self.headers), body or None
        return dict(self.headers), body.decode("utf-8", "replace") or None

    def _joined(self, name: str) -> str:
        """Return the header's different values, of which the body's reader takes only one."""
        return ", ".join(dict.fromkeys(self.headers.get_all(name, [])))

    def send_header(self, keyword: str, value: str) -> None:
        if not (self.command == "HEAD" and keyword == "Content-Length"):
            super().send_header(keyword, value)

    def _send_http_response_with_body(
        self, code: int, headers: Mapping[str, str], body: str | bytes
    ) -> None:
        content = body.encode() if isinstance(body, str) else body
        accepted = self.headers.get("Accept-Encoding", "")
        sent = compressed(Response(code, headers.items(), content), accepted, self._minimum)
        super()._send_http_response_with_body(code, dict(sent.headers), sent.body)


def _make_web_app(port: int) -> LocalDevServer:
    """Return Chalice's local server for the stage; it has the port and does not answer yet.

    Raises:
        JobError: the app refuses to start, over a file in static/ for example.
    """
    from chalice.cli.factory import CLIFactory

    project = str(_ROOT / "chalice_app")
    sys.path.insert(0, project)  # as Chalice does to import the app
    from chalicelib.errors import InvalidSetup

    factory = CLIFactory(project, environ=os.environ)
    config = factory.create_config_obj(chalice_stage_name=_STAGE)
    logging.getLogger("chalicelib").setLevel(logging.WARNING)
    try:
        app = config.chalice_app
    except InvalidSetup as error:
        hint = "correct or remove that file, then start again"
        raise JobError(f"the web app cannot start: {error}", hint=hint) from error
    server = factory.create_local_server(app, config, _HOST, port)
    server.server.request_queue_size = _BACKLOG
    server.server.server_activate()  # again: Chalice's own backlog is 5
    server.server.RequestHandlerClass = partial(_Handler, app_object=app, config=config)
    return server


@contextmanager
def _answering(server: LocalDevServer) -> Iterator[None]:
    threading.Thread(target=server.server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server.server_close()


def _port(text: str) -> int:
    """Return the port number in an option's text."""
    if text.isdecimal() and 1 <= int(text) <= _LAST_PORT:
        return int(text)
    raise argparse.ArgumentTypeError(f"must be a port from 1 to {_LAST_PORT}, not {text}")


def _find_port_problem(port: int) -> OSError | None:
    """Return the system's error at listening there, None if it is possible."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            return error
    return None


def _describe_port_problem(problem: OSError, port: int) -> str:
    """Return the problem in words, with another port to try."""
    if problem.errno == errno.EADDRINUSE:
        other = port + 1 if port < _LAST_PORT else port - 1
        return f"port {port} is busy; try: PORT={other} make run"
    return f"port {port} cannot be used: {problem.strerror}; try: PORT=8000 make run"


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
