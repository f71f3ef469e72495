"""Blue/green updates: traffic moves to the new fleet in steps while alarms are watched."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local_aws.errors import NotImplementedHereError, ValidationError
from local_aws.http import JsonObject

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

    from local_aws.context import Context
    from local_aws.sagemaker.endpoints.deployment import Deployment

_LOOK_EVERY_S = 0.2
_MOST_OF_A_STEP = 0.5  # of the instances
_LEAST_OF_A_LINEAR_STEP = 0.1
# AWS counts these in CloudWatch; an answer without a status counts as a server error
_SERVER_ERRORS = {"Invocation5XXErrors", "InvocationModelErrors"}
_EXCEEDS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
}


@dataclass(frozen=True)
class UpdatePolicy:
    """A DeploymentConfig: the new fleet's shares of the traffic, the waits, and the alarms."""

    given: JsonObject
    shares: tuple[float, ...]  # the last is 1
    wait_s: float  # after each step
    termination_wait_s: float
    alarms: tuple[str, ...]

    @classmethod
    def of(cls, given: JsonObject, n_instances: int) -> UpdatePolicy:
        """Return the policy of a DeploymentConfig for a variant of `n_instances`.

        Raises:
            ValidationError: a step is missing or too large.
            AwsError: NotImplemented, it is a rolling update.
        """
        policy = given.get("BlueGreenUpdatePolicy")
        if given.get("RollingUpdatePolicy") or not policy:
            raise NotImplementedHereError("DeploymentConfig without BlueGreenUpdatePolicy")
        routing = policy["TrafficRoutingConfiguration"]
        alarms = (given.get("AutoRollbackConfiguration") or {}).get("Alarms") or []
        return cls(
            given,
            tuple(_shares(routing, n_instances)),
            routing["WaitIntervalInSeconds"],
            policy.get("TerminationWaitInSeconds", 0),
            tuple(alarm["AlarmName"] for alarm in alarms),
        )


def _shares(routing: JsonObject, n_instances: int) -> Iterator[float]:
    """Yield the new fleet's share of the traffic after each step."""
    kind = routing["Type"]
    if kind == "ALL_AT_ONCE":
        yield 1.0
        return
    member = "CanarySize" if kind == "CANARY" else "LinearStepSize"
    size = routing.get(member)
    if not size:
        raise ValidationError(f"{member} is required when the traffic routing type is {kind}.")
    whole = n_instances if size["Type"] == "INSTANCE_COUNT" else 100
    share = size["Value"] / whole
    least = _LEAST_OF_A_LINEAR_STEP if kind == "LINEAR" else 0.0
    if not least <= share <= _MOST_OF_A_STEP or share * n_instances < 1:
        raise ValidationError(
            f"{member} must be at least one instance and at most 50% of the variant's "
            f"{n_instances} instances."
        )
    if kind == "CANARY":
        yield share
    else:
        n_steps = -(-1 // share)
        yield from (share * step for step in range(1, int(n_steps)))
    yield 1.0


class Alarms:
    """The alarms of one update: CloudWatch's states, and the new fleet's server errors."""

    def __init__(
        self, context: Context, region: str, endpoint: str, names: tuple[str, ...]
    ) -> None:
        """Find the alarms.

        Raises:
            ValidationError: one does not exist.
        """
        self._cloudwatch: CloudWatchClient = context.client("cloudwatch", region)
        self._endpoint = endpoint
        self._names = names
        self._raised: list[str] = []
        missing = set(names) - {alarm["AlarmName"] for alarm in self._find()}
        if missing:
            raise ValidationError(f"Could not find alarms: {', '.join(sorted(missing))}.")

    def tripped(self, deployment: Deployment) -> str:
        """Return the name of an alarm that is in ALARM, or is now by the fleet's errors; or ''."""
        for alarm in self._find():
            name = alarm["AlarmName"]
            if alarm["StateValue"] == "ALARM":
                return name
            if self._watches(alarm) and self._exceeds(alarm, deployment.n_server_errors):
                self._set(name, "ALARM", f"{deployment.n_server_errors} server errors")
                self._raised.append(name)
                return name
        return ""

    def reset(self) -> None:
        """Set the alarms that this update raised to OK, as they get without further errors."""
        for name in self._raised:
            self._set(name, "OK", "no further errors")

    def _find(self) -> list[MetricAlarmTypeDef]:
        if not self._names:
            return []
        found = self._cloudwatch.describe_alarms(AlarmNames=self._names, MaxRecords=100)
        return found["MetricAlarms"]

    def _watches(self, alarm: MetricAlarmTypeDef) -> bool:
        dimensions = {d["Name"]: d["Value"] for d in alarm.get("Dimensions", [])}
        return (
            alarm.get("Namespace") == "AWS/SageMaker"
            and alarm.get("MetricName") in _SERVER_ERRORS
            and dimensions.get("EndpointName") == self._endpoint
        )

    @staticmethod
    def _exceeds(alarm: MetricAlarmTypeDef, n_errors: int) -> bool:
        compare = _EXCEEDS.get(alarm.get("ComparisonOperator", ""))
        return compare is not None and n_errors > 0 and compare(n_errors, alarm["Threshold"])

    def _set(self, name: str, state: str, reason: str) -> None:
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=reason)  # type: ignore[arg-type]


def shift_traffic(
    policy: UpdatePolicy,
    alarms: Alarms,
    deployment: Deployment,
    route: Callable[[float], None],
    pause: Callable[[float], bool],
) -> str:
    """Move the traffic to the new fleet by the policy; return why it must be rolled back, or ''.

    `route` sets the new fleet's share, and `pause` waits and returns whether local_aws ends.
    """
    waits = [policy.wait_s for _ in policy.shares]
    waits[-1] += policy.termination_wait_s
    for share, wait_s in zip(policy.shares, waits, strict=True):
        route(share)
        until = time.monotonic() + wait_s
        while True:
            name = alarms.tripped(deployment)
            if name:
                return f"Deployment rolled back: the auto-rollback alarm {name} is in ALARM."
            left_s = until - time.monotonic()
            if left_s <= 0:
                break
            if pause(min(left_s, _LOOK_EVERY_S)):
                return "stopped on request"
    return ""
