"""A stand-in for DynamoDB that can fail on command, with AWS's true wire shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Mapping

_MESSAGE = "Requested resource not found: Table: x in arn:aws:dynamodb:us-east-1:123456789012"


def refusal(code: str) -> ClientError:
    """What boto3 raises when PutItem is refused."""
    return ClientError({"Error": {"Code": code, "Message": _MESSAGE}}, "PutItem")


@dataclass
class FakeDynamoDB:
    """boto3's dynamodb client, handed in: raises what is in `script` first, then keeps items."""

    script: list[Exception] = field(default_factory=list)
    kept: list[tuple[str, Mapping[str, Mapping[str, Any]]]] = field(default_factory=list)

    def put_item(
        self,
        *,
        TableName: str,  # noqa: N803
        Item: Mapping[str, Mapping[str, Any]],  # noqa: N803
    ) -> object:
        if self.script:
            raise self.script.pop(0)
        self.kept.append((TableName, Item))
        return {"ResponseMetadata": {"HTTPStatusCode": 200}}
