"""Endpoints on local_aws: a model archive's server really answers, and fails as AWS fails."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.local_aws.toys import TRUST, ToyAccount, new_name
from tests.support.timeouts import until


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
