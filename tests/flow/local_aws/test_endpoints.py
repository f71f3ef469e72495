"""Endpoints on local_aws: a model archive's server really answers, and fails as AWS fails."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.local_aws.toys import TRUST, ToyAccount, new_name, until


@pytest.fixture(scope="module")
def serving(toys: ToyAccount) -> str:
    """An endpoint in service whose model is called one."""
    name = toys.endpoint(toys.config(toys.model("one", Environment={"MY_SETTING": "from-model"})))
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"
    return name


def test_an_endpoint_passes_bytes_and_headers_through(toys: ToyAccount, serving: str) -> None:
    """Any body arrives as it was sent; types and custom attributes pass both ways."""
    body = bytes(range(256))
    answer = toys.runtime.invoke_endpoint(
        EndpointName=serving,
        Body=body,
        ContentType="application/x-toy",
        Accept="application/json",
        CustomAttributes="trace=7",
    )
    seen = json.loads(answer["Body"].read())
    assert base64.b64decode(seen["body"]) == body
    assert seen["content_type"] == "application/x-toy"
    assert seen["attributes"] == "trace=7"
    assert seen["setting"] == "from-model"
    assert answer["ContentType"] == "application/json"
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    assert answer["CustomAttributes"] == "from-the-model"


def test_a_description_has_what_clients_read(toys: ToyAccount, serving: str) -> None:
    """DescribeEndpoint names its variants and images; the log group holds the server's output."""
    endpoint = toys.sagemaker.describe_endpoint(EndpointName=serving)
    variant = endpoint["ProductionVariants"][0]
    assert (variant["VariantName"], variant["CurrentInstanceCount"]) == ("AllTraffic", 1)
    assert variant["DeployedImages"][0]["SpecifiedImage"] == "an-image"
    assert "FailureReason" not in endpoint
    group = f"/aws/sagemaker/Endpoints/{serving}"
    until(lambda: toys.log(group), lambda lines: "serving=one" in lines, "the endpoint's log")


@pytest.mark.parametrize(("status", "side"), [(415, "client"), (503, "server")])
def test_a_models_error_arrives_as_model_error(
    toys: ToyAccount, serving: str, status: int, side: str
) -> None:
    """A 4xx or 5xx of the container is AWS's ModelError with the original status and message."""
    with pytest.raises(toys.runtime.exceptions.ModelError) as refused:
        toys.ask(serving, f"status {status}".encode())
    error: dict[str, Any] = {**refused.value.response}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 424
    assert error["OriginalStatusCode"] == status
    assert error["OriginalMessage"] == '{"error": "as requested"}'
    assert f":log-group:/aws/sagemaker/Endpoints/{serving}" in error["LogStreamArn"]
    assert f"Received {side} error ({status}) from primary" in error["Error"]["Message"]


def test_a_body_past_six_megabytes_is_refused(toys: ToyAccount, serving: str) -> None:
    """Six megabytes pass, a byte more is a 413."""
    limit = 6 * 1024 * 1024
    assert toys.ask(serving, b"wait / ".ljust(limit, b"x")) == b"released"
    with pytest.raises(ClientError) as refused:
        toys.ask(serving, b"x" * (limit + 1))
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_only_endpoints_in_service_answer(toys: ToyAccount) -> None:
    """An unknown endpoint, and one that failed, are the same ValidationError."""
    failed = toys.endpoint(toys.config(toys.model("broken")))
    description = toys.settled_endpoint(failed)
    assert description["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in description["FailureReason"]
    assert "this model is broken on purpose" in description["FailureReason"]
    for name in (failed, "never-created"):
        with pytest.raises(toys.runtime.exceptions.ValidationError) as refused:
            toys.ask(name, b"x")
        assert f"Endpoint {name} of account" in str(refused.value)
    with pytest.raises(WaiterError):
        toys.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=failed)


def test_an_archive_without_a_server_says_what_is_missing(toys: ToyAccount) -> None:
    """No server and no script, or not an archive at all: Failed, with a sentence."""
    name = toys.endpoint(toys.config(toys.model("one", files={"weights": b"1"})))
    assert "holds neither code/serve.py" in toys.settled_endpoint(name)["FailureReason"]
    model = toys.model("one")
    toys.put(f"models/{model}/model.tar.gz", b"this is not an archive")
    name = toys.endpoint(toys.config(model))
    assert "not a gzipped tar archive" in toys.settled_endpoint(name)["FailureReason"]


