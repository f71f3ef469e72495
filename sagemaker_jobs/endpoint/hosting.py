"""Where the endpoint's model runs, if nobody says it."""

from __future__ import annotations

from typing import Literal

from sagemaker_jobs.aws import images
from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.terminal import Ui

Hosting = Literal["serverless", "instance"]


def choose_hosting(aws: Aws, wanted: Hosting | None, image: str | None, *, ui: Ui) -> Hosting:
    """Return the hosting wanted, or else the stage's default for the image.

    The stage dev is serverless if our own image is in ECR, which starts in a second after a pause.
    """
    if wanted or aws.stage != "dev":
        return wanted or "instance"
    if images.is_own(aws, image) if image else images.own_image(aws):
        ui.say("hosting: serverless, which costs nothing when idle; --hosting instance is quicker")
        return "serverless"
    if image is None:
        ui.say(
            "hosting: an instance, billed by the hour also when idle. Serverless hosting costs "
            "nothing then, and needs our own image: build it with "
            f"python -m sagemaker_jobs image {aws.options}"
        )
    return "instance"
