"""Evaluate identity-based policies, for the elements that most roles use.

These are Effect, Action, Resource, and Condition with StringEquals, StringLike and Bool. An Allow
statement with another element or operator allows nothing. A Deny statement with one denies whatever
the rest of it matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

_ELEMENTS = {"Sid", "Effect", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Permission:
    """An action on a resource, with the condition keys that AWS sets for it."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


def allows(documents: Iterable[Mapping[str, Any]], wanted: Permission) -> bool:
    """Return whether a policy allows it and none denies it.

    >>> read = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/data/*"}
    >>> allows([{"Statement": [read]}], Permission("s3:GetObject", "arn:aws:s3:::b/data/x"))
    True
    >>> allows([{"Statement": [read]}], Permission("s3:GetObject", "arn:aws:s3:::other/x"))
    False
    """
    effects = {
        statement.get("Effect")
        for document in documents
        for statement in _as_list(document.get("Statement", []))
        if _applies(statement, wanted)
    }
    return "Allow" in effects and "Deny" not in effects


def _applies(statement: Mapping[str, Any], wanted: Permission) -> bool:
    is_deny = statement.get("Effect") == "Deny"
    if not statement.keys() <= _ELEMENTS and not is_deny:
        return False
    actions = _as_list(statement.get("Action", ["*"] if is_deny else []))
    resources = _as_list(statement.get("Resource", ["*"] if is_deny else []))
    return (
        any(_matches(pattern.lower(), wanted.action.lower()) for pattern in actions)
        and any(_matches(pattern, wanted.resource) for pattern in resources)
        and all(
            _holds(operator, key, _as_list(values), wanted.context, unknown=is_deny)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(
    operator: str, key: str, values: list[Any], context: Mapping[str, str], *, unknown: bool
) -> bool:
    """Return whether the condition holds; `unknown` if it cannot be evaluated."""
    if operator not in {"StringEquals", "StringLike", "Bool"}:
        return unknown
    found = context.get(key.lower())
    if found is None:
        return False
    if operator == "StringLike":
        return any(_matches(str(value), found) for value in values)
    if operator == "Bool":
        return any(str(value).lower() == found for value in values)
    return found in values


@lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in text)
    return re.compile("".join(parts), re.DOTALL)


def _matches(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
