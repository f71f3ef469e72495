"""Feedback on verdicts: read from a request, kept in a DynamoDB table for a year.

The table has the answer, the verdict's score and the model's version, and the review if the client
sends it. It has nothing about the sender: no address, no cookie, no name.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import aws
from chalicelib.content import body_text, parse_fields, whole_text
from chalicelib.errors import FeedbackUnavailable, RequestError, UnsupportedType
from chalicelib.exchange import JSON_TYPE, Request
from chalicelib.negotiation import media_type
from chalicelib.reviews import check_review
from chalicelib.settings import CONNECT_TIMEOUT_S, FEEDBACK_KEPT_DAYS

_FIELDS = ("right", "score", "model_version", "review")
_VERSION = re.compile(r"[\w.+-]{1,64}", re.ASCII)
_KEPT_CHARACTERS = 2_000  # a stranger's table would cost more than the requests that fill it
_READ_TIMEOUT_S = 3.0
_ATTEMPTS = 3  # at most 3 * (2 + 3) s, under the Lambda's 20 s


@dataclass(frozen=True)
class Feedback:
    """One person's answer to 'Was this right?'."""

    right: bool
    score: float  # the verdict's, in [0, 1]
    model_version: str
    review: str | None = None  # its beginning, only if the client sends it to be kept


class DynamoDB(Protocol):
    """The one method of AWS's client that is used here."""

    def put_item(
        self,
        *,
        TableName: str,  # noqa: N803  # AWS's names
        Item: Mapping[str, Mapping[str, Any]],  # noqa: N803
    ) -> object: ...


def read_feedback(request: Request) -> Feedback:
    """Return the feedback in a JSON body.

    Raises:
        RequestError: the body is not valid feedback.
    """
    if media_type(request.header("content-type") or JSON_TYPE) != JSON_TYPE:
        raise UnsupportedType("Send the feedback as application/json.")
    value = parse_fields(body_text(request), _FIELDS)
    right, score, version = (value.get(name) for name in ("right", "score", "model_version"))
    review = value.get("review")
    if not isinstance(right, bool):
        raise RequestError("'right' must be true or false.")
    if isinstance(score, bool) or not isinstance(score, (int, float)) or not 0 <= score <= 1:
        raise RequestError("'score' must be the verdict's score, a number from 0 to 1.")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise RequestError("'model_version' must be the verdict's model version.")
    if "review" not in value:
        return Feedback(right, float(score), version)
    if not isinstance(review, str):
        raise RequestError("'review' must be a string.")
    kept = check_review(whole_text(review))[:_KEPT_CHARACTERS]
    return Feedback(right, float(score), version, kept)


def make_client() -> DynamoDB:
    """Return a client with our timeouts and retries."""
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    client: DynamoDB = aws.make_client("dynamodb", config)
    return client


class FeedbackTable:
    """The named table. Its client is made for the first feedback, since few visitors send any."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], DynamoDB] = make_client,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._name = name
        self._connect = connect
        self._client: DynamoDB | None = None
        self._clock = clock

    def keep(self, feedback: Feedback) -> date:
        """Store the feedback; return the day on which the table deletes it.

        Raises:
            FeedbackUnavailable: the table is missing, busy or unreachable.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)
        end = now + timedelta(days=FEEDBACK_KEPT_DAYS)
        item: dict[str, dict[str, Any]] = {
            "id": {"S": uuid.uuid4().hex},
            "received_on": {"S": now.date().isoformat()},
            "expires_at": {"N": str(int(end.timestamp()))},  # the table's TTL attribute
            "right": {"BOOL": feedback.right},
            "score": {"N": f"{feedback.score:.6f}"},
            "model_version": {"S": feedback.model_version},
        }
        if feedback.review is not None:
            item["review"] = {"S": feedback.review}
        try:
            if self._client is None:
                self._client = self._connect()
            self._client.put_item(TableName=self._name, Item=item)
        except ClientError as error:
            raise FeedbackUnavailable(cause=error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise FeedbackUnavailable(cause=type(error).__name__) from error
        return end.date()
