"""The resources of a stage: what `teardown` removes, and what it leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from sagemaker_jobs.aws import bucket, feedback_table, inventory, web_app
from sagemaker_jobs.aws.image_build import is_own_repository
from sagemaker_jobs.aws.log_groups import log_group_exists
from sagemaker_jobs.aws.names import TRAINING_LOG_GROUP
from sagemaker_jobs.aws.role import remove_role
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.bulk import jobs as bulk_jobs
from sagemaker_jobs.endpoint import endpoint, guard
from sagemaker_jobs.endpoint.autoscaling import read_scaling, remove_scaling
from sagemaker_jobs.hardening.limits import find_limits
from sagemaker_jobs.operations import alarms
from sagemaker_jobs.operations.expiry import clear_expiry, read_expiry
from sagemaker_jobs.operations.leftovers import find_leftovers
from sagemaker_jobs.operations.removal import Left, Thing, without_doubles
from sagemaker_jobs.release import registry
from sagemaker_jobs.terminal import Ui
from sagemaker_jobs.training import job_log, training_job


def find_resources(
    aws: Aws,
    *,
    keep_bucket: bool,
    ui: Ui,
    sleep: Callable[[float], None],
    clock: Callable[[], float],
    project: Path,
) -> tuple[list[Thing], list[Left]]:
    """Return what to remove, the costly things first, and what is left."""
    jobs = inventory.jobs(aws)
    tagged = list(find_leftovers(aws, web_app.rest_apis(aws)))
    things = without_doubles(
        [
            *_endpoint_things(aws, ui, sleep, clock),
            *(Thing(name, remove) for name, remove in find_limits(aws)),
            *_web_app_things(aws, ui, project),
            *_job_things(aws, jobs, sleep, clock),
            *_bulk_things(aws, sleep, clock),
            *([] if keep_bucket else _kept_things(aws, ui)),
            *_image_things(aws),
            *_watch_things(aws),
            *(thing for thing in tagged if isinstance(thing, Thing)),
            *_role_things(aws),
        ]
    )
    left = [
        *(thing for thing in tagged if isinstance(thing, Left)),
        *_left(aws, len(jobs), keep_bucket=keep_bucket),
    ]
    return things, left


def _endpoint_things(
    aws: Aws, ui: Ui, sleep: Callable[[float], None], clock: Callable[[], float]
) -> Iterator[Thing]:
    sagemaker = aws.sagemaker
    if read_scaling(aws):
        yield Thing("autoscaling of the endpoint", partial(remove_scaling, aws))
    for name in inventory.endpoints(aws):
        yield Thing(
            f"endpoint {name}",
            partial(endpoint.delete, aws, name, ui=ui, sleep=sleep, clock=clock),
        )
    for name in inventory.endpoint_configs(aws):
        yield Thing(
            f"endpoint configuration {name}",
            partial(sagemaker.delete_endpoint_config, EndpointConfigName=name),
        )
    for name in inventory.models(aws):
        yield Thing(f"model {name}", partial(sagemaker.delete_model, ModelName=name))
    if guard.has_alarm(aws):
        yield Thing(f"alarm {aws.names.error_alarm}", partial(guard.remove_alarm, aws))
    if read_expiry(aws):
        yield Thing(f"schedule {aws.names.expiry}", partial(clear_expiry, aws))
    yield from _log_group_things(aws, aws.names.endpoint_log_group)


def _web_app_things(aws: Aws, ui: Ui, project: Path) -> Iterator[Thing]:
    name = f"web app {aws.names.web_app}"
    if web_app.has_record(aws):
        yield Thing(name, partial(web_app.delete, aws, ui=ui, project=project))
    elif web_app.is_own(aws):
        yield Thing(name, partial(web_app.delete_without_record, aws))
    elif web_app.exists(aws):  # `_left` reports it
        return
    # Lambda and `harden` make log groups, which `chalice delete` leaves
    yield from _log_group_things(aws, aws.names.web_app_log_group)
    yield from _log_group_things(aws, aws.names.access_log_group)


def _log_group_things(aws: Aws, group: str) -> Iterator[Thing]:
    if log_group_exists(aws, group):
        yield Thing(f"log group {group}", partial(aws.logs.delete_log_group, logGroupName=group))


def _job_things(
    aws: Aws,
    jobs: list[inventory.Job],
    sleep: Callable[[float], None],
    clock: Callable[[], float],
) -> Iterator[Thing]:
    for job in jobs:
        if job.status in {"InProgress", "Stopping"}:
            yield Thing(
                f"running training job {job.name}",
                partial(training_job.stop_and_wait, aws, job.name, sleep=sleep, clock=clock),
            )
        yield from _log_things(aws, job.name, TRAINING_LOG_GROUP)


def _log_things(aws: Aws, job: str, group: str) -> Iterator[Thing]:
    remove = partial(aws.logs.delete_log_stream, logGroupName=group)
    for stream in job_log.streams(aws.logs, job, group):
        yield Thing(f"log {stream}", partial(remove, logStreamName=stream))


def _bulk_things(
    aws: Aws, sleep: Callable[[float], None], clock: Callable[[], float]
) -> Iterator[Thing]:
    for kind in bulk_jobs.KINDS:
        for name, status in bulk_jobs.find_jobs(aws, kind):
            if status in {"InProgress", "Stopping"}:
                stop = partial(bulk_jobs.stop, aws, kind, name, sleep=sleep, clock=clock)
                yield Thing(f"running {kind} job {name}", stop)
            yield from _log_things(aws, name, bulk_jobs.LOG_GROUPS[kind])


def _kept_things(aws: Aws, ui: Ui) -> Iterator[Thing]:
    """Yield what --keep-bucket keeps: the bucket, its models' registry and the feedback."""
    if registry.has_group(aws):
        name = f"model registry {aws.names.model_group}"
        yield Thing(name, partial(registry.remove_group, aws))
    yield from _bucket_things(aws, ui)
    yield from _table_things(aws)


