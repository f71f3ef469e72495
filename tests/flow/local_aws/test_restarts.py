"""Model servers that end on local_aws: they start again, as SageMaker's containers do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from local_aws.sagemaker.endpoints.serving_process import ServingProcess
from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import until


def ask_or_none(toys: ToyAccount, name: str) -> bytes | None:
    """Return the endpoint's answer, None while its server is starting."""
    try:
        return toys.ask(name, b"x")
    except toys.runtime.exceptions.ModelError as error:
        details: dict[str, Any] = {**error.response}
        assert details["OriginalStatusCode"] == 0
        return None


def test_a_server_that_dies_starts_again(toys: ToyAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its request is a ModelError with original status 0; the endpoint stays in service."""
    monkeypatch.setattr(ServingProcess, "restart_pauses_s", (0,))
    name = toys.endpoint(toys.config(toys.model("mortal")))
    toys.settled_endpoint(name)
    with pytest.raises(
        toys.runtime.exceptions.ModelError, match="could not get a response"
    ) as gone:
        toys.ask(name, b"die")
    error: dict[str, Any] = {**gone.value.response}
    assert error["OriginalStatusCode"] == 0
    until(lambda: ask_or_none(toys, name), lambda found: found == b"mortal:x", "the restart")
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"
    group = f"/aws/sagemaker/Endpoints/{name}"
    until(lambda: toys.log(group), lambda lines: lines.count("serving=mortal") == 2, "the log")
    toys.sagemaker.delete_endpoint(EndpointName=name)


def test_a_server_that_dies_too_often_fails_the_endpoint(
    toys: ToyAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a reason; it answers no more, and can be deleted."""
    monkeypatch.setattr(ServingProcess, "restart_pauses_s", (0, 0))
    name = toys.endpoint(toys.config(toys.model("mortal")))
    toys.settled_endpoint(name)

    def kill() -> str:
        with suppress(toys.runtime.exceptions.ClientError):
            toys.ask(name, b"die")
        return toys.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"]

    until(kill, lambda status: status == "Failed", "the endpoint's failure")
    reason = toys.sagemaker.describe_endpoint(EndpointName=name)["FailureReason"]
    assert reason.startswith("The model server ended 3 times; last line: ")
    with pytest.raises(toys.runtime.exceptions.ClientError, match="not found"):
        toys.ask(name, b"x")
    toys.sagemaker.delete_endpoint(EndpointName=name)


def test_a_deleted_endpoint_is_not_started_again(toys: ToyAccount) -> None:
    """Even if its server ended just before."""
    name = toys.endpoint(toys.config(toys.model("mortal")))
    toys.settled_endpoint(name)
    with pytest.raises(toys.runtime.exceptions.ModelError):
        toys.ask(name, b"die")
    toys.sagemaker.delete_endpoint(EndpointName=name)
    until(
        lambda: toys.sagemaker.list_endpoints(NameContains=name)["Endpoints"],
        lambda found: not found,
        "the deletion",
    )
    assert toys.log(f"/aws/sagemaker/Endpoints/{name}").count("serving=mortal") <= 2
