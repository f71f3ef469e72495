"""The app as a developer deploys it: its zip behind API Gateway, on local_aws."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.paths import ROOT
from tests.served_app import STAGE, ServedApp, do

_DEADLINE_S = 120


@contextmanager
def deployed_app(environment: Mapping[str, str], folder: Path) -> Iterator[ServedApp]:
    """Deploy the app, with no endpoint yet, where `environment` leads to; leave nothing there.

    `chalice deploy` works on a copy in `folder`: it writes what it has deployed into its project.
    """
    variables = {**environment, "STAGE": STAGE}
    leave_out = shutil.ignore_patterns("deployed", "deployments", "__pycache__", "venv")
    for name in ("chalice_app", "static"):
        shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=leave_out)
    do("setup", environment=variables)
    try:
        _chalice("deploy", folder, variables)
        deployed = folder / "chalice_app" / ".chalice" / "deployed" / f"{STAGE}.json"
        resources = json.loads(deployed.read_text())["resources"]
        (api,) = (item["rest_api_id"] for item in resources if "rest_api_id" in item)
        url = f"{variables['AWS_ENDPOINT_URL']}/restapis/{api}/prod/_user_request_/"
        yield ServedApp(url, variables)
        _chalice("delete", folder, variables)
    finally:
        do("teardown", "--yes", environment=variables)


def _chalice(command: str, project: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("chalice"), command, "--stage", STAGE],
        cwd=project / "chalice_app",
        env={**os.environ, **environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
