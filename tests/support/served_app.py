"""A running app with the bundled model's endpoint behind it, to take away and to bring back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3

from tests.support.paths import ROOT
from tests.support.pipeline import step

STAGE = "local"
_ENDPOINT = f"movie-sentiment-{STAGE}"
_IMAGE = "movie-sentiment-serving"  # local_aws starts the program in the artifact instead


@dataclass(frozen=True)
class ServedApp:
    """The page's address, and the variables that lead to the AWS it runs on."""

    url: str
    environment: Mapping[str, str]

    def bring_endpoint(self) -> None:
        """Deploy the bundled model."""
        artifact = ("--artifact", ROOT / "pretrained")
        do("deploy", *artifact, "--image", _IMAGE, environment=self.environment)

    def take_endpoint(self) -> None:
        """Delete the endpoint, as somebody who saves money does."""
        self._sagemaker().delete_endpoint(EndpointName=_ENDPOINT)

    def _sagemaker(self) -> Any:
        given = self.environment
        return boto3.client(
            "sagemaker",
            endpoint_url=given["AWS_ENDPOINT_URL"],
            region_name=given["AWS_DEFAULT_REGION"],
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )


def do(*arguments: object, environment: Mapping[str, str]) -> None:
    """Run a step of the workflow; it must succeed."""
    answer = step(*arguments, environment=environment)
    assert answer.exit_code == 0, answer.err
