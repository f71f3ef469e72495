"""A running local_aws: it listens on loopback, and ends everything that it started."""

from __future__ import annotations

import errno
import io
import socket
import threading
import time
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self
from urllib.parse import urlsplit

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from local_aws.context import Context
from local_aws.errors import AlreadyRunningError, PortBusyError, PortRefusedError
from local_aws.host.packages import Packages
from local_aws.host.processes import Processes
from local_aws.http import DEFAULT_REGION, SENT_HEADERS
from local_aws.incoming import IDLE_LIMIT_S, Incoming
from local_aws.kept_state import KeptState, Requests
from local_aws.moto_glue import bucket_policies, json_requests, policy_simulation
from local_aws.moto_glue.schedules import run_schedules
from local_aws.router import Router
from local_aws.sagemaker.sdk_settings import write_sdk_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
_STOP_LIMIT_S = 5.0
_LINGER_S = 2.0  # after an answer, for a client that still sends
_SAVE_EVERY_S = 5.0  # where there were requests; what came since is lost by SIGKILL


class _Handler(MotoRequestHandler):  # type: ignore[misc]
    """Answers without Nagle's delay, keeps headers as sent, and writes no access log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_LIMIT_S  # while a request arrives
    clock = staticmethod(time.monotonic)
    rfile: io.BufferedIOBase

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.rfile = io.BufferedReader(Incoming(self.connection, self.clock))

    def run_wsgi(self) -> None:
        try:
            urlsplit(self.path)
        except ValueError:
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        super().run_wsgi()

    def make_environ(self) -> WSGIEnvironment:
        lengths = dict.fromkeys(self.headers.get_all("Content-Length", []))
        return {
            **super().make_environ(),
            SENT_HEADERS: self.headers.items(),
            "CONTENT_LENGTH": ", ".join(lengths),
            "wsgi.input": self.rfile,  # as sent: `read_body` reads chunks, within bounds
        }

    def log_error(self, *_: object) -> None:
        """Log nothing about clients that send no request or a bad one; they get an answer."""

    def log_request(self, code: object = "-", size: object = "-") -> None:
        pass


class _Answers:
    """The WSGI application, which limits the time of requests but not of answers."""

    def __init__(self, router: Router, requests: Requests) -> None:
        self._router, self._requests = router, requests

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        connection: socket.socket = environ["werkzeug.socket"]
        with self._requests.one():
            parts = self._router(environ, start_response)
        connection.settimeout(None)  # a client may take its time to read
        yield from parts
        connection.settimeout(_LINGER_S)  # werkzeug reads what else the client sends


class _Server(ThreadedWSGIServer):
    """An HTTP server that can close its open connections at the end."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, answers: _Answers) -> None:
        self._connections: set[socket.socket] = set()
        host, port = listener.getsockname()
        super().__init__(host, port, answers, handler=_Handler, fd=listener.fileno())

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_request(self, request: object) -> None:
        self._connections.discard(request)
        super().close_request(request)  # type: ignore[arg-type]

    def close_connections(self) -> None:
        """End connections that clients keep open."""
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:  # the client was faster
                continue


class LocalAws:
    """A running local AWS on 127.0.0.1; `environment` redirects any AWS client to it.

    Running programs have their files in `data_dir`. With `keep`, the state stays there for the next
    start.

    Raises:
        PortBusyError: another program uses `port` (0 chooses a free one).
        PortRefusedError: `port` is invalid, or this user may not listen on it.
        DataDirError: `data_dir` is not a folder that can be written to. With `keep`, also: it has
            other files, or another version's state.
        AlreadyRunningError: this process already has one.
    """

    url: str
    environment: dict[str, str]

    _running: ClassVar[LocalAws | None] = None
    _guard: ClassVar[threading.Lock] = threading.Lock()

    def __init__(
        self,
        port: int = 0,
        data_dir: Path | None = None,
        *,
        keep: bool = False,
        allow_pip: bool = False,
    ) -> None:
        with LocalAws._guard:
            if LocalAws._running is not None:
                raise AlreadyRunningError(LocalAws._running.url)
            listener = _listen(port)
            try:
                self._kept = KeptState(data_dir, DEFAULT_ACCOUNT_ID) if keep and data_dir else None
                self._processes = Processes(data_dir)
                try:
                    self._build(listener, Packages(self._processes, allowed=allow_pip))
                except BaseException:
                    self._processes.close()
                    if self._kept is not None:
                        self._kept.close()
                    raise
            finally:
                listener.close()  # the server holds a duplicate
            self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
            self._thread.start()
            self._context.spawn(partial(run_schedules, self._context))
            if self._kept is not None:
                self._context.spawn(self._save_regularly)
            LocalAws._running = self

    def _build(self, listener: socket.socket, packages: Packages) -> None:
        """Put the parts together."""
        bucket_policies.install()
        json_requests.install()
        policy_simulation.install()
        _forget_moto_state()
        self.url = f"http://{HOST}:{listener.getsockname()[1]}"
        context = Context(self.url, DEFAULT_ACCOUNT_ID, self._processes, packages)
        self._context = context
        write_sdk_settings(context.sdk_settings, DEFAULT_REGION, DEFAULT_ACCOUNT_ID)
        self.environment = context.environment(DEFAULT_REGION)
        self._router = Router(context)
        if self._kept is not None:
            self._router.sagemaker.restore(self._kept.load())
        self._requests = Requests()
        self._server = _Server(listener, _Answers(self._router, self._requests))

    def stop(self) -> None:
        """End everything: open requests, jobs, endpoints, functions, temporary files."""
        with LocalAws._guard:
            if LocalAws._running is not self:
                return
            LocalAws._running = None
            self._context.stopping.set()
            self._processes.end_all()
            self._context.await_threads(_STOP_LIMIT_S)
            self._router.close()
            self._server.shutdown()
            self._server.close_connections()
            self._server.server_close()
            self._thread.join()
            if self._kept is not None:
                self._save()
                self._kept.close()
            self._processes.close()  # after everything that writes files
            _forget_moto_state()

    def _save_regularly(self) -> None:
        n_saved = 0
        while not self._context.stopping.wait(_SAVE_EVERY_S):
            n_ended = self._requests.n_ended
            if n_ended != n_saved and self._requests.pause(self._save):
                n_saved = n_ended

    def _save(self) -> None:
        if self._kept is not None:
            self._kept.save(self._router.sagemaker.records())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def start() -> LocalAws:
    """Start and return a local_aws, for use in a `with` block."""
    return LocalAws()


def _forget_moto_state() -> None:
    """Reset moto's services, whose state belongs to the whole process."""
    BackendDict.reset()
    reset_model_data()


def _listen(port: int) -> socket.socket:
    """Return a listening socket on loopback."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OverflowError as error:
        listener.close()
        raise PortRefusedError(port, "ports go from 0 to 65535") from error
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortBusyError(port) from error
        raise PortRefusedError(port, error.strerror or str(error)) from error
    return listener
