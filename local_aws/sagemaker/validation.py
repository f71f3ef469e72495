"""Refuses malformed requests as AWS does, by the rules in AWS's own service description.

botocore contains that description: required members, lengths, ranges, patterns and allowed values
such as the instance types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from local_aws.errors import ValidationError
from local_aws.http import JsonObject


@cache
def service_model(service: str) -> ServiceModel:
    """Return botocore's description of a service."""
    return botocore.session.get_session().get_service_model(service)


def check_request(operation: OperationModel, params: JsonObject) -> None:
    """Raise unless `params` fit the operation's input shape.

    Raises:
        ValidationError: they do not fit; the message lists every fault in AWS's words.
    """
    shape = operation.input_shape
    if shape is None:
        return
    complaints = list(_complaints(shape, params, ""))
    if complaints:
        count = len(complaints)
        errors = "error" if count == 1 else "errors"
        raise ValidationError(f"{count} validation {errors} detected: {'; '.join(complaints)}")


def _complaints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield AWS's messages about `value` at `path`."""
    if isinstance(shape, StructureShape):
        yield from _structure_complaints(shape, value, path)
    elif isinstance(shape, ListShape | MapShape):
        yield from _collection_complaints(shape, value, path)
    elif shape.type_name == "string":
        yield from _string_complaints(shape, value, path)
    elif shape.type_name in {"integer", "long", "float", "double"}:
        yield from _number_complaints(shape, value, path)
    elif shape.type_name == "boolean" and not isinstance(value, bool):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a boolean"


def _collection_complaints(
    shape: ListShape | MapShape,
    value: Any,
    path: str,
) -> Iterator[str]:
    kind = list if isinstance(shape, ListShape) else dict
    if not isinstance(value, kind):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a {kind.__name__}"
        return
    yield from _length_complaints(shape, value, path)
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    member = shape.member if isinstance(shape, ListShape) else shape.value
    for name, item in pairs:
        yield from _complaints(member, item, f"{path}.{name}.member")


def _structure_complaints(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be a structure"
        return
    for name, member in shape.members.items():
        member_path = f"{path}.{_lower_first(name)}" if path else _lower_first(name)
        if value.get(name) is not None:
            yield from _complaints(member, value[name], member_path)
        elif name in shape.required_members:
            yield (
                f"Value null at '{member_path}' failed to satisfy constraint: "
                "Member must not be null"
            )


def _length_complaints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    n_items = len(value)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and n_items < least:
        yield (
            f"Value at '{path}' failed to satisfy constraint: "
            f"Member must have length greater than or equal to {least}"
        )
    if most is not None and n_items > most:
        yield (
            f"Value at '{path}' failed to satisfy constraint: "
            f"Member must have length less than or equal to {most}"
        )


def _string_complaints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if not isinstance(value, str):
        yield f"{failed} be a string"
        return
    yield from _length_complaints(shape, value, path)
    allowed = shape.metadata.get("enum")
    if allowed and value not in allowed:
        yield f"{failed} satisfy enum value set: [{', '.join(allowed)}]"
    pattern = shape.metadata.get("pattern")
    if pattern and _matches(pattern, value) is False:
        yield f"{failed} satisfy regular expression pattern: {pattern}"


def _number_complaints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    failed = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{failed} be a number"
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield f"{failed} have value greater than or equal to {least}"
    if most is not None and value > most:
        yield f"{failed} have value less than or equal to {most}"


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the compiled pattern, None if only Java can read it."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _matches(pattern: str, value: str) -> bool | None:
    """Return whether all of `value` matches, None if Python cannot read the pattern."""
    compiled = _compiled(pattern)
    return None if compiled is None else compiled.fullmatch(value) is not None


def _lower_first(name: str) -> str:
    return name[:1].lower() + name[1:]
