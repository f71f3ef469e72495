"""Blue/green updates: a canary, its waits, and the alarms that roll it back."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.local_aws.toys import ToyAccount, new_name
from tests.support.timeouts import until

TWO = {"InstanceType": "ml.m7i.large", "InitialInstanceCount": 2}
HALF = {"Type": "CAPACITY_PERCENT", "Value": 50}
LONG_S = 3600


def policy(alarm: str, wait_s: int, kind: str = "CANARY", **size: Any) -> Any:
    routing = {"Type": kind, "WaitIntervalInSeconds": wait_s, **size}
    return {
        "BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing},
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": alarm}]},
    }


def error_alarm(toys: ToyAccount, endpoint: str) -> str:
    """Return the name of an alarm on the endpoint's server errors."""
    name = new_name("alarm")
    toys.other("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SageMaker",
        MetricName="Invocation5XXErrors",
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": "AllTraffic"},
        ],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


@pytest.fixture(scope="module")
def old(toys: ToyAccount) -> tuple[str, str]:
    """An endpoint of two instances in service, and its configuration."""
    config = toys.config(toys.model("old"), **TWO)
    name = toys.endpoint(config)
    assert toys.settled_endpoint(name)["EndpointStatus"] == "InService"
    return name, config


def test_a_canary_that_errors_is_rolled_back(toys: ToyAccount, old: tuple[str, str]) -> None:
    """Its errors raise the alarm long before the wait ends; the old model serves all again."""
    name, config = old
    alarm = error_alarm(toys, name)
    toys.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=toys.config(toys.model("failing"), **TWO),
        DeploymentConfig=policy(alarm, LONG_S, CanarySize=HALF),
    )

    def ask_and_describe() -> Any:
        with suppress(toys.runtime.exceptions.ModelError):
            toys.ask(name, b"x")
        return toys.sagemaker.describe_endpoint(EndpointName=name)

    left = until(ask_and_describe, lambda e: e["EndpointStatus"] == "InService", "the rollback")
    assert left["EndpointConfigName"] == config
    assert f"the auto-rollback alarm {alarm} is in ALARM" in left["FailureReason"]
    assert {toys.ask(name, b"x") for _ in range(10)} == {b"old:x"}
    (state,) = toys.other("cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    assert state["StateValue"] == "OK"


@pytest.mark.parametrize("kind", ["ALL_AT_ONCE", "CANARY"])
def test_an_alarm_that_somebody_raises_rolls_back(
    toys: ToyAccount, old: tuple[str, str], kind: str
) -> None:
    """Meanwhile the new model answers its share of the traffic, and is shown as baking."""
    name, config = old
    alarm = error_alarm(toys, name)
    size = {"CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1}} if kind == "CANARY" else {}
    new = toys.config(toys.model("new"), **TWO)
    toys.sagemaker.update_endpoint(
        EndpointName=name,
        EndpointConfigName=new,
        DeploymentConfig=policy(alarm, LONG_S, kind, **size),
    )
    until(lambda: toys.ask(name, b"x"), lambda answer: answer == b"new:x", "the new model's share")
    pending = toys.sagemaker.describe_endpoint(EndpointName=name)["PendingDeploymentSummary"]
    assert pending["EndpointConfigName"] == new
    assert pending["ProductionVariants"][0]["VariantStatus"] == [{"Status": "Baking"}]
    if kind == "CANARY":
        until(lambda: toys.ask(name, b"x"), lambda answer: answer == b"old:x", "the old one's")
    toys.other("cloudwatch").set_alarm_state(
        AlarmName=alarm, StateValue="ALARM", StateReason="a person saw complaints"
    )
    left = toys.settled_endpoint(name)
    assert left["EndpointConfigName"] == config
    assert alarm in left["FailureReason"]
    assert toys.ask(name, b"x") == b"old:x"


@pytest.mark.parametrize(
    ("kind", "size"),
    [
        ("ALL_AT_ONCE", {}),
        ("CANARY", {"CanarySize": HALF}),
        ("LINEAR", {"LinearStepSize": HALF}),
    ],
)
def test_a_quiet_update_reaches_all_traffic(
    toys: ToyAccount, kind: str, size: dict[str, Any]
) -> None:
    """The endpoint then shows the policy that it was updated by, until a plain update."""
    first = toys.config(toys.model("old"), **TWO)
    name = toys.endpoint(first)
    toys.settled_endpoint(name)
    given = policy(error_alarm(toys, name), 0, kind, **size)
    new = toys.config(toys.model("new"), **TWO)
    toys.sagemaker.update_endpoint(
        EndpointName=name, EndpointConfigName=new, DeploymentConfig=given
    )
    updated = toys.settled_endpoint(name)
    assert updated["EndpointConfigName"] == new
    assert updated["LastDeploymentConfig"] == given
    assert {toys.ask(name, b"x") for _ in range(10)} == {b"new:x"}


def test_what_aws_refuses_of_an_update_is_refused(toys: ToyAccount, old: tuple[str, str]) -> None:
    """A canary of half an instance, an alarm that does not exist; rolling updates by name."""
    name, config = old
    alarm = error_alarm(toys, name)
    one = toys.config(toys.model("new"))
    rolling = {"MaximumBatchSize": HALF, "WaitIntervalInSeconds": 0}
    refusals: list[tuple[str, dict[str, Any], str]] = [
        (one, policy(alarm, 0, CanarySize=HALF), "CanarySize must be at least one instance"),
        (config, policy(alarm, 0), "CanarySize is required"),
        (config, policy("never-made", 0, "ALL_AT_ONCE"), "Could not find alarms: never-made"),
        (config, {"RollingUpdatePolicy": rolling}, "does not implement DeploymentConfig without"),
    ]
    for new, given, words in refusals:
        with pytest.raises(ClientError, match=words):
            toys.sagemaker.update_endpoint(
                EndpointName=name,
                EndpointConfigName=new,
                DeploymentConfig=given,  # type: ignore[arg-type]
            )
    assert toys.sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"] == "InService"
