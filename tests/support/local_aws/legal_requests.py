"""Requests that AWS's own descriptions allow: enumerations, patterns and sizes too.

botocore compares names and types before it sends a request, and leaves the rest to AWS.
"""

import functools
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


@contextmanager
def checked() -> Iterator[None]:
    """Raise AssertionError in place of sending a request that its description does not allow."""
    send = BaseClient._make_api_call  # type: ignore[attr-defined]

    def check_and_send(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        shape = client.meta.service_model.operation_model(operation).input_shape
        faults = [*find_faults(shape, parameters)] if shape else []
        assert not faults, f"{operation} in {client.meta.region_name}: {faults}"
        return send(client, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", check_and_send)
        yield


def find_faults(shape: Shape, value: Any, place: str = "") -> Iterator[str]:
    """Yield what is wrong with a value, by the description of its shape."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value.keys() & shape.members.keys():
            yield from find_faults(shape.members[name], value[name], f"{place}.{name}")
    elif isinstance(shape, ListShape) and isinstance(value, list | tuple):
        yield from _wrong_size(shape, len(value), place)
        for n, item in enumerate(value):
            yield from find_faults(shape.member, item, f"{place}[{n}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        yield from _wrong_size(shape, len(value), place)
        for key, item in value.items():
            yield from find_faults(shape.key, key, f"{place} key {key}")
            yield from find_faults(shape.value, item, f"{place}[{key}]")
    elif isinstance(value, str):
        yield from _wrong_text(shape, value, place)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _wrong_size(shape, value, place)


def _wrong_text(shape: Shape, text: str, place: str) -> Iterator[str]:
    yield from _wrong_size(shape, len(text), place)
    if isinstance(shape, StringShape) and shape.enum and text not in shape.enum:
        yield f"{place} is {text!r}, not one of {shape.enum}"
    pattern = _compiled(shape.metadata.get("pattern", ""))
    if pattern and not pattern.search(text):
        yield f"{place} is {text!r}, which is not {pattern.pattern}"


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return the pattern; None if only Java can read it."""
    try:
        with warnings.catch_warnings(action="ignore"):
            return re.compile(pattern)
    except re.error:
        return None


def _wrong_size(shape: Shape, size: float, place: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < float(least):
        yield f"{place} has {size}, at least {least} are needed"
    if most is not None and size > float(most):
        yield f"{place} has {size}, at most {most} are allowed"
