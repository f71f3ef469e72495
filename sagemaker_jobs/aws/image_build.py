"""Build our own image: the ECR repository, and AWS CodeBuild or this machine's Docker."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from sagemaker_jobs.aws import policies
from sagemaker_jobs.aws.encryption import read_key
from sagemaker_jobs.aws.images import context_files
from sagemaker_jobs.aws.log_groups import ensure_log_group
from sagemaker_jobs.aws.names import IMAGE_SOURCES
from sagemaker_jobs.aws.polling import growing_delays
from sagemaker_jobs.aws.role import boundary_of_stage, while_role_is_new
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import ImageFailed, MissingLibrary
from sagemaker_jobs.terminal import Ui

if TYPE_CHECKING:
    from mypy_boto3_codebuild.type_defs import BuildTypeDef

# SageMaker refuses OCI manifests and other processors' images; both are defaults of a plain build
_BUILD = (
    *("docker", "buildx", "build", "--platform", "linux/amd64"),
    *("--provenance=false", "--output", "type=docker", "--tag"),
)
_BUILD_SPEC = f"""version: 0.2
phases:
  build:
    commands:
      - aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"
      - {" ".join(_BUILD)} "$IMAGE" .
      - docker push "$IMAGE"
"""
_KEPT_IMAGES = 5
_BUILD_MACHINE = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
_BUILD_MINUTES = 30


def ensure_repository(aws: Aws) -> None:
    """Create the stage's ECR repository if it does not exist: scanned, with old images expired."""
    name = aws.names.repository
    if or_none(lambda: aws.ecr.describe_repositories(repositoryNames=[name])) is None:
        aws.ecr.create_repository(
            repositoryName=name,
            imageScanningConfiguration={"scanOnPush": True},
            tags=aws.names.tag_list,  # type: ignore[arg-type]
        )
    expiry = {
        "rulePriority": 1,
        "selection": {
            "tagStatus": "any",
            "countType": "imageCountMoreThan",
            "countNumber": _KEPT_IMAGES,
        },
        "action": {"type": "expire"},
    }
    aws.ecr.put_lifecycle_policy(
        repositoryName=name, lifecyclePolicyText=json.dumps({"rules": [expiry]})
    )


def is_own_repository(aws: Aws) -> bool:
    """Return whether the repository exists and carries the stage's tags."""
    name = aws.names.repository
    found = or_none(lambda: aws.ecr.describe_repositories(repositoryNames=[name]))
    if found is None:
        return False
    arn = found["repositories"][0]["repositoryArn"]
    tags = aws.ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    return aws.names.owns({tag["Key"]: tag["Value"] for tag in tags})


def build_on_codebuild(
    aws: Aws, image: str, tag: str, *, ui: Ui, sleep: Callable[[float], None]
) -> None:
    """Build and push the image with AWS CodeBuild; show its log.

    Raises:
        ImageFailed: the build failed; its log was shown.
    """
    key = f"{IMAGE_SOURCES}/{tag}.zip"
    aws.s3.put_object(Bucket=aws.names.bucket, Key=key, Body=_zipped_context())
    _ensure_project(aws, ui=ui, sleep=sleep)
    variables = {"REGISTRY": aws.names.registry, "IMAGE": image}
    build = aws.codebuild.start_build(
        projectName=aws.names.image_project,
        sourceTypeOverride="S3",
        sourceLocationOverride=f"{aws.names.bucket}/{key}",
        environmentVariablesOverride=[
            {"name": name, "value": value} for name, value in variables.items()
        ],
    )["build"]
    ui.say(f"CodeBuild builds {image} ({build['id']})")
    token: str | None = None
    for delay_s in growing_delays():  # ends with the build, which the project limits
        sleep(delay_s)
        build = aws.codebuild.batch_get_builds(ids=[build["id"]])["builds"][0]
        token = _show_log(aws, build, token, ui)
        if build["buildStatus"] != "IN_PROGRESS":
            break
    if build["buildStatus"] != "SUCCEEDED":
        raise ImageFailed(
            f"CodeBuild could not build the image: {build['buildStatus']}",
            hint="read its log above, or use --docker to build it on this machine",
        )


