"""What can go wrong on the road, told as `what` happened and what to `try` next.

JobError
├── Declined             the person did not confirm
├── InvalidSetting       an option or setting makes no sense
├── DownloadFailed       the archive did not arrive, or is not the one expected
├── UnsafeArchive        the archive holds what no review archive holds (`member`)
├── InvalidData          review or dataset files are missing or broken
├── TrainingFailed       a training job ended without a model (`job`, `reason`)
├── StillRunning         we stopped watching, or could not go on; the job does (`job`)
├── EndpointFailed       an endpoint did not come into service (`endpoint`, `reason`)
├── SmokeTestFailed      the endpoint answers, but judges plain reviews wrongly
└── AwsError             an AWS call failed
    ├── NoCredentials    none, expired or wrong
    ├── NoRegion         no region chosen
    ├── AccessDenied     the credentials lack a permission (`operation`)
    ├── QuotaExceeded    the account may not have so much of it
    ├── NameTaken        somebody else, or another change, holds the name
    ├── NotThere         a bucket, role, dataset, job or endpoint that an earlier step makes
    ├── RequestRefused   the model refused or failed a request (`status`)
    └── Unreachable      no connection
"""

from __future__ import annotations


class JobError(Exception):
    """The root: `what` happened, and as `hint` what the person can try; one plain clause each."""

    exit_code = 1

    def __init__(self, what: str, *, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class Declined(JobError):
    pass


class InvalidSetting(JobError):
    pass


class DownloadFailed(JobError):
    pass


class UnsafeArchive(JobError):
    def __init__(self, what: str, *, hint: str, member: str = "") -> None:
        super().__init__(what, hint=hint)
        self.member = member


class InvalidData(JobError):
    pass


class TrainingFailed(JobError):
    def __init__(self, job: str, reason: str, *, hint: str) -> None:
        super().__init__(f"training job {job} failed: {reason}", hint=hint)
        self.job = job
        self.reason = reason


class StillRunning(JobError):
    exit_code = 130  # as a shell counts Ctrl-C

    def __init__(self, job: str, *, hint: str, cause: str = "") -> None:
        what = f"no longer following training job {job}, which goes on"
        super().__init__(f"{what}: {cause}" if cause else what, hint=hint)
        if cause:
            self.exit_code = 1
        self.job = job


class EndpointFailed(JobError):
    def __init__(self, endpoint: str, reason: str, *, hint: str) -> None:
        super().__init__(f"endpoint {endpoint} failed: {reason}", hint=hint)
        self.endpoint = endpoint
        self.reason = reason


class SmokeTestFailed(JobError):
    pass


class AwsError(JobError):
    pass


class NoCredentials(AwsError):
    pass


class NoRegion(AwsError):
    pass


class AccessDenied(AwsError):
    def __init__(self, what: str, *, hint: str, operation: str) -> None:
        super().__init__(what, hint=hint)
        self.operation = operation


class QuotaExceeded(AwsError):
    pass


class NameTaken(AwsError):
    pass


class NotThere(AwsError):
    pass


class RequestRefused(AwsError):
    def __init__(self, what: str, *, hint: str, status: int) -> None:
        super().__init__(what, hint=hint)
        self.status = status


class Unreachable(AwsError):
    pass