def _bucket_things(aws: Aws, ui: Ui) -> Iterator[Thing]:
    if bucket.is_own(aws):
        yield Thing(
            f"bucket {aws.names.bucket} and its content", partial(bucket.remove, aws, ui=ui)
        )


def _table_things(aws: Aws) -> Iterator[Thing]:
    if feedback_table.is_own(aws):
        name = f"table {aws.names.feedback_table} and the feedback in it"
        yield Thing(name, partial(feedback_table.remove_table, aws))


def _image_things(aws: Aws) -> Iterator[Thing]:
    if is_own_repository(aws):
        name = aws.names.repository
        yield Thing(
            f"image repository {name} and its images",
            partial(aws.ecr.delete_repository, repositoryName=name, force=True),
        )
    project = aws.names.image_project
    found = aws.codebuild.batch_get_projects(names=[project])["projects"]
    tags = found[0].get("tags", []) if found else []
    if aws.names.owns({tag["key"]: tag["value"] for tag in tags}):
        yield Thing(f"build project {project}", partial(aws.codebuild.delete_project, name=project))
    yield from _log_group_things(aws, aws.names.image_log_group)


def _watch_things(aws: Aws) -> Iterator[Thing]:
    if alarms.dashboard_exists(aws):
        yield Thing(f"dashboard {aws.names.base}", partial(alarms.delete_dashboard, aws))
    if alarms.spend_alarm_exists(aws):  # in another region; the tags find the others
        yield Thing(f"alarm {aws.names.base}-spend", partial(alarms.delete_spend_alarm, aws))


def _role_things(aws: Aws) -> Iterator[Thing]:
    names = aws.names
    own = [] if web_app.exists(aws) else [names.web_app_role]  # it goes with the web app
    for role in (names.role, names.image_role, names.github_role, names.expiry, *own):
        answer = or_none(lambda role=role: aws.iam.get_role(RoleName=role))  # type: ignore[misc]
        tags = answer["Role"].get("Tags", []) if answer else []
        if aws.names.owns({tag["Key"]: tag["Value"] for tag in tags}):
            yield Thing(f"role {role}", partial(remove_role, aws, role))


def _left(aws: Aws, n_jobs: int, *, keep_bucket: bool) -> Iterator[Left]:
    names = aws.names
    untagged = "which does not carry the stage's tags"
    bucket_exists = bucket.exists(aws)
    if bucket_exists and keep_bucket:
        yield Left(f"bucket {names.bucket}, kept by --keep-bucket", costs=False)
    elif bucket_exists and not bucket.is_own(aws):
        yield Left(f"bucket {names.bucket}, {untagged}", costs=True)
    if feedback_table.count_feedback(aws) is not None:
        if keep_bucket:
            yield Left(f"table {names.feedback_table}, kept by --keep-bucket", costs=False)
        elif not feedback_table.is_own(aws):
            yield Left(f"table {names.feedback_table}, {untagged}", costs=True)
    if n_jobs:
        yield Left(
            f"{n_jobs} training job records; they cost nothing, and "
            "aws sagemaker delete-training-job --training-job-name NAME removes one",
            costs=False,
        )
    if web_app.exists(aws) and not web_app.has_record(aws) and not web_app.is_own(aws):
        apis = "".join(f", REST API {api}" for api in web_app.rest_apis(aws))
        yield Left(
            f"the web app: function {names.web_app}{apis}; delete it as it was deployed (sam "
            "delete), then repeat teardown to delete its log group",
            costs=True,
        )
