"""Filters, sorts and pages the results of AWS's List operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from local_aws.errors import ValidationError
from local_aws.http import JsonObject

_DEFAULT_PAGE = 10  # SageMaker's own, so that clients that forget to paginate notice


def list_page(
    descriptions: Iterable[JsonObject],
    params: JsonObject,
    *,
    kind: str,
    summary: Callable[[JsonObject], JsonObject],
    result_key: str,
    descending: bool,
) -> JsonObject:
    """Return the page of `descriptions` that `params` request; `kind` is the resource's.

    Raises:
        ValidationError: the NextToken is invalid.
    """
    chosen = [entry for entry in descriptions if _wanted(entry, params, kind)]
    sort_by = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(
        params.get("SortBy", ""), "CreationTime"
    )
    order = params.get("SortOrder", "Descending" if descending else "Ascending")
    chosen.sort(key=lambda entry: entry[sort_by], reverse=order == "Descending")
    token = params.get("NextToken", "0")
    if not token.isdecimal():
        raise ValidationError("Invalid pagination token.")
    start = int(token)
    end = start + params.get("MaxResults", _DEFAULT_PAGE)
    return {
        result_key: [summary(entry) for entry in chosen[start:end]],
        "NextToken": str(end) if end < len(chosen) else None,
    }


def pick(*names: str) -> Callable[[JsonObject], JsonObject]:
    """Return a function that keeps the named members of a description if they are set."""
    return lambda entry: {name: entry[name] for name in names if entry.get(name) is not None}


def _wanted(entry: JsonObject, params: JsonObject, kind: str) -> bool:
    created = entry["CreationTime"]
    modified = entry.get("LastModifiedTime", created)
    checks = (
        ("NameContains", lambda wanted: wanted.lower() in entry[f"{kind}Name"].lower()),
        ("StatusEquals", lambda wanted: wanted == entry.get(f"{kind}Status")),
        ("CreationTimeAfter", lambda wanted: created > wanted),
        ("CreationTimeBefore", lambda wanted: created < wanted),
        ("LastModifiedTimeAfter", lambda wanted: modified > wanted),
        ("LastModifiedTimeBefore", lambda wanted: modified < wanted),
    )
    return all(check(params[name]) for name, check in checks if params.get(name) is not None)
