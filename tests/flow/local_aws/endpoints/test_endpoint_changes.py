"""Endpoints on local_aws that are created, updated and deleted, as AWS does it."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import ToyAccount
from tests.support.timeouts import OFTEN, until


def test_an_instance_endpoint_never_becomes_a_serverless_one(toys: ToyAccount) -> None:
    """AWS refuses that update; the other way it goes, and only once."""
    model = toys.model("one")
    serverless = toys.config(model, ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    instance = toys.config(model)
    name = toys.endpoint(serverless)
    toys.settled_endpoint(name)
    toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=instance)
    assert toys.settled_endpoint(name)["EndpointConfigName"] == instance
    with pytest.raises(ClientError) as refused:
        toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=serverless)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert toys.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"


def test_an_update_switches_without_a_gap_and_a_bad_one_rolls_back(
    toys: ToyAccount, tmp_path: Path
) -> None:
    """While an endpoint is updated the old model answers; a broken new one changes nothing."""
    name = toys.endpoint(first := toys.config(toys.model("old")))
    toys.settled_endpoint(name)
    second = toys.config(toys.model("new", gate=tmp_path / "gate"))
    toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=second)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=first)
    assert toys.ask(name, b"x") == b"old:x"
    (tmp_path / "gate").touch()
    answers = set()

    def ask() -> bytes:
        answers.add(toys.ask(name, b"x"))
        return toys.ask(name, b"x")

    until(ask, lambda answer: answer == b"new:x", "the switch to the new model")
    assert answers <= {b"old:x", b"new:x"}
    assert toys.settled_endpoint(name)["EndpointConfigName"] == second

    broken = toys.config(toys.model("broken"))
    toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    endpoint = toys.settled_endpoint(name)
    assert endpoint["EndpointStatus"] == "InService"
    assert endpoint["EndpointConfigName"] == second
    assert "health check" in endpoint["FailureReason"]
    assert toys.ask(name, b"x") == b"new:x"


def test_a_deleted_endpoint_is_gone_and_its_name_free(toys: ToyAccount) -> None:
    """DeleteEndpoint ends the server; describing and invoking fail, the name can be used again."""
    config = toys.config(toys.model("one"))
    name = toys.endpoint(config)
    toys.settled_endpoint(name)
    toys.sagemaker.delete_endpoint(EndpointName=name)
    with pytest.raises(toys.runtime.exceptions.ValidationError):
        toys.ask(name, b"x")
    toys.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=name, WaiterConfig=OFTEN)
    with pytest.raises(ClientError, match="Could not find endpoint"):
        toys.sagemaker.describe_endpoint(EndpointName=name)
    toys.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"


def test_a_changing_endpoint_shows_what_is_to_come(toys: ToyAccount, tmp_path: Path) -> None:
    """While it is created or updated, the new configuration is its PendingDeploymentSummary."""
    gates = [tmp_path / "first", tmp_path / "second"]
    first, second = (toys.config(toys.model("one", gate=gate)) for gate in gates)
    name = toys.endpoint(first)
    for coming, gate in zip((first, second), gates, strict=True):
        running = first
        if coming != running:
            toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=coming)
        endpoint = toys.sagemaker.describe_endpoint(EndpointName=name)
        assert endpoint["EndpointConfigName"] == running
        pending = endpoint["PendingDeploymentSummary"]
        assert pending["EndpointConfigName"] == coming
        assert pending["ProductionVariants"] == [{"VariantName": "AllTraffic"}]
        assert pending["StartTime"] >= endpoint["CreationTime"]
        gate.touch()
        endpoint = toys.settled_endpoint(name)
        assert endpoint["EndpointConfigName"] == coming
        assert "PendingDeploymentSummary" not in endpoint


def test_what_is_refused_leaves_no_folder(
    toys: ToyAccount, local_aws_folder: Path, tmp_path: Path
) -> None:
    """A second creation under the name, and an update while the endpoint changes."""
    gate = tmp_path / "gate"
    config = toys.config(toys.model("one", gate=gate))
    name = toys.endpoint(config)
    before = set(local_aws_folder.glob("*/serving-*"))
    with pytest.raises(ClientError, match="already existing"):
        toys.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
    with pytest.raises(ClientError, match="in-progress"):
        toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    assert len(before) > 0
    assert set(local_aws_folder.glob("*/serving-*")) <= before
    gate.touch()
    toys.settled_endpoint(name)


def test_only_a_settled_endpoint_can_be_deleted(toys: ToyAccount, tmp_path: Path) -> None:
    """While it is created or updated DeleteEndpoint is refused; a failed one goes."""
    gates = [tmp_path / "first", tmp_path / "second"]
    first, second = (toys.config(toys.model("one", gate=gate)) for gate in gates)
    name = toys.endpoint(first)
    refusal = f'Cannot update in-progress endpoint "arn:aws:sagemaker:.*:endpoint/{name}"'
    with pytest.raises(ClientError, match=refusal) as refused:
        toys.sagemaker.delete_endpoint(EndpointName=name)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    gates[0].touch()
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"

    toys.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=second)
    with pytest.raises(ClientError, match=refusal):
        toys.sagemaker.delete_endpoint(EndpointName=name)
    gates[1].touch()
    assert toys.settled_endpoint(name)["EndpointConfigName"] == second

    failed = toys.endpoint(toys.config(toys.model("broken")))
    assert toys.settled_endpoint(failed)["EndpointStatus"] == "Failed"
    for settled in (name, failed):
        toys.sagemaker.delete_endpoint(EndpointName=settled)
        toys.sagemaker.get_waiter("endpoint_deleted").wait(EndpointName=settled, WaiterConfig=OFTEN)
