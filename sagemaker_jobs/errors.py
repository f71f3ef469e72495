"""The errors of the steps: `what` happened, and a `hint` what to try next.

JobError
├── Declined             the user did not confirm
├── InvalidSetting       an option or setting makes no sense
├── MissingLibrary       a step needs a library that is not installed
├── DownloadFailed       the archive did not arrive, or is a different file
├── UnsafeArchive        the archive holds what does not belong in it (`member`)
├── InvalidData          review or dataset files are missing or broken
├── TrainingFailed       a training job ended without a model (`job`, `reason`)
├── BulkJobFailed        a batch transform or processing job failed (`job`, `reason`)
├── StillRunning         we stopped following a job, which continues (`job`)
├── EndpointFailed       an endpoint did not come into service (`endpoint`, `reason`)
├── SmokeTestFailed      the endpoint judges plain reviews wrongly
├── GateFailed           a model does not meet the release rules, or was rejected
├── ImageFailed          our own image could not be built
├── ChaliceFailed        Chalice could not deploy or delete the web app
└── AwsError             an AWS call failed
    ├── NoCredentials    credentials are missing, expired or wrong
    ├── NoRegion         no region is chosen
    ├── AccessDenied     the credentials lack a permission (`operation`)
    ├── QuotaExceeded    a quota of the account is exhausted
    ├── NameTaken        another account or change uses the name
    ├── NotThere         a resource that an earlier step creates does not exist
    ├── RequestRefused   the model refused or failed a request (`status`)
    └── Unreachable      there is no connection
"""

from __future__ import annotations


class JobError(Exception):
    """The root: `what` happened, and a `hint` what to try; one plain clause each."""

    exit_code = 1

    def __init__(self, what: str, *, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class Declined(JobError):
    pass


class InvalidSetting(JobError):
    pass


class MissingLibrary(JobError):
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


class BulkJobFailed(JobError):
    def __init__(self, kind: str, job: str, reason: str, *, hint: str) -> None:
        super().__init__(f"{kind} job {job} failed: {reason}", hint=hint)
        self.job = job
        self.reason = reason


class StillRunning(JobError):
    exit_code = 130  # the shell's code for Ctrl-C

    def __init__(self, job: str, *, hint: str, cause: str = "", kind: str = "training") -> None:
        what = f"no longer following {kind} job {job}, which continues"
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


class GateFailed(JobError):
    pass


class ImageFailed(JobError):
    pass


class ChaliceFailed(JobError):
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
