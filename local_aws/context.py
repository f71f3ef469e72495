"""The state that all parts of local_aws share: URL, processes, credentials, threads, clients."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
from botocore.config import Config

from local_aws.arns import arn_of
from local_aws.credentials import Credentials, RoleSessions

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client

    from local_aws.host.packages import Packages
    from local_aws.host.processes import Processes


@dataclass(frozen=True)
class Context:
    """The shared state of one running local_aws."""

    url: str
    account: str
    processes: Processes
    packages: Packages
    credentials: Credentials = field(init=False, default_factory=Credentials.random)
    sessions: RoleSessions = field(init=False, default_factory=RoleSessions)
    stopping: threading.Event = field(init=False, default_factory=threading.Event)
    _threads: list[threading.Thread] = field(init=False, default_factory=list)
    _clients: dict[tuple[str, str, str | None], Any] = field(init=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    @property
    def sdk_settings(self) -> Path:
        """Return the path of the SageMaker SDKs' settings file."""
        return self.processes.root / "sagemaker-sdk.yaml"

    @overload
    def client(self, service: Literal["s3"], region: str, role: str | None = None) -> S3Client: ...
    @overload
    def client(
        self, service: Literal["logs"], region: str, role: str | None = None
    ) -> CloudWatchLogsClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"], region: str) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["iam"], region: str) -> IAMClient: ...
    @overload
    def client(self, service: str, region: str, role: str | None = None) -> Any: ...
    def client(self, service: str, region: str, role: str | None = None) -> Any:
        """Return the boto3 client of `service`, with the permissions of the role's ARN if given."""
        with self._lock:
            key = (service, region, role)
            if key not in self._clients:
                keys = self._keys(role)
                session = boto3.Session(
                    keys.access_key, keys.secret_key, keys.token, region_name=region
                )
                self._clients[key] = session.client(  # type: ignore[call-overload]
                    service,
                    endpoint_url=self.url,
                    config=Config(proxies={}, max_pool_connections=50),
                )
            return self._clients[key]

    def spawn(self, work: Callable[[], None]) -> threading.Thread:
        """Run `work` in a thread and return it; local_aws waits some seconds for it at its end."""
        thread = threading.Thread(target=work, daemon=True)
        with self._lock:
            self._threads[:] = [other for other in self._threads if other.is_alive()]
            self._threads.append(thread)
            thread.start()
        return thread

    def await_threads(self, limit_s: float) -> None:
        """Wait until all spawned threads have ended, for `limit_s` at most."""
        deadline = time.monotonic() + limit_s
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def environment(self, region: str, role: str | None = None) -> dict[str, str]:
        """Return the variables that point a program's AWS clients here, under the role if given."""
        keys = self._keys(role)
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            **({"AWS_SESSION_TOKEN": keys.token} if keys.token else {}),
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(self.sdk_settings),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _keys(self, role: str | None) -> Credentials:
        return self.credentials if role is None else self.sessions.assume(role)

    def arn(self, kind: str, name: str, region: str) -> str:
        """Return a SageMaker ARN, for example arn:aws:sagemaker:us-east-1:...:endpoint/name."""
        return arn_of("sagemaker", region, self.account, f"{kind}/{name}")
