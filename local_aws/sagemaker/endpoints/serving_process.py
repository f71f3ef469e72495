"""Runs the serving program of a model archive on a loopback port, in place of a container."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import ClassVar

from local_aws.context import Context
from local_aws.errors import LocalAwsError
from local_aws.host.mounts import in_container
from local_aws.host.packages import RequirementsError, describe_python
from local_aws.host.processes import Worker, host_environment
from local_aws.host.s3 import (
    Location,
    StoppedError,
    StorageError,
    download_prefix,
    read_object,
    unpack,
)
from local_aws.http import JsonObject
from local_aws.log_stream import READER_LIMIT_S, LogStream, follow_lines
from local_aws.sagemaker.endpoints.serving_command import NoServerError, serving_command
from local_aws.sagemaker.model_records import model_source
from local_aws.sagemaker.opt_ml import relocate

_PING_PAUSE_S = 0.05
_PING_TIMEOUT_S = 2.0
_STABLE_S = 60.0
_STOP_GRACE_S = 30.0  # AWS's for a model container


class ServingError(LocalAwsError):
    """The serving program did not become healthy; the message goes into FailureReason."""


class ContainerGoneError(LocalAwsError):
    """The container closed the connection or does not run."""


class ContainerSlowError(LocalAwsError):
    """The container did not answer in time."""


@dataclass(frozen=True)
class Answer:
    """A container's answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ServingProcess:
    """The serving program of one model."""

    restart_pauses_s: ClassVar[Sequence[float]] = (0.2, 1, 2, 4, 8)  # then the endpoint fails

    def __init__(
        self,
        context: Context,
        region: str,
        container: JsonObject,
        role: str,
        log: tuple[str, str],
    ) -> None:
        self._context = context
        self._region = region
        self._container = container
        self._role = role
        self._log_name = log
        self._work = context.processes.make_directory("serving")
        self._worker: Worker | None = None
        self._log: LogStream | None = None
        self._reader: threading.Thread | None = None
        self._last_line = ""
        self._port = 0
        self._lock = threading.Lock()  # held while a program is started or forgotten
        self._stopped = threading.Event()

    def start(
        self,
        health_limit_s: float,
        cancelled: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Unpack the model, start its program, and wait until GET /ping answers 200.

        Raises:
            ServingError: one of these failed, or `cancelled` became true.
        """
        base = self._work / "opt" / "ml"
        self._unpack_model(base / "model", cancelled)
        self._own = {**(self._container.get("Environment") or {}), **(environment or {})}
        try:
            self._command = serving_command(base / "model", self._own.get("SAGEMAKER_PROGRAM"))
        except NoServerError as error:
            raise ServingError(str(error)) from error
        self._log = LogStream(self._context, self._region, *self._log_name, self._role)
        self._log.write(describe_python(f"the image {self._container['Image']}"))
        self._health_limit_s = health_limit_s
        self._launch(cancelled)

    def keep_running(self) -> None:
        """Start the program again whenever it ends, after a pause; return after `stop`.

        Raises:
            ServingError: it ended too often, without running for a minute in between.
        """
        n_restarts, healthy_at = 0, time.monotonic()
        while not (self._stopped.wait(_PING_PAUSE_S) or self._context.stopping.is_set()):
            if self._worker is not None and self._worker.is_running():
                if time.monotonic() - healthy_at > _STABLE_S:
                    n_restarts = 0
                continue
            if n_restarts == len(self.restart_pauses_s):
                raise ServingError(
                    f"The model server ended {n_restarts + 1} times; last line: {self._last_line}"
                )
            if self._log is not None:
                self._log.write("local_aws: the model server ended and is started again")
            if self._stopped.wait(self.restart_pauses_s[n_restarts]):
                return
            n_restarts += 1
            with suppress(ServingError, RuntimeError):  # the latter if local_aws is stopping
                self._launch(self._stopped.is_set)
            healthy_at = time.monotonic()

    def call(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], timeout_s: float
    ) -> Answer:
        """Return the container's answer.

        Raises:
            ContainerGoneError: the container does not run, or closed the connection.
            ContainerSlowError: there was no answer within `timeout_s`.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout_s)
        try:
            connection.request(method, path, body=body, headers=dict(headers))
            response = connection.getresponse()
            answer_headers = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, answer_headers, response.read())
        except TimeoutError as error:
            raise ContainerSlowError(f"no answer to {method} {path}") from error
        except (OSError, http.client.HTTPException) as error:
            raise ContainerGoneError(f"no connection for {method} {path}") from error
        finally:
            connection.close()

    def stop(self) -> None:
        """End the program and remove its files."""
        with self._lock:
            self._stopped.set()
        if self._worker is not None:
            self._worker.stop(_STOP_GRACE_S)
        if self._reader is not None:
            self._reader.join(READER_LIMIT_S)
        if self._log is not None:
            self._log.close()
        rmtree(self._work, ignore_errors=True)

    def _launch(self, cancelled: Callable[[], bool]) -> None:
        """Start the program, and wait until GET /ping answers 200.

        Raises:
            ServingError: it did not become healthy, or `cancelled` became true.
        """
        base = self._work / "opt" / "ml"
        try:
            with self._lock:
                if self._stopped.is_set():
                    raise ServingError("stopped on request")
                if self._worker is not None:
                    self._worker.kill()  # what it started may still run
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", 0))
                    self._port = probe.getsockname()[1]
                self._worker = self._context.processes.start(
                    in_container(self._command, base),
                    environment=self._environment(base),
                    cwd=base / "model",
                )
                self._reader = follow_lines(self._worker.output, self._keep_line)
        except OSError as error:
            raise ServingError(f"cannot run {self._command[0]}: {error.strerror}") from error
        self._await_health(self._worker, self._health_limit_s, cancelled)

    def _environment(self, base: Path) -> dict[str, str]:
        requirements = base / "model/code/requirements.txt"
        variables = {
            **host_environment(self._work),
            **{name: relocate(value, base) for name, value in self._own.items()},
            **self._context.environment(self._region, self._role),
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
        }
        log = self._log
        try:
            return self._context.packages.environment(
                requirements.read_bytes() if requirements.is_file() else None,
                variables,
                log.write if log else lambda _line: None,
            )
        except RequirementsError as error:
            raise ServingError(str(error)) from error

    def _unpack_model(self, target: Path, cancelled: Callable[[], bool]) -> None:
        client = self._context.client("s3", self._region, self._role)
        source = model_source(self._container)
        if source is None:
            raise ServingError("The model has no model data.")
        uri, compression = source
        target.mkdir(parents=True)
        try:
            if compression == "None":
                download_prefix(client, Location.parse(uri), target, stopping=cancelled)
            else:
                unpack(read_object(client, Location.parse(uri)), target)
        except StoppedError as error:
            raise ServingError("stopped on request") from error
        except StorageError as error:
            raise ServingError(
                f'Failed to download or extract model data archive from URL "{uri}": {error}.'
            ) from error

    def _await_health(self, worker: Worker, limit_s: float, cancelled: Callable[[], bool]) -> None:
        deadline = time.monotonic() + limit_s
        why = f"no answer within {limit_s:.0f} s"
        while time.monotonic() < deadline and not cancelled():
            if not worker.is_running():
                if self._reader is not None:
                    self._reader.join(READER_LIMIT_S)
                code = worker.exit_code
                why = f"its program ended with exit code {code}; last line: {self._last_line}"
                break
            try:
                status = self.call("GET", "/ping", b"", {}, _PING_TIMEOUT_S).status
                if status == 200 and worker.is_running():  # noqa: PLR2004 - not a program that took its port
                    return
            except (ContainerGoneError, ContainerSlowError):
                time.sleep(_PING_PAUSE_S)
                continue
            time.sleep(_PING_PAUSE_S)
        raise ServingError(why)

    def _keep_line(self, line: str) -> None:
        self._last_line = line or self._last_line
        if self._log is not None:
            self._log.write(line)
