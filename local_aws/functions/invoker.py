"""Lambda's Invoke: runs the deployed zip in processes that stay warm."""

from __future__ import annotations

import base64
import io
import json
import re
import stat
import threading
import time
import uuid
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.models import lambda_backends

from local_aws.arns import arn_of
from local_aws.context import Context
from local_aws.errors import AwsError, NotImplementedHereError
from local_aws.functions.async_events import TOO_MANY, AsyncEvents, Event
from local_aws.functions.process import FunctionCode, FunctionGoneError, FunctionProcess
from local_aws.functions.pythons import find_python
from local_aws.functions.runtime_api import RESPONSE_TOO_LARGE, Outcome
from local_aws.http import Request, Response, parse_json
from local_aws.log_stream import LogStream

PAYLOAD_BYTES = 6 * 1024 * 1024
TOO_LARGE = "RequestTooLargeException"
_ASYNC_PAYLOAD_BYTES = 1024 * 1024
CONCURRENCY = 10  # processes of one function at a time
_TAIL_BYTES = 4096
_INVOKE_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations$")


_EXECUTABLE = 0o755


@dataclass
class _Pool:
    """The processes of one version of a function's code and settings."""

    fingerprint: tuple[Any, ...]
    code: FunctionCode
    log: LogStream
    idle: list[FunctionProcess] = field(default_factory=list)
    n_busy: int = 0
    retired: bool = False  # takes no more events


