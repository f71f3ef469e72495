"""Tags of SageMaker resources, by ARN."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from local_aws.errors import ValidationError
from local_aws.http import JsonObject

_MAX_TAGS = 50


class TagStore:
    """The tags of existing resources; requests for other ARNs fail as on AWS."""

    def __init__(self) -> None:
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def register(self, arn: str, tags: Iterable[JsonObject] | None) -> None:
        """Store the tags of a new resource."""
        with self._lock:
            self._tags[arn] = {tag["Key"]: tag["Value"] for tag in tags or ()}

    def forget(self, arn: str) -> None:
        """Drop a deleted resource's tags."""
        with self._lock:
            self._tags.pop(arn, None)

    def all(self) -> dict[str, dict[str, str]]:
        """Return the tags of every resource, by ARN."""
        with self._lock:
            return {arn: dict(tags) for arn, tags in self._tags.items()}

    def restore(self, tags: dict[str, dict[str, str]]) -> None:
        """Take over the tags of an earlier run's resources."""
        with self._lock:
            self._tags.update(tags)

    def add(self, params: JsonObject) -> JsonObject:
        """Answer AddTags.

        Raises:
            ValidationError: the resource does not exist, or would have too many tags.
        """
        with self._lock:
            tags = self._of(params["ResourceArn"])
            merged = {**tags, **{tag["Key"]: tag["Value"] for tag in params["Tags"]}}
            if len(merged) > _MAX_TAGS:
                raise ValidationError(f"a resource takes at most {_MAX_TAGS} tags")
            tags.update(merged)
            return {"Tags": _as_list(tags)}

    def list(self, params: JsonObject) -> JsonObject:
        """Answer ListTags.

        Raises:
            ValidationError: the resource does not exist.
        """
        with self._lock:
            return {"Tags": _as_list(self._of(params["ResourceArn"]))}

    def delete(self, params: JsonObject) -> JsonObject:
        """Answer DeleteTags.

        Raises:
            ValidationError: the resource does not exist.
        """
        with self._lock:
            tags = self._of(params["ResourceArn"])
            for key in params["TagKeys"]:
                tags.pop(key, None)
            return {}

    def _of(self, arn: str) -> dict[str, str]:
        if arn not in self._tags:
            raise ValidationError(f'Could not find resource "{arn}".')
        return self._tags[arn]


def _as_list(tags: dict[str, str]) -> list[JsonObject]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
