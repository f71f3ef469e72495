"""One Lambda execution environment: AWS's runtime client in a process of its own.

The process can import the standard library, the function's files, and what AWS's Python runtime
carries (boto3 and its dependencies). Other packages that are installed here are hidden from it.
"""

from __future__ import annotations

import importlib.util
import queue
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Protocol

from local_aws.context import Context
from local_aws.errors import AwsError, LocalAwsError
from local_aws.functions import pure_runtime_client
from local_aws.functions.pythons import Python
from local_aws.functions.runtime_api import Outcome, RuntimeApi
from local_aws.host.packages import describe_python
from local_aws.host.processes import host_environment
from local_aws.log_stream import READER_LIMIT_S, follow_lines

RUNTIME_PACKAGES = (
    "boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six",
    "awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py",
)  # fmt: skip
_BOOT = (
    "import sys; sys.path[:0] = sys.argv[1:3]; sys.dont_write_bytecode = True; "
    "from awslambdaric.__main__ import main; main([sys.argv[0], sys.argv[3]])"
)
INIT_LIMIT_S = 10.0  # AWS's; then it loads the code again, in the first invocation's time


class FunctionGoneError(LocalAwsError):
    """The process ended or was too slow; `payload` is AWS's answer to that."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.payload = {"errorType": kind, "errorMessage": message}


@dataclass(frozen=True)
class FunctionCode:
    """A function's code and settings."""

    name: str
    arn: str
    role: str  # the ARN of the role that it runs under
    handler: str
    python: Python
    version: str
    memory_mb: int
    timeout_s: int
    variables: dict[str, str]
    folder: Path


class Log(Protocol):
    """The destination of a function's lines; `group` and `stream` are CloudWatch's names."""

    @property
    def group(self) -> str: ...
    @property
    def stream(self) -> str: ...
    def write(self, line: str) -> None: ...


class FunctionProcess:
    """A warm process of one function; `invoke` takes one event at a time."""

    clock = staticmethod(time.monotonic)

    def __init__(self, context: Context, region: str, code: FunctionCode, log: Log) -> None:
        self._code = code
        self._log = log
        self._context = context
        self._region = region
        self.tail: list[str] = []
        self._work = context.processes.make_directory("function")
        self._api = RuntimeApi(code.arn)
        try:
            self._runtime = _runtime_folder(self._work, code.python)
            self._launch()
        except BaseException:
            self._api.release()
            rmtree(self._work, ignore_errors=True)
            raise

    def _launch(self) -> None:
        """Start the runtime, which loads the function's code."""
        code, runtime, python = self._code, self._runtime, self._code.python
        wanted = f"the runtime {python.runtime}"
        self._log.write(f"INIT_START {describe_python(wanted, python.version, python.path)}")
        self._worker = self._context.processes.start(
            [
                str(python.path),
                *("-I", "-S", "-c", _BOOT, str(code.folder), str(runtime), code.handler),
            ],
            environment={
                **host_environment(self._work),
                **self._context.environment(self._region, code.role),
                **code.variables,
                "TZ": ":UTC",
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_address[1]}",
                "AWS_LAMBDA_FUNCTION_NAME": code.name,
                "AWS_LAMBDA_FUNCTION_VERSION": code.version,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(code.memory_mb),
                "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
                "AWS_LAMBDA_LOG_GROUP_NAME": self._log.group,
                "AWS_LAMBDA_LOG_STREAM_NAME": self._log.stream,
                "AWS_EXECUTION_ENV": f"AWS_Lambda_{python.runtime}",
                "LAMBDA_RUNTIME_DIR": str(runtime),
                "LAMBDA_TASK_ROOT": str(code.folder),
                "_HANDLER": code.handler,
            },
            cwd=code.folder,
        )
        self._reader = follow_lines(self._worker.output, self._keep_line)

    def is_running(self) -> bool:
        return self._worker.is_running()

    def invoke(self, payload: bytes, request_id: str) -> Outcome:
        """Return the handler's outcome.

        Raises:
            FunctionGoneError: the process ended, failed to load the code, or took too long.
        """
        self.tail = []
        self.await_ready(request_id)
        deadline = self.clock() + self._code.timeout_s
        self._keep_line(f"START RequestId: {request_id} Version: {self._code.version}")
        started = self.clock()
        answer = self._api.send(payload, request_id, self._code.timeout_s)
        try:
            while self.clock() < deadline:
                try:
                    return answer.get(timeout=0.05)
                except queue.Empty:
                    if not self._worker.is_running():
                        raise FunctionGoneError(
                            "Runtime.ExitError",
                            f"RequestId: {request_id} Error: Runtime exited with error: exit "
                            f"status {self._worker.exit_code}",
                        ) from None
            self.stop()
            raise self._timed_out(request_id)
        finally:
            used_ms = (self.clock() - started) * 1000
            self._reader.catch_up()  # the handler's lines come before
            self._keep_line(f"END RequestId: {request_id}")
            self._keep_line(
                f"REPORT RequestId: {request_id}\tDuration: {used_ms:.2f} ms\t"
                f"Memory Size: {self._code.memory_mb} MB"
            )

    def stop(self) -> None:
        """End the process and remove its files."""
        self._end_worker()
        self._api.release()
        rmtree(self._work, ignore_errors=True)

    def await_ready(self, request_id: str) -> None:
        """Wait until the process requests its first event.

        Raises:
            FunctionGoneError: the process ended, failed to load the code, or took too long.
        """
        if not self._loads_within(INIT_LIMIT_S) and self._worker.is_running():
            self._end_worker()
            self._launch()
            if not self._loads_within(self._code.timeout_s) and self._worker.is_running():
                self.stop()
                raise self._timed_out(request_id)
        if self._api.init_error is not None:
            raise FunctionGoneError(
                self._api.init_error.get("errorType", "Runtime.Unknown"),
                self._api.init_error.get("errorMessage", ""),
            )
        if not self._api.ready.is_set():
            self.stop()
            raise FunctionGoneError(
                "Runtime.ExitError",
                f"RequestId: {request_id} Error: the runtime did not start: "
                f"{self.tail[-1] if self.tail else 'no output'}",
            )

    def _end_worker(self) -> None:
        self._worker.kill()
        self._reader.join(READER_LIMIT_S)

    def _loads_within(self, limit_s: float) -> bool:
        """Return whether the process requests an event, or reports an error, in time."""
        deadline = self.clock() + limit_s
        while not self._api.ready.wait(0.01):
            if not self._worker.is_running() or self.clock() > deadline:
                return False
        return True

    def _timed_out(self, request_id: str) -> FunctionGoneError:
        return FunctionGoneError(
            "Sandbox.Timedout",
            f"RequestId: {request_id} Error: Task timed out after "
            f"{self._code.timeout_s:.2f} seconds",
        )

    def _keep_line(self, line: str) -> None:
        self.tail.append(line)
        self._log.write(line)


def _runtime_folder(work: Path, python: Python) -> Path:
    """Return a folder with links to the packages that AWS's Python runtime carries.

    Binaries among them fit the own Python alone. Only one of them is without a plain version.

    Raises:
        AwsError: AWS's runtime client is not installed.
    """
    folder = work / "runtime"
    folder.mkdir()
    for name in RUNTIME_PACKAGES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise AwsError(
                "ServiceException",
                f"the Lambda runtime's package {name} is not installed; install it with: "
                "pip install awslambdaric",
                status=502,
            )
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        if name == "runtime_client" and not python.is_own:
            (folder / f"{name}.py").symlink_to(pure_runtime_client.__file__)
        else:
            (folder / source.name).symlink_to(source)
    return folder
