"""`image`: build our own serving image from today's code, and push it to the account's ECR."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from sagemaker_jobs.aws.bucket import require_bucket
from sagemaker_jobs.aws.image_build import (
    build_on_codebuild,
    build_with_docker,
    ensure_repository,
)
from sagemaker_jobs.aws.images import context_tag, own_image
from sagemaker_jobs.aws.names import Action
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import ImageFailed
from sagemaker_jobs.step import Step, Toolbox
from sagemaker_jobs.terminal import Ui


@dataclass(frozen=True)
class Image:
    """Our image in ECR; `uri` has its digest once it exists."""

    uri: str
    action: Action
    dry_run: bool = False

    def line(self) -> str:
        if self.action == "unchanged":
            return f"unchanged: image {self.uri}"
        return f"{'would build' if self.dry_run else 'built'} image {self.uri}"


@translated()
def build_image(
    aws: Aws,
    *,
    docker: bool = False,
    ui: Ui,
    sleep: Callable[[float], None] = time.sleep,
    dry_run: bool = False,
) -> Image:
    """Build and push the image, unless ECR holds that of today's code; return it.

    Raises:
        NotThere: the stage has no bucket.
        ImageFailed: the build failed; its log was shown.
        MissingLibrary: Docker is chosen and not installed.
    """
    require_bucket(aws)
    existing = own_image(aws)
    if existing:
        return Image(existing, "unchanged", dry_run)
    tag = context_tag()
    name = f"{aws.names.registry}/{aws.names.repository}:{tag}"
    if dry_run:
        return Image(name, "create", dry_run)
    ensure_repository(aws)
    if docker:
        build_with_docker(aws, name, ui=ui)
    else:
        build_on_codebuild(aws, name, tag, ui=ui, sleep=sleep)
    pushed = own_image(aws)
    if pushed is None:
        raise ImageFailed(
            f"the build succeeded, but ECR has no image {name}",
            hint="read the build's log, and repeat",
        )
    return Image(pushed, "create")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--docker",
        action="store_true",
        help="build with Docker on this machine (default: with AWS CodeBuild)",
    )


def run(arguments: Namespace, tools: Toolbox) -> Image:
    return build_image(
        tools.connect(),
        docker=arguments.docker,
        ui=tools.ui,
        sleep=tools.sleep,
        dry_run=arguments.dry_run,
    )


STEP = Step("image", "build our own serving image and push it to ECR", add_arguments, run)