def _ensure_project(aws: Aws, *, ui: Ui, sleep: Callable[[float], None]) -> None:
    """Create the build's role and project if they do not exist."""
    role, project = aws.names.image_role, aws.names.image_project
    if or_none(lambda: aws.iam.get_role(RoleName=role)) is None:
        aws.iam.create_role(
            RoleName=role,
            AssumeRolePolicyDocument=json.dumps(
                policies.trust_policy(aws.names, "codebuild.amazonaws.com")
            ),
            Description="What CodeBuild may do for movie-sentiment",
            Tags=cast("Any", aws.names.tag_list),
            **boundary_of_stage(aws),
        )
    aws.iam.put_role_policy(
        RoleName=role,
        PolicyName="image-build",
        PolicyDocument=json.dumps(policies.build_policy(aws.names, read_key(aws))),
    )
    ensure_log_group(aws, aws.names.image_log_group)
    if aws.codebuild.batch_get_projects(names=[project])["projects"]:
        return
    while_role_is_new(
        lambda: aws.codebuild.create_project(
            name=project,
            source={
                "type": "S3",
                "location": f"{aws.names.bucket}/{IMAGE_SOURCES}/",
                "buildspec": _BUILD_SPEC,
            },
            artifacts={"type": "NO_ARTIFACTS"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": _BUILD_MACHINE,
                "computeType": "BUILD_GENERAL1_SMALL",
                "privilegedMode": True,  # Docker needs it
            },
            serviceRole=aws.names.arn_of_role(role),
            timeoutInMinutes=_BUILD_MINUTES,
            tags=[{"key": key, "value": value} for key, value in aws.names.tags.items()],
        ),
        ui=ui,
        sleep=sleep,
    )


def _show_log(aws: Aws, build: BuildTypeDef, token: str | None, ui: Ui) -> str | None:
    """Show the build's new log lines; return where the next ones begin."""
    place = build.get("logs", {})
    if "groupName" not in place or "streamName" not in place:
        return None  # not started
    start: dict[str, Any] = {"nextToken": token} if token else {"startFromHead": True}
    events = or_none(
        lambda: aws.logs.get_log_events(
            logGroupName=place["groupName"], logStreamName=place["streamName"], **start
        )
    )
    if events is None:
        return token
    for event in events["events"]:
        ui.say(event["message"].rstrip())
    return events["nextForwardToken"]


def build_with_docker(aws: Aws, image: str, *, ui: Ui) -> None:
    """Build the image with this machine's Docker and push it.

    Raises:
        MissingLibrary: Docker is not installed.
        ImageFailed: Docker failed; its output was shown.
    """
    answer = aws.ecr.get_authorization_token()["authorizationData"][0]
    password = base64.b64decode(answer["authorizationToken"]).partition(b":")[2]
    login = ("docker", "login", "--username", "AWS", "--password-stdin", aws.names.registry)
    _run(login, password, ui)
    _run((*_BUILD, image, "-"), _packed_context(), ui)
    _run(("docker", "push", image), b"", ui)


def _run(command: Sequence[str], given: bytes, ui: Ui) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - Docker, with arguments in a list
            command, input=given, capture_output=True, check=False
        )
    except OSError as error:
        raise MissingLibrary(
            f"Docker cannot be started: {error.strerror}",
            hint="leave out --docker to build with AWS CodeBuild",
        ) from error
    for line in (done.stdout + done.stderr).decode("utf-8", "replace").splitlines():
        ui.say(line)
    if done.returncode != 0:
        raise ImageFailed(
            f"{' '.join(command[:3])} failed with code {done.returncode}",
            hint="read its output above, or leave out --docker to build with AWS CodeBuild",
        )


def _zipped_context() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(context_files().items()):
            archive.write(path, name)
    return buffer.getvalue()


def _packed_context() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, path in sorted(context_files().items()):
            archive.add(path, name)
    return buffer.getvalue()
