"""Runs the serving program of a model archive on a loopback port, in place of a container."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

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

    def __init__(
        self, context: Context, region: str, container: JsonObject, log: tuple[str, str]
    ) -> None:
        self._context = context
        self._region = region
        self._container = container
        self._log_name = log
        self._work = context.processes.make_directory("serving")
        self._worker: Worker | None = None
        self._log: LogStream | None = None
        self._reader: threading.Thread | None = None
        self._last_line = ""
        self._port = 0

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
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        own = {**(self._container.get("Environment") or {}), **(environment or {})}
        try:
            command = serving_command(base / "model", own.get("SAGEMAKER_PROGRAM"))
        except NoServerError as error:
            raise ServingError(str(error)) from error
        self._log = LogStream(self._context, self._region, *self._log_name)
        self._log.write(describe_python(self._container["Image"]))
        requirements = base / "model/code/requirements.txt"
        variables = {
            **host_environment(self._work),
            **{name: relocate(value, base) for name, value in own.items()},
            **self._context.environment(self._region),
            "SAGEMAKER_BASE_DIR": str(base),
            "SAGEMAKER_BIND_TO_HOST": "127.0.0.1",
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
        }
        try:
            variables = self._context.packages.environment(
                requirements.read_bytes() if requirements.is_file() else None,
                variables,
                self._log.write,
            )
            self._worker = self._context.processes.start(
                in_container(command, base), environment=variables, cwd=base / "model"
            )
        except OSError as error:
            raise ServingError(f"cannot run {command[0]}: {error.strerror}") from error
        except RequirementsError as error:
            raise ServingError(str(error)) from error
        self._reader = follow_lines(self._worker.output, self._keep_line)
        self._await_health(self._worker, health_limit_s, cancelled)

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
        if self._worker is not None:
            self._worker.stop(_STOP_GRACE_S)
        if self._reader is not None:
            self._reader.join(READER_LIMIT_S)
        if self._log is not None:
            self._log.close()
        rmtree(self._work, ignore_errors=True)

    def _unpack_model(self, target: Path, cancelled: Callable[[], bool]) -> None:
        client = self._context.client("s3", self._region)
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