class FunctionInvoker:
    """Runs the functions whose records moto keeps."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._pools: dict[tuple[str, str], _Pool] = {}
        self._lock = threading.Lock()
        self._events = AsyncEvents(context, self.invoke)

    def handle(self, request: Request) -> Response:
        """Answer Invoke.

        Raises:
            AwsError: the function does not exist, its runtime is not supported, the payload is too
                large, or too many events run at once.
        """
        match = _INVOKE_PATH.match(request.raw_path)
        if match is None:
            raise NotImplementedHereError(f"Lambda's {request.raw_path.rsplit('/', 1)[-1]}")
        name = unquote(match[1]).rsplit("function:", 1)[-1]
        name, _, qualifier = name.partition(":")
        qualifier = qualifier or parse_qs(request.query).get("Qualifier", [""])[0]
        if qualifier not in {"", "$LATEST"}:
            raise NotImplementedHereError(f"Lambda versions and aliases (Qualifier {qualifier})")
        kind = request.headers.get("x-amz-invocation-type", "RequestResponse")
        function = self._find(name, request.region)
        if kind == "DryRun":
            return Response(204, [], b"")
        payload = _checked_payload(request.body, kind)
        if kind == "Event":
            configs = [entry.config for entry in function.event_invoke_config[-1:]]
            n_retries = configs[0].get("MaximumRetryAttempts") if configs else None
            event = Event(name, request.region, payload, request.request_id)
            self._events.accept(event, n_retries)
            return Response(202, [("x-amzn-RequestId", request.request_id)], b"")
        outcome, tail = self.invoke(name, request.region, payload, request.request_id)
        headers = [
            ("Content-Type", "application/json"),
            ("X-Amz-Executed-Version", "$LATEST"),
            ("x-amzn-RequestId", request.request_id),
        ]
        if outcome.failed:
            headers.append(("X-Amz-Function-Error", "Unhandled"))
        if request.headers.get("x-amz-log-type") == "Tail":
            text = "\n".join(tail).encode()[-_TAIL_BYTES:]
            headers.append(("X-Amz-Log-Result", base64.b64encode(text).decode()))
        return Response(200, headers, outcome.payload)

    def invoke(
        self, name: str, region: str, payload: bytes, request_id: str
    ) -> tuple[Outcome, list[str]]:
        """Return the outcome of one event and the lines it logged.

        Raises:
            AwsError: as in `handle`.
        """
        _check_size(payload, "RequestResponse", PAYLOAD_BYTES)
        pool, process = self._take(name, region)
        keep = False
        try:
            outcome = process.invoke(payload, request_id)
            keep = outcome is not RESPONSE_TOO_LARGE  # AWS ends the runtime then
        except FunctionGoneError as error:
            outcome = Outcome(json.dumps(error.payload).encode(), failed=True)
        finally:
            try:
                if not keep:
                    process.stop()
                tail = list(process.tail)
            finally:
                self._give_back(pool, process)
        return outcome, tail

    def close(self) -> None:
        """End all processes; a busy one ends after its event."""
        with self._lock:
            pools = list(self._pools.values())
            self._pools.clear()
        for pool in pools:
            self._retire(pool)

    def retire_deleted(self, region: str) -> None:
        """End the processes of functions that moto no longer has."""
        functions = lambda_backends[self._context.account][region].list_functions()
        kept = {(region, function.function_name) for function in functions}
        with self._lock:
            gone = [key for key in self._pools if key[0] == region and key not in kept]
            pools = [self._pools.pop(key) for key in gone]
        for pool in pools:
            self._retire(pool)

    def _find(self, name: str, region: str) -> Any:
        """Return moto's record of the function."""
        functions = lambda_backends[self._context.account][region].list_functions()
        found = next((entry for entry in functions if entry.function_name == name), None)
        if found is None:
            self.retire_deleted(region)  # another service may have deleted it
            arn = arn_of("lambda", region, self._context.account, f"function:{name}")
            raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)
        return found

    def _take(self, name: str, region: str) -> tuple[_Pool, FunctionProcess]:
        """Return a warm process or a new one, and end processes of older code."""
        function = self._find(name, region)
        fingerprint = (
            function.code_sha_256, function.handler, function.timeout, function.memory_size,
            function.role, function.run_time,
            tuple(sorted(function.environment_vars.items())),
        )  # fmt: skip
        former: _Pool | None = None
        with self._lock:
            pool = self._pools.get((region, name))
            if pool is None or pool.fingerprint != fingerprint:
                former, pool = pool, self._new_pool(function, region, fingerprint)
                self._pools[region, name] = pool
            if pool.n_busy >= CONCURRENCY:
                raise AwsError(TOO_MANY, "Rate Exceeded.", status=429)
            pool.n_busy += 1
            process = pool.idle.pop() if pool.idle else None
        if former is not None:
            self._retire(former)
        if process is not None and process.is_running():
            return pool, process
        try:
            if process is not None:
                process.stop()
            return pool, FunctionProcess(self._context, region, pool.code, pool.log)
        except BaseException:
            self._release(pool)
            raise

    def _give_back(self, pool: _Pool, process: FunctionProcess) -> None:
        """Keep the process warm for the next event, or end it if it or its code is outdated."""
        with self._lock:
            keep = process.is_running() and not pool.retired
            if keep:
                pool.idle.append(process)
        try:
            if not keep:
                process.stop()
        finally:
            self._release(pool)

    def _retire(self, pool: _Pool) -> None:
        """End the processes of a removed pool: idle ones now, busy ones after their event."""
        with self._lock:
            pool.retired = True
            pool.n_busy += 1  # keeps log and files until the idle ones have ended
            idle, pool.idle = pool.idle, []
        for process in idle:
            process.stop()
        self._release(pool)

    def _release(self, pool: _Pool) -> None:
        """Count one busy process less; after the last of a retired pool, remove its files."""
        with self._lock:
            pool.n_busy -= 1
            ended = pool.retired and not pool.n_busy
        if ended:
            pool.log.close()
            rmtree(pool.code.folder, ignore_errors=True)

    def _new_pool(self, function: Any, region: str, fingerprint: tuple[Any, ...]) -> _Pool:
        if function.package_type != "Zip":
            raise NotImplementedHereError("functions from container images")
        python = find_python(function.run_time)
        if function.layers:
            raise NotImplementedHereError("Lambda layers")
        folder = self._context.processes.make_directory("task")
        try:
            _unzip(function.code_bytes, folder)
        except BaseException:
            rmtree(folder, ignore_errors=True)
            raise
        code = FunctionCode(
            name=function.function_name,
            arn=function.function_arn,
            role=function.role,
            handler=function.handler,
            python=python,
            version="$LATEST",
            memory_mb=int(function.memory_size),
            timeout_s=int(function.timeout),
            variables=dict(function.environment_vars),
            folder=folder,
        )
        day = time.strftime("%Y/%m/%d", time.gmtime())
        log = LogStream(
            self._context,
            region,
            f"/aws/lambda/{code.name}",
            f"{day}/[$LATEST]{uuid.uuid4().hex}",
            code.role,
        )
        return _Pool(fingerprint, code, log)


def _checked_payload(body: bytes, kind: str) -> bytes:
    """Return the payload of an Invoke call, {} for an empty one."""
    _check_size(body, kind, _ASYNC_PAYLOAD_BYTES if kind == "Event" else PAYLOAD_BYTES)
    try:
        parse_json(body or b"{}")
    except ValueError as error:
        raise AwsError(
            "InvalidRequestContentException",
            f"Could not parse request body into json: {error}",
        ) from error
    return body or b"{}"


def _check_size(payload: bytes, kind: str, limit: int) -> None:
    if len(payload) > limit:
        raise AwsError(
            TOO_LARGE,
            f"{len(payload)} byte payload is too large for the {kind} invocation type "
            f"(limit {limit} bytes)",
            status=413,
        )


def _unzip(content: bytes, folder: Path) -> None:
    """Extract all files, and keep which of them are executable."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            path = Path(archive.extract(member, folder))
            if path.is_file() and (member.external_attr >> 16) & stat.S_IXUSR:
                path.chmod(_EXECUTABLE)
