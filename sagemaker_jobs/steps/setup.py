"""`setup`: create the stage's private bucket, SageMaker role and feedback table."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from dataclasses import asdict, dataclass
from typing import Any

from sagemaker_jobs.aws.bucket import ensure_bucket
from sagemaker_jobs.aws.deployer_policy import deployer_policies
from sagemaker_jobs.aws.encryption import check_key, read_key
from sagemaker_jobs.aws.feedback_table import ensure_table
from sagemaker_jobs.aws.github_role import ensure_github_role
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
    kms_key: str | None  # that encrypts the bucket; None: S3's own
    dry_run: bool = False

    def line(self) -> str:
        permissions = "(this stage's data, logs and images only)"
        if self.role_action == "unchanged":
            permissions = "(given by you)"
        by_key = f" by {self.kms_key}" if self.kms_key else ""
        return (
            f"{self._verb(self.bucket_action)} bucket {self.bucket} "
            f"(private, encrypted{by_key}, TLS only); "
            f"{self._verb(self.role_action)} role {self.role} {permissions}; "
            f"{self._verb(self.feedback_table_action)} table {self.feedback_table} "
            "(deletes feedback after a year)"
        )

    def _verb(self, action: Action) -> str:
        if action == "unchanged":
            return action
        return f"would {action}" if self.dry_run else f"{action}d"


@dataclass(frozen=True)
class PolicyDocument:
    """An IAM policy; its fields have IAM's names."""

    Version: str
    Statement: list[dict[str, Any]]

    def line(self) -> str:
        return json.dumps(asdict(self), indent=2)


@dataclass(frozen=True)
class PolicyDocuments:
    """The two policies of a deployer."""

    model: PolicyDocument
    app: PolicyDocument

    def line(self) -> str:
        return json.dumps(asdict(self), indent=2)


@translated()
def setup(
    aws: Aws,
    *,
    ui: Ui,
    role_arn: str | None = None,
    boundary: str | None = None,
    kms_key: str | None = None,
    dry_run: bool = False,
) -> Setup:
    """Create the stage's bucket, role and table, or update them to the settings they should have.

    With `role_arn` that role is used, and none is created. Without `kms_key` the stage keeps the
    key that it has.

    Raises:
        NameTaken: another account owns the bucket's name.
        AccessDenied: these credentials may not create or change them.
        InvalidSetting: the KMS key cannot be used.
    """
    names = aws.names
    if kms_key:
        check_key(aws, kms_key)
    return Setup(
        names.bucket,
        role_arn or names.role,
        ensure_bucket(aws, ui=ui, role_arn=role_arn, kms_key=kms_key, dry_run=dry_run),
        "unchanged" if role_arn else ensure_role(aws, ui=ui, boundary=boundary, dry_run=dry_run),
        names.feedback_table,
        ensure_table(aws, ui=ui, dry_run=dry_run),
        kms_key or read_key(aws),
        dry_run,
    )


@dataclass(frozen=True)
class GithubRole:
    """The role of the workflow that releases to the stage."""

    role: str  # ARN
    repository: str
    action: Action
    dry_run: bool = False

    def line(self) -> str:
        verb = f"would {self.action}" if self.dry_run else f"{self.action}d"
        return (
            f"{verb} {self.role}, which the environment of {self.repository} may use; "
            "set its variables AWS_ROLE_ARN and AWS_REGION on GitHub"
        )


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options of `setup`."""
    parser.add_argument(
        "--print-policy",
        nargs="?",
        const="both",
        choices=("model", "app", "both"),
        help="print the IAM policies that you need to run all steps, and create nothing; IAM "
        "takes them one by one (default: both, as one JSON object)",
    )
    parser.add_argument(
        "--github",
        metavar="OWNER/REPO",
        help="create only the role under which this GitHub repository releases to the stage",
    )
    parser.add_argument(
        "--kms-key",
        metavar="ARN",
        help="encrypt the bucket, and the storage of jobs and endpoints, by this KMS key "
        "(default: the key of an earlier setup, or else AWS's own)",
    )
    role = parser.add_mutually_exclusive_group()
    role.add_argument(
        "--role-arn",
        metavar="ARN",
        help="use this role for SageMaker, if you may not create one",
    )
    role.add_argument(
        "--boundary",
        metavar="ARN",
        help="create the role with this permissions boundary, if your account demands one",
    )


@translated()
def set_up_github(aws: Aws, repository: str, *, dry_run: bool = False) -> GithubRole:
    """Create or update the role of the repository's workflow.

    Raises:
        InvalidSetting: the repository is not OWNER/REPO.
    """
    arn, action = ensure_github_role(aws, repository, dry_run=dry_run)
    return GithubRole(arn, repository, action, dry_run)


def run(
    arguments: Namespace, tools: Toolbox
) -> Setup | PolicyDocument | PolicyDocuments | GithubRole:
    if arguments.print_policy:
        documents = {name: PolicyDocument(**each) for name, each in deployer_policies().items()}
        return documents.get(arguments.print_policy) or PolicyDocuments(**documents)
    if arguments.github:
        return set_up_github(tools.connect(), arguments.github, dry_run=arguments.dry_run)
    return setup(
        tools.connect(),
        ui=tools.ui,
        role_arn=arguments.role_arn,
        boundary=arguments.boundary,
        kms_key=arguments.kms_key,
        dry_run=arguments.dry_run,
    )


STEP = Step(
    "setup", "create the stage's bucket, SageMaker role and feedback table", add_arguments, run
)