def test_an_endpoint_whose_role_nobody_may_assume_fails_with_awss_reason(toys: ToyAccount) -> None:
    """CreateModel saw the role; SageMaker assumes it again to start the endpoint."""
    role = toys.iam.create_role(
        RoleName=new_name("toy-role"), AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]
    model = toys.model("one", role=role["Arn"])
    elsewhere = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    toys.iam.update_assume_role_policy(
        RoleName=role["RoleName"],
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{**elsewhere, "Action": "sts:AssumeRole"}]}
        ),
    )
    failed = toys.settled_endpoint(toys.endpoint(toys.config(model)))
    assert failed["EndpointStatus"] == "Failed"
    assert f'The execution role ARN "{role["Arn"]}" is invalid.' in failed["FailureReason"]


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
    toys.sagemaker.get_waiter("endpoint_deleted").wait(
        EndpointName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
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
        toys.sagemaker.get_waiter("endpoint_deleted").wait(
            EndpointName=settled, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
        )


def test_two_endpoints_answer_at_the_same_time(toys: ToyAccount, serving: str) -> None:
    """Two models at two endpoints serve interleaved calls, each with its own answer."""
    other = toys.endpoint(toys.config(toys.model("two")))
    toys.settled_endpoint(other)
    wrong: list[bytes] = []

    def ask(name: str, expected: bytes) -> None:
        wrong.extend(answer for _ in range(20) if (answer := toys.ask(name, b"x")) != expected)

    threads = [
        threading.Thread(target=ask, args=pair)
        for pair in ((serving, b"one:x"), (other, b"two:x")) * 2
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_number_of_instances_and_weights_can_be_changed(toys: ToyAccount) -> None:
    """As autoscaling does on AWS; a serverless variant has no instances."""
    name = toys.endpoint(toys.config(model := toys.model("resized")))
    (variant,) = toys.settled_endpoint(name)["ProductionVariants"]

    def resize(endpoint: str, **change: Any) -> None:
        toys.sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[
                {"VariantName": variant["VariantName"], **change}  # type: ignore[typeddict-item]
            ],
        )

    resize(name, DesiredInstanceCount=3, DesiredWeight=0.5)
    (variant,) = toys.settled_endpoint(name)["ProductionVariants"]
    assert (variant["CurrentInstanceCount"], variant["CurrentWeight"]) == (3, 0.5)
    with pytest.raises(ClientError, match="ResourceLimitExceeded"):
        resize(name, DesiredInstanceCount=500)
    serverless = toys.endpoint(
        toys.config(model, ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    )
    toys.settled_endpoint(serverless)
    with pytest.raises(ClientError, match="serverless variant"):
        resize(serverless, DesiredInstanceCount=2)


def test_a_serverless_endpoint_keeps_its_limits(toys: ToyAccount, tmp_path: Path) -> None:
    """Four megabytes at most, and a call past MaxConcurrency is throttled."""
    config = toys.config(
        toys.model("small"), ServerlessConfig={"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    )
    name = toys.endpoint(config)
    variant = toys.settled_endpoint(name)["ProductionVariants"][0]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 1}
    with pytest.raises(toys.runtime.exceptions.ValidationError, match="oversize body"):
        toys.ask(name, b"x" * (4 * 1024 * 1024 + 1))

    gate = tmp_path / "gate"

    def hold() -> None:
        """Occupy the one place until the gate opens; a call below may have it before."""
        while True:
            try:
                toys.ask(name, f"wait {gate}".encode())
            except ClientError:
                continue
            return

    busy = threading.Thread(target=hold)
    busy.start()
    codes: set[str] = set()
    while not codes:
        try:
            toys.ask(name, b"x")
        except ClientError as error:
            codes.add(error.response["Error"]["Code"])
    gate.touch()
    busy.join()
    assert codes == {"ThrottlingException"}
    assert toys.ask(name, b"x") == b"small:x"


def test_traffic_goes_by_weight_and_to_the_wanted_variant(toys: ToyAccount) -> None:
    """With two variants, TargetVariant chooses; a variant of weight 0 gets no other traffic."""
    config = new_name("config")
    toys.sagemaker.create_endpoint_config(
        EndpointConfigName=config,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": toys.model(variant),
                "InstanceType": "ml.c7i.large",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": weight,
            }
            for variant, weight in (("all", 1.0), ("none", 0.0))
        ],
    )
    name = toys.endpoint(config)
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"
    assert {toys.ask(name, b"x") for _ in range(10)} == {b"all:x"}
    assert toys.ask(name, b"x", TargetVariant="none") == b"none:x"
