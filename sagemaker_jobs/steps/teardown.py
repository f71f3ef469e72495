"""`teardown`: delete the stage's resources, and report what was deleted and what is left."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sagemaker_jobs.aws import bucket, feedback_table, inventory, web_app
from sagemaker_jobs.aws.image_build import is_own_repository
from sagemaker_jobs.aws.names import TRAINING_LOG_GROUP
from sagemaker_jobs.aws.polling import looks
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none, translated
from sagemaker_jobs.endpoint import endpoint
from sagemaker_jobs.errors import AwsError
from sagemaker_jobs.hardening.leftovers import find_leftovers
from sagemaker_jobs.paths import WEB_APP
from sagemaker_jobs.step import Step, Toolbox
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training import job_log, training_job

_STOP_TIMEOUT_S = 300


@dataclass(frozen=True)
class Teardown:
    """The resources removed and left."""

    stage: str
    removed: tuple[str, ...]
    left: tuple[str, ...]
    dry_run: bool = False

    def line(self) -> str:
        if self.dry_run:
            lines = [f"would remove {thing}" for thing in self.removed]
        elif self.removed:
            lines = [f"removed {len(self.removed)} resources of the stage {self.stage}"]
        else:
            lines = [f"nothing of the stage {self.stage} to remove"]
        return "\n".join([*lines, *(f"left: {thing}" for thing in self.left)])


@dataclass(frozen=True)
class _Thing:
    """A resource to remove."""

    name: str  # as shown to the user
    remove: Callable[[], object]


@translated()
def teardown(
    aws: Aws,
    *,
    keep_bucket: bool = False,
    confirmed: bool = False,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.time,
    dry_run: bool = False,
    project: Path = WEB_APP,
) -> Teardown:
    """Remove the stage's resources, the costly ones first; return what was removed and is left.

    Only resources with the stage's tags are removed. You can repeat it safely.

    Raises:
        Declined: the user did not confirm.
    """
    jobs = inventory.jobs(aws)
    things = [
        *_endpoint_things(aws, ui, sleep, clock),
        *(_Thing(name, remove) for name, remove in find_leftovers(aws)),
        *_web_app_things(aws, ui, project),
        *_job_things(aws, jobs, sleep, clock),
        *([] if keep_bucket else [*_bucket_things(aws, ui), *_table_things(aws)]),
        *_image_things(aws),
        *_role_things(aws),
    ]
    left = tuple(_left(aws, len(jobs), keep_bucket=keep_bucket))
    if dry_run or not things:
        return Teardown(aws.stage, tuple(thing.name for thing in things), left, dry_run)
    if not confirmed:
        for thing in things:
            ui.say(f"to remove: {thing.name}")
        ui.confirm(
            f"Permanently remove all this from the stage {aws.stage} in {aws.region}?",
            otherwise="add --yes to remove it without confirmation, or --dry-run to list it",
        )
    removed = []
    for thing in things:
        thing.remove()
        ui.say(f"removed {thing.name}")
        removed.append(thing.name)
    return Teardown(aws.stage, tuple(removed), left)


def _endpoint_things(
    aws: Aws, ui: Ui, sleep: Callable[[float], None], clock: Callable[[], float]
) -> Iterator[_Thing]:
    sagemaker = aws.sagemaker
    for name in inventory.endpoints(aws):
        yield _Thing(
            f"endpoint {name}",
            partial(endpoint.delete, aws, name, ui=ui, sleep=sleep, clock=clock),
        )
    for name in inventory.endpoint_configs(aws):
        yield _Thing(
            f"endpoint configuration {name}",
            partial(sagemaker.delete_endpoint_config, EndpointConfigName=name),
        )
    for name in inventory.models(aws):
        yield _Thing(f"model {name}", partial(sagemaker.delete_model, ModelName=name))
    yield from _log_group_things(aws, aws.names.endpoint_log_group)


def _web_app_things(aws: Aws, ui: Ui, project: Path) -> Iterator[_Thing]:
    exists = web_app.exists(aws)
    if web_app.has_record(aws):
        yield _Thing(
            f"web app {aws.names.web_app}", partial(web_app.delete, aws, ui=ui, project=project)
        )
    elif exists:  # deployed without us: `_left` reports it
        return
    # Lambda and `harden` make log groups, which `chalice delete` leaves
    yield from _log_group_things(aws, aws.names.web_app_log_group)
    yield from _log_group_things(aws, aws.names.access_log_group)


def _log_group_things(aws: Aws, group: str) -> Iterator[_Thing]:
    if _log_group_exists(aws, group):
        yield _Thing(f"log group {group}", partial(aws.logs.delete_log_group, logGroupName=group))


def _log_group_exists(aws: Aws, group: str) -> bool:
    found = aws.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return any(item["logGroupName"] == group for item in found)


def _job_things(
    aws: Aws,
    jobs: list[inventory.Job],
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[_Thing]:
    for job in jobs:
        if job.status in {"InProgress", "Stopping"}:
            yield _Thing(f"running training job {job.name}", partial(_stop, aws, job, sleep, clock))
        for stream in job_log.streams(aws.logs, job.name):
            yield _Thing(
                f"log {stream}",
                partial(
                    aws.logs.delete_log_stream,
                    logGroupName=TRAINING_LOG_GROUP,
                    logStreamName=stream,
                ),
            )


def _stop(
    aws: Aws, job: inventory.Job, sleep: Callable[[float], None], clock: Callable[[], float]
) -> None:
    """Stop the job and return when it no longer writes to the bucket."""
    if job.status == "InProgress":
        training_job.request_stop(aws, job.name)
    for _ in looks(_STOP_TIMEOUT_S, sleep=sleep, clock=clock):
        description = inventory.describe_job(aws, job.name)
        if description["TrainingJobStatus"] not in {"InProgress", "Stopping"}:
            return
    raise AwsError(
        f"training job {job.name} has not stopped after {_STOP_TIMEOUT_S} s",
        hint="repeat teardown in a few minutes",
    )


def _bucket_things(aws: Aws, ui: Ui) -> Iterator[_Thing]:
    if bucket.is_own(aws):
        yield _Thing(f"bucket {aws.names.bucket} and its content", partial(_remove_bucket, aws, ui))


def _remove_bucket(aws: Aws, ui: Ui) -> None:
    name = aws.names.bucket
    pages = aws.s3.get_paginator("list_object_versions").paginate(Bucket=name)
    for page in pages:
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            continue
        answer = aws.s3.delete_objects(
            Bucket=name,
            Delete={
                "Objects": [{"Key": o["Key"], "VersionId": o["VersionId"]} for o in found],
                "Quiet": True,
            },
        )
        for error in answer.get("Errors", []):
            raise AwsError(
                f"S3 keeps {error.get('Key')}: {error.get('Message')}",
                hint="remove the object's protection, then repeat teardown",
            )
        ui.say(f"removed {len(found)} objects")
    aws.s3.delete_bucket(Bucket=name)


def _table_things(aws: Aws) -> Iterator[_Thing]:
    if feedback_table.is_own(aws):
        name = f"table {aws.names.feedback_table} and the feedback in it"
        yield _Thing(name, partial(feedback_table.remove_table, aws))


def _image_things(aws: Aws) -> Iterator[_Thing]:
    if is_own_repository(aws):
        name = aws.names.repository
        yield _Thing(
            f"image repository {name} and its images",
            partial(aws.ecr.delete_repository, repositoryName=name, force=True),
        )
    project = aws.names.image_project
    found = aws.codebuild.batch_get_projects(names=[project])["projects"]
    tags = found[0].get("tags", []) if found else []
    if aws.names.owns({tag["key"]: tag["value"] for tag in tags}):
        yield _Thing(
            f"build project {project}", partial(aws.codebuild.delete_project, name=project)
        )
    yield from _log_group_things(aws, f"/aws/codebuild/{project}")


def _role_things(aws: Aws) -> Iterator[_Thing]:
    for role in (aws.names.role, aws.names.image_role):
        answer = or_none(lambda role=role: aws.iam.get_role(RoleName=role))  # type: ignore[misc]
        tags = answer["Role"].get("Tags", []) if answer else []
        if aws.names.owns({tag["Key"]: tag["Value"] for tag in tags}):
            yield _Thing(f"role {role}", partial(_remove_role, aws, role))


def _remove_role(aws: Aws, role: str) -> None:
    iam = aws.iam
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=role)


def _left(aws: Aws, n_jobs: int, *, keep_bucket: bool) -> Iterator[str]:
    names = aws.names
    bucket_exists = bucket.exists(aws)
    if bucket_exists and keep_bucket:
        yield f"bucket {names.bucket}, kept by --keep-bucket"
    elif bucket_exists and not bucket.is_own(aws):
        yield f"bucket {names.bucket}, which does not carry the stage's tags"
    if feedback_table.count_feedback(aws) is not None:
        if keep_bucket:
            yield f"table {names.feedback_table}, kept by --keep-bucket"
        elif not feedback_table.is_own(aws):
            yield f"table {names.feedback_table}, which does not carry the stage's tags"
    if n_jobs:
        yield (
            f"{n_jobs} training job records; they cost nothing, and "
            "aws sagemaker delete-training-job --training-job-name NAME removes one"
        )
    if web_app.exists(aws) and not web_app.has_record(aws):
        apis = "".join(f", REST API {api}" for api in web_app.rest_apis(aws))
        yield (
            f"the web app: function {names.web_app}{apis}; to delete it, run cd chalice_app && "
            f"chalice delete --stage {names.stage} where you deployed it, then repeat teardown "
            "to delete its log group"
        )


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="delete without asking for confirmation")
    parser.add_argument(
        "--keep-bucket",
        action="store_true",
        help="keep the bucket and the feedback table: datasets, models, feedback",
    )


def run(arguments: Namespace, tools: Toolbox) -> Teardown:
    return teardown(
        tools.connect(),
        keep_bucket=arguments.keep_bucket,
        confirmed=arguments.yes,
        ui=tools.ui,
        sleep=tools.sleep,
        clock=tools.clock,
        dry_run=arguments.dry_run,
    )


STEP = Step("teardown", "delete everything that the steps created in the stage", add_arguments, run)
