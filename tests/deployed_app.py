"""The app as a developer deploys it: its zip behind API Gateway, the bundled model's endpoint."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from tests.flow.road import step
from tests.paths import ROOT

_STAGE = "local"
_ENDPOINT = f"movie-sentiment-{_STAGE}"
_IMAGE = "movie-sentiment-serving"  # local_aws starts the program in the artifact instead
_DEADLINE_S = 120


@dataclass(frozen=True)
class DeployedApp:
    """The page's address, and the endpoint behind it, to take away and to bring back."""

    url: str
    environment: Mapping[str, str]

    def bring_endpoint(self) -> None:
        """Deploy the bundled model."""
        artifact = ("--artifact", ROOT / "pretrained" / "model.tar.gz")
        _do("deploy", *artifact, "--image", _IMAGE, environment=self.environment)

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


@contextmanager
def deployed_app(environment: Mapping[str, str], folder: Path) -> Iterator[DeployedApp]:
    """Deploy to the local_aws that `environment` leads to; leave nothing there.

    `chalice deploy` works on a copy in `folder`: it writes what it has deployed into its project.
    """
    variables = {**environment, "STAGE": _STAGE}
    leave_out = shutil.ignore_patterns("deployed", "deployments", "__pycache__", "venv")
    for name in ("chalice_app", "static"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=leave_out)
    _do("setup", environment=variables)
    try:
        _chalice("deploy", folder, variables)
        deployed = folder / "chalice_app" / ".chalice" / "deployed" / f"{_STAGE}.json"
        resources = json.loads(deployed.read_text())["resources"]
        (api,) = (item["rest_api_id"] for item in resources if "rest_api_id" in item)
        url = f"{variables['AWS_ENDPOINT_URL']}/restapis/{api}/prod/_user_request_/"
        app = DeployedApp(url, variables)
        app.bring_endpoint()
        yield app
        _chalice("delete", folder, variables)
    finally:
        _do("teardown", "--yes", environment=variables)


def _do(*arguments: object, environment: Mapping[str, str]) -> None:
    answer = step(*arguments, environment=environment)
    assert answer.exit_code == 0, answer.err


def _chalice(command: str, project: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("chalice"), command, "--stage", _STAGE],
        cwd=project / "chalice_app",
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
