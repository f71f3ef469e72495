"""Answers IAM's SimulatePrincipalPolicy for roles, and gives moto AWS's managed policies.

The SageMaker SDK's ModelTrainer asks before each job whether its role may do what the job needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from moto.core.config import default_user_config
from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from local_aws.http import JsonObject
from local_aws.moto_glue.role_policies import policies_of


def install() -> None:
    """Let moto's IAM answer SimulatePrincipalPolicy, and know AWS's managed policies."""
    IamResponse.simulate_principal_policy = _simulate_principal_policy
    default_user_config["iam"]["load_aws_managed_policies"] = True


def decide(documents: Iterable[JsonObject], action: str, resource: str) -> str:
    """Return "allowed", "explicitDeny" or "implicitDeny", as IAM decides.

    As in AWS's simulator, a statement whose condition needs values that the request does not have
    does not apply.

    >>> allow = {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    >>> decide([allow], "s3:GetObject", "arn:aws:s3:::a/b"), decide([allow], "iam:GetRole", "*")
    ('allowed', 'implicitDeny')
    """
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _as_list(document["Statement"])
        if not statement.get("Condition")
        and _covers(statement, "Action", action.lower())
        and _covers(statement, "Resource", resource)
    }
    if "Deny" in effects:
        return "explicitDeny"
    return "allowed" if "Allow" in effects else "implicitDeny"


def _covers(statement: JsonObject, element: str, value: str) -> bool:
    """Return whether the statement's element (Action, say) or its Not-form covers `value`."""
    without = f"Not{element}"
    patterns = _as_list(statement.get(element, statement.get(without, [])))
    if element == "Action":
        patterns = [pattern.lower() for pattern in patterns]
    return any(_matches(pattern, value) for pattern in patterns) != (without in statement)


def _matches(pattern: str, value: str) -> bool:
    """Return whether IAM's pattern with * and ? covers all of `value`; '*' covers any pattern."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, value, re.DOTALL) is not None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _simulate_principal_policy(response: Any) -> ActionResult:
    """Answer with a decision for each action and resource; the principal is a role."""
    role = response.backend.get_role(response._get_param("PolicySourceArn").rsplit("/", 1)[-1])  # noqa: SLF001 - moto's way to read a parameter
    documents = policies_of(role)
    actions = response._get_param("ActionNames", [])  # noqa: SLF001
    resources = response._get_param("ResourceArns", []) or ["*"]  # noqa: SLF001
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": decide(documents, action, resource),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in actions
        for resource in resources
    ]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})
