"""The SageMaker endpoint: calls to it, and its failures as our errors."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    HTTPClientError,
    IncompleteReadError,
    NoRegionError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from chalicelib import aws
from chalicelib.circuit import Circuit
from chalicelib.content import parse_json
from chalicelib.errors import (
    BadJson,
    EmptyReview,
    EndpointError,
    EndpointMissing,
    EndpointThrottled,
    EndpointTooSlow,
    EndpointUnavailable,
    InvalidSetup,
    ModelFailed,
    RequestError,
    TooLong,
    Undecodable,
    WebError,
)
from chalicelib.exchange import JSON_TYPE
from chalicelib.reviews import Review
from chalicelib.settings import (
    CONNECT_TIMEOUT_S,
    MAX_ANSWER_BYTES,
    READ_TIMEOUT_S,
    RETRY_PAUSES_S,
    RETRY_WINDOW_S,
)

_THROTTLED = {"ThrottlingException", "Throttling", "TooManyRequestsException"}
_WITHHELD = ("unsure", "not_a_review")  # sentiments with a `reason` instead of a verdict
_NOT_NOW = {"ModelNotReadyException", "ServiceUnavailable", "InternalDependencyException"}

_NO_ANSWER = 0  # the status of a container that ended, and is being restarted
_SENTIMENTS = ("positive", "negative", *_WITHHELD)

Verdict = dict[str, Any]  # the endpoint's fields, passed on unchanged


class SageMakerRuntime(Protocol):
    """The one method of AWS's client that is used here; a fake can have it too."""

    def invoke_endpoint(
        self,
        *,
        EndpointName: str,  # noqa: N803  # AWS's names
        ContentType: str,  # noqa: N803
        Accept: str,  # noqa: N803
        Body: bytes,  # noqa: N803
    ) -> Mapping[str, Any]: ...


def make_client() -> SageMakerRuntime:
    """Return a client with our timeouts; Endpoint retries.

    Call it once, at import: Lambda gives a small function a whole core only while it starts.

    Raises:
        NoRegionError: no region is set; Chalice explains it.
        InvalidSetup: the client cannot be made for another reason.
    """
    config = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=READ_TIMEOUT_S,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
    )
    try:
        client: SageMakerRuntime = aws.make_client("sagemaker-runtime", config)
    except NoRegionError:
        raise
    except BotoCoreError as error:
        raise InvalidSetup(f"No SageMaker client: {error}") from error
    return client


