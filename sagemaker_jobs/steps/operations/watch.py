"""`watch`: the stage's dashboard and alarms in CloudWatch, and drift."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import dataclass

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import translated
from sagemaker_jobs.errors import InvalidSetting
from sagemaker_jobs.operations import alarms
from sagemaker_jobs.operations.alarms import BILLING_REGION, Alarm
from sagemaker_jobs.operations.dashboard import dashboard_url, put_dashboard
from sagemaker_jobs.operations.drift_table import Drift, read_drift
from sagemaker_jobs.step import Step, StepGroup, Toolbox, at_least
from sagemaker_jobs.terminal import Ui

_DAYS = 7


@dataclass(frozen=True)
class Watch:
    """The alarms with their state, and the dashboard's address; None where there is none."""

    action: str
    alarms: tuple[Alarm, ...]
    dashboard: str | None
    dry_run: bool = False

    def line(self) -> str:
        done = {"apply": "applied", "delete": "deleted", "show": ""}[self.action]
        verb = f"would {self.action}" if self.dry_run else done
        lines = [f"{verb} {len(self.alarms)} alarms and the dashboard"] if verb else []
        lines += [f"{alarm.state:18} {alarm.name}: {alarm.means}" for alarm in self.alarms]
        return "\n".join(
            [*lines, f"dashboard          {self.dashboard or 'none; run watch apply'}"]
        )


@translated()
def apply(
    aws: Aws, *, topic: str | None, spend_usd: int | None, ui: Ui, dry_run: bool = False
) -> Watch:
    """Create or update the dashboard and the alarms; `topic` is the SNS topic to notify.

    Raises:
        InvalidSetting: the partition has no metrics of the bill.
    """
    wanted = alarms.describe_alarms(aws)
    if spend_usd is not None and not alarms.has_bill(aws):
        raise InvalidSetting(
            f"{aws.region} has no metrics of the bill", hint="leave out --spend-usd"
        )
    if dry_run:
        planned = [Alarm(a["AlarmName"], a["AlarmDescription"], "MISSING") for a in wanted]
        return Watch("apply", tuple(planned), dashboard_url(aws), dry_run=True)
    for alarm in wanted:
        alarms.put_alarm(aws.cloudwatch, alarm, topic)
    if spend_usd is not None:
        # an alarm can notify only topics of its own region
        near = topic if topic and f":{BILLING_REGION}:" in topic else None
        if topic and not near:
            ui.say(f"the spend alarm notifies nobody: it needs a topic in {BILLING_REGION}")
        alarm = alarms.describe_spend_alarm(aws, spend_usd)
        alarms.put_alarm(aws.billing_cloudwatch, alarm, near)
    put_dashboard(aws)
    return Watch("apply", tuple(alarms.read_alarms(aws)), dashboard_url(aws))


@translated()
def show(aws: Aws) -> Watch:
    """Return the alarms with their state."""
    url = dashboard_url(aws) if alarms.dashboard_exists(aws) else None
    return Watch("show", tuple(alarms.read_alarms(aws)), url)


@translated()
def delete(aws: Aws, *, dry_run: bool = False) -> Watch:
    """Delete the dashboard and the alarms."""
    before = show(aws)
    there = tuple(alarm for alarm in before.alarms if alarm.state != "MISSING")
    if not dry_run:
        alarms.delete_alarms(aws)
        alarms.delete_dashboard(aws)
    return Watch("delete", there, before.dashboard if dry_run else None, dry_run)


def add_apply_arguments(parser: ArgumentParser) -> None:
    """Declare whom the alarms notify."""
    parser.add_argument(
        "--topic", metavar="ARN", help="SNS topic that the alarms notify (default: nobody)"
    )
    parser.add_argument(
        "--spend-usd",
        type=at_least(1),
        metavar="USD",
        help="also watch the whole account's monthly bill (default: it is not watched)",
    )


def add_arguments(_parser: ArgumentParser) -> None:
    """Declare nothing: the command has only the common options."""


def add_drift_arguments(parser: ArgumentParser) -> None:
    """Declare the period."""
    parser.add_argument(
        "--days",
        type=at_least(1),
        default=_DAYS,
        metavar="N",
        help=f"length of the period that ends now (default: {_DAYS})",
    )


def _apply(arguments: Namespace, tools: Toolbox) -> Watch:
    return apply(
        tools.connect(),
        topic=arguments.topic,
        spend_usd=arguments.spend_usd,
        ui=tools.ui,
        dry_run=arguments.dry_run,
    )


def _show(_arguments: Namespace, tools: Toolbox) -> Watch:
    return show(tools.connect())


def _delete(arguments: Namespace, tools: Toolbox) -> Watch:
    return delete(tools.connect(), dry_run=arguments.dry_run)


def _drift(arguments: Namespace, tools: Toolbox) -> Drift:
    return read_drift(tools.connect(), days=arguments.days, now=tools.clock())


STEP = StepGroup(
    "watch",
    "keep a dashboard and alarms in CloudWatch, and find drift",
    (
        Step("apply", "create or update the dashboard and the alarms", add_apply_arguments, _apply),
        Step("show", "list the alarms with their state", add_arguments, _show, has_dry_run=False),
        Step(
            "drift",
            "compare recent reviews with those that the model was validated on",
            add_drift_arguments,
            _drift,
            has_dry_run=False,
        ),
        Step("delete", "delete the dashboard and the alarms", add_arguments, _delete),
    ),
)
