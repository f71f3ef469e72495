"""AWS Budgets: an e-mail when the account's month gets expensive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from sagemaker_jobs.aws.session import Aws
from sagemaker_jobs.aws.translate_errors import or_none
from sagemaker_jobs.errors import JobError

_WARNINGS = (("ACTUAL", 80.0), ("FORECASTED", 100.0))  # in percent of the budget


def set_budget(aws: Aws, usd: int, email: str) -> None:
    """Have AWS write to `email` when the account's month costs 80 % of `usd`, or will cost more.

    Raises:
        JobError: AWS reports another budget.
    """
    place: Any = {"AccountId": aws.names.account}
    name = aws.names.base
    if _find(aws) is not None:  # its amount or address may differ, and neither can be read whole
        aws.budgets.delete_budget(**place, BudgetName=name)
    notifications: Any = [
        {
            "Notification": {
                "NotificationType": kind,
                "ComparisonOperator": "GREATER_THAN",
                "Threshold": percent,
                "ThresholdType": "PERCENTAGE",
            },
            "Subscribers": [{"SubscriptionType": "EMAIL", "Address": email}],
        }
        for kind, percent in _WARNINGS
    ]
    aws.budgets.create_budget(
        **place,
        Budget={
            "BudgetName": name,
            "BudgetLimit": {"Amount": str(usd), "Unit": "USD"},
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=notifications,
    )
    found = _find(aws) or {}
    warned = aws.budgets.describe_notifications_for_budget(**place, BudgetName=name)
    kinds = {(item["NotificationType"], item["Threshold"]) for item in warned["Notifications"]}
    amount = float(found.get("BudgetLimit", {}).get("Amount", 0))
    if amount != usd or kinds != set(_WARNINGS):
        raise JobError(f"budget {name} is not as it was set", hint="run harden again")


def leftovers(aws: Aws) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the budget to delete: its name, and the call that deletes it."""
    if _find(aws) is not None:
        name = aws.names.base
        delete = aws.budgets.delete_budget
        yield f"budget {name}", partial(delete, AccountId=aws.names.account, BudgetName=name)


def _find(aws: Aws) -> Any:
    account, name = aws.names.account, aws.names.base
    found = or_none(
        lambda: aws.budgets.describe_budget(AccountId=account, BudgetName=name),
        also_where="the budget doesn't exist|unable to get budget",
    )
    return found and found["Budget"]
