"""`setup`: create the stage's private bucket, SageMaker role and feedback table."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from sagemaker_jobs.aws.bucket import ensure_bucket
from sagemaker_jobs.aws.feedback_table import ensure_table
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.role import ensure_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.step import Step, Toolbox
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Setup:
    """The stage's resources, and what was done to each."""

    bucket: str
    role: str
    bucket_action: Action
    role_action: Action
    feedback_table: str
    feedback_table_action: Action
    dry_run: bool = False

    def line(self) -> str:
        return (
            f"{self._verb(self.bucket_action)} bucket {self.bucket} "
            "(private, encrypted, TLS only); "
            f"{self._verb(self.role_action)} role {self.role} "
            "(this stage's data, logs and images only); "
            f"{self._verb(self.feedback_table_action)} table {self.feedback_table} "
            "(deletes feedback after a year)"
        )

    def _verb(self, action: Action) -> str:
        if action == "unchanged":
            return action
        return f"would {action}" if self.dry_run else f"{action}d"


@translated()
def setup(aws: Aws, *, ui: Ui, dry_run: bool = False) -> Setup:
    """Create the stage's bucket, role and table, or update them to the settings they should have.

    Raises:
        NameTaken: another account owns the bucket's name.
        AccessDenied: these credentials may not create or change them.
    """
    names = aws.names
    return Setup(
        names.bucket,
        names.role,
        ensure_bucket(aws, ui=ui, dry_run=dry_run),
        ensure_role(aws, ui=ui, dry_run=dry_run),
        names.feedback_table,
        ensure_table(aws, ui=ui, dry_run=dry_run),
        dry_run,
    )


def add_arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: the step has only the common options."""


def run(arguments: Namespace, tools: Toolbox) -> Setup:
    return setup(tools.connect(), ui=tools.ui, dry_run=arguments.dry_run)


STEP = Step(
    "setup", "create the stage's bucket, SageMaker role and feedback table", add_arguments, run
)
