"""A training host's running program, with its log and the reason of its failure."""

from __future__ import annotations

import threading

from local_aws.errors import LocalAwsError
from local_aws.host.processes import Worker
from local_aws.host.processes import stop_all as stop_all_workers
from local_aws.log_stream import READER_LIMIT_S, LogStream
from local_aws.sagemaker.training.container import Host

_STOP_GRACE_S = 120.0  # AWS's between SIGTERM and SIGKILL
REASON_LENGTH = 1024


class AlgorithmError(LocalAwsError):
    """The job's own program failed; the message is AWS's FailureReason."""

    def __init__(self, failure: str, exit_code: int) -> None:
        tail = f", exit code: {exit_code}"
        start = f"AlgorithmError: {failure}".strip()
        super().__init__(start[: REASON_LENGTH - len(tail)] + tail)


class HostRun:
    """A host's running program with its log."""

    def __init__(
        self, host: Host, worker: Worker, log: LogStream, reader: threading.Thread
    ) -> None:
        self.host = host
        self.worker = worker
        self._log = log
        self._reader = reader

    def has_failed(self) -> bool:
        return not self.worker.is_running() and self.worker.exit_code != 0

    def close(self) -> None:
        """End all processes, then send the rest of the log."""
        self.worker.kill()
        self._reader.join(READER_LIMIT_S)
        self._log.close()

    def error(self) -> AlgorithmError:
        """Return the program's failure in AWS's words."""
        code = self.worker.exit_code
        failure = self.host.base / "output/failure"
        text = failure.read_text(errors="replace") if failure.is_file() else ""
        return AlgorithmError(text, code if code > 0 else 128 - code)


def stop_all(runs: list[HostRun]) -> None:
    """End all hosts' programs at the same time, each with the full grace period."""
    stop_all_workers([run.worker for run in runs], _STOP_GRACE_S, spare_launcher=True)
