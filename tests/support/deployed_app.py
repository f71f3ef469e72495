"""The app as a developer deploys it: its zip behind API Gateway, on local_aws."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.support.chalice_project import copy_of_web_app, do_chalice
from tests.support.served_app import STAGE, ServedApp, do


@contextmanager
def deployed_app(environment: Mapping[str, str], folder: Path) -> Iterator[ServedApp]:
    """Deploy the app, with no endpoint yet, where `environment` leads to; leave nothing there."""
    variables = {**environment, "STAGE": STAGE}
    project = copy_of_web_app(folder)
    do("setup", environment=variables)
    try:
        do_chalice(project, "deploy", "--stage", STAGE, environment=variables)
        deployed = project / ".chalice" / "deployed" / f"{STAGE}.json"
        resources = json.loads(deployed.read_text())["resources"]
        (api,) = (item["rest_api_id"] for item in resources if "rest_api_id" in item)
        url = f"{variables['AWS_ENDPOINT_URL']}/restapis/{api}/prod/_user_request_/"
        yield ServedApp(url, variables)
    finally:
        do("teardown", "--yes", environment=variables)