class Endpoint:
    """The named endpoint, called through `client`.

    A call changes nothing, so it may be repeated: twice at most, after a random pause, and not
    after RETRY_WINDOW_S. A circuit breaker keeps requests from an endpoint that is down.
    """

    def __init__(
        self,
        client: SageMakerRuntime,
        name: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self.name = name
        self._sleep = sleep
        self._clock = clock
        self._circuit = Circuit(clock)

    def judge(self, review: Review) -> Verdict:
        """Return the endpoint's verdict on one review.

        Raises:
            EndpointError: the endpoint failed or is unavailable.
            RequestError: the model could not read the review.
        """
        return _as_verdict(self._request({"review": review.text, "explain": review.explain}))

    def judge_all(self, texts: Sequence[str]) -> tuple[list[Verdict], str | None]:
        """Return a verdict or `{"error": ...}` for each text, and the model's version; one call.

        Raises:
            EndpointError: the endpoint failed or is unavailable.
        """
        answer = self._request({"reviews": list(texts)})
        if not isinstance(answer, dict):
            raise _unreadable()
        results = answer.get("results")
        if not isinstance(results, list) or len(results) != len(texts):
            raise _unreadable()
        found = [_as_result(result) for result in results]
        versions = [result["model_version"] for result in found if "model_version" in result]
        return found, str(versions[0]) if versions else None

    def _request(self, content: object) -> object:
        """Return the parsed answer; retry temporary failures, within bounds."""
        is_probe = self._circuit.enter()
        body = json.dumps(content, ensure_ascii=False).encode()
        try:
            answer = self._retry(body, () if is_probe else RETRY_PAUSES_S)
        except (EndpointThrottled, EndpointUnavailable) as error:
            self._circuit.note_failure(error)
            raise
        except EndpointTooSlow as error:
            # an error that comes at once must not say that the model was slow
            self._circuit.note_failure(_unavailable(str(error.cause)))
            raise
        except WebError:
            self._circuit.note_answer()
            raise
        self._circuit.note_answer()
        return answer

    def _retry(self, body: bytes, pauses_s: Sequence[float]) -> object:
        give_up_at = self._clock() + RETRY_WINDOW_S
        for pause_s in pauses_s:
            try:
                return self._invoke(body)
            except EndpointMissing:
                raise
            except (EndpointThrottled, EndpointUnavailable):
                wait_s = pause_s * random.uniform(0.5, 1.0)  # noqa: S311  # spreads retries
                if self._clock() + wait_s > give_up_at:
                    raise
                self._sleep(wait_s)
        return self._invoke(body)

    def _invoke(self, body: bytes) -> object:
        try:
            answer = self._client.invoke_endpoint(
                EndpointName=self.name,
                ContentType=JSON_TYPE,
                Accept=JSON_TYPE,
                Body=body,
            )
            content = _read(answer["Body"])
        except ClientError as error:
            raise _from_aws(error) from error
        except (ReadTimeoutError, ConnectTimeoutError) as error:
            raise EndpointTooSlow(
                "The model took too long to answer. Please try again.",
                cause=type(error).__name__,
            ) from error
        except (NoConnectionError, HTTPClientError, IncompleteReadError) as error:
            raise _unavailable(type(error).__name__) from error
        except BotoCoreError as error:
            raise _refused(type(error).__name__) from error
        try:
            return parse_json(content.decode())
        except (UnicodeDecodeError, BadJson) as error:
            raise _unreadable() from error


def _read(body: Any) -> bytes:
    """Return the whole answer.

    Raises:
        ModelFailed: it is longer than any answer of the model.
    """
    content = b""
    while part := body.read(MAX_ANSWER_BYTES):  # the last, empty one finds that the answer was cut
        content += part
        if len(content) > MAX_ANSWER_BYTES:
            body.close()
            raise _unreadable()
    return content


def _from_aws(error: ClientError) -> WebError:
    """Return our error for AWS's, whose message has ARNs and account numbers."""
    code = error.response["Error"]["Code"]
    if code == "ModelError":
        return _from_model(error.response)
    if code in _THROTTLED:
        return EndpointThrottled(
            "Too many people are asking at once. Please try again in a moment.",
            cause=code,
        )
    if code in _NOT_NOW:
        return _unavailable(code)
    if code == "ValidationError":  # the name is well formed, so the endpoint does not exist
        return EndpointMissing("No model is deployed here at the moment.", cause=code)
    return _refused(code)


def _from_model(response: Mapping[str, Any]) -> WebError:
    """Return our error for the container's error, without its text."""
    status = response.get("OriginalStatusCode", 500)
    code = _error_code(response.get("OriginalMessage", ""))
    cause = f"ModelError {status} {code}".rstrip()
    if status == TooLong.status or code == TooLong.code:
        return TooLong("The review is too long for the model.", cause=cause)
    if status == RequestError.status:
        known: dict[str, Callable[[], RequestError]] = {
            EmptyReview.code: EmptyReview,
            Undecodable.code: Undecodable,
        }
        if code in known:
            return known[code]()
        return RequestError("The model could not read this review.", cause=cause)
    if status in (_NO_ANSWER, EndpointThrottled.status, EndpointUnavailable.status):
        return _unavailable(cause)
    return ModelFailed("The model failed on this review. Please try again later.", cause=cause)


def _error_code(original_message: str) -> str:
    """Return the code of the container's `{"error": {"code": ...}}`; '' for any other text."""
    try:
        answer = parse_json(original_message)
    except BadJson:
        return ""
    error = answer.get("error") if isinstance(answer, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and code.isidentifier() else ""


def _as_verdict(answer: object) -> Verdict:
    if not isinstance(answer, dict) or answer.get("sentiment") not in _SENTIMENTS:
        raise _unreadable()
    if answer["sentiment"] in _WITHHELD and not isinstance(answer.get("reason"), str):
        raise _unreadable()
    for name in ("score", "confidence"):
        value = answer.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            raise _unreadable()
    return answer


def _as_result(result: object) -> Verdict:
    if not isinstance(result, dict) or "error" not in result:
        return _as_verdict(result)
    code = _error_code(json.dumps(result)) or RequestError.code
    return {"error": {"code": code, "message": "The model could not read this review."}}


def _unavailable(cause: str) -> EndpointUnavailable:
    return EndpointUnavailable(
        "The model is not ready yet. Please try again in a few seconds.",
        cause=cause,
    )


def _refused(cause: str) -> EndpointError:
    return EndpointError("The model cannot be reached from here at the moment.", cause=cause)


def _unreadable() -> ModelFailed:
    return ModelFailed("The model gave an unreadable answer.", cause="unreadable")
