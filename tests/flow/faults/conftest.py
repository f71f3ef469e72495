"""The deployed app, whose calls to AWS pass a network that fails on command."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local_aws import LocalAws
from tests.support.api_client import JSON, Reply, send
from tests.support.deployed_app import deployed_app
from tests.support.faulty_network import FaultyNetwork
from tests.support.local_aws.toys import ToyAccount
from tests.support.local_server import running
from tests.support.served_app import ServedApp, do
from tests.support.timeouts import until

FUNCTION = "movie-sentiment-local"
REVIEW = "A wonderful, moving film with a great cast."


@dataclass(frozen=True)
class Road:
    """The deployed app's address, and what it depends on."""

    app: ServedApp
    network: FaultyNetwork
    toys: ToyAccount  # the account's clients

    def lead_to(self, address: str) -> None:
        """Point the function's model and table at `address`."""
        functions = self.toys.functions
        found = functions.get_function_configuration(FunctionName=FUNCTION)
        variables = {**found["Environment"]["Variables"]}
        for service in ("SAGEMAKER_RUNTIME", "DYNAMODB"):
            variables[f"AWS_ENDPOINT_URL_{service}"] = address
        functions.update_function_configuration(
            FunctionName=FUNCTION, Environment={"Variables": variables}
        )

    def judge(self, review: str = REVIEW) -> Reply:
        return self.post("review", {"review": review})

    def give_feedback(self) -> Reply:
        return self.post("feedback", {"right": True, "score": 0.9, "model_version": "1"})

    def post(self, path: str, content: object) -> Reply:
        return send(self.app.url + path, "POST", json.dumps(content), JSON)

    def log(self) -> list[dict[str, Any]]:
        """Return the app's lines of requests, oldest first."""
        lines = self.toys.log(f"/aws/lambda/{FUNCTION}")
        contents = [line.rstrip().rpartition("\t")[2] for line in lines]
        return [json.loads(content) for content in contents if content.startswith("{")]

    def await_cause(self, cause: str) -> dict[str, Any]:
        """Return the log's last line with a cause that begins so, once it is there."""

        def find() -> list[dict[str, Any]]:
            return [line for line in self.log() if str(line.get("cause")).startswith(cause)]

        return until(find, bool, "the log")[-1]


@pytest.fixture(scope="module")
def road(
    local_aws_server: LocalAws, toys: ToyAccount, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("project")
    network = FaultyNetwork(local_aws_server.environment["AWS_ENDPOINT_URL"])
    with (
        deployed_app(local_aws_server.environment, folder) as app,
        running(network) as url,
    ):
        do("harden", environment=app.environment)
        app.bring_endpoint()
        made = Road(app, network, toys)
        made.lead_to(url)
        assert made.judge().status == 200
        yield made
        app.take_endpoint()
    gc.collect()
