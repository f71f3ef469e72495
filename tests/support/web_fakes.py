"""Stand-ins for the SageMaker endpoint that can fail on command, with AWS's true wire shapes.

`FakeClient` has the one method of boto3's client that the app calls. `FakeRuntime` is that
service over HTTP on loopback, for the real boto3 client: AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME leads
to it. Both judge by counting words, so that a test knows the verdict beforehand.
"""

from __future__ import annotations

import io
import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

from botocore.exceptions import ClientError

from sentiment.serving.http_format import read_request, write_answer
from sentiment.serving.predictor import REASONS
from tests.support.timeouts import HANG_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sentiment.serving.unsure import Cause


MODEL_VERSION = "1.0.0-ab12cd34"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/movie-sentiment-local"
# What importing app.py needs.
APP_ENVIRONMENT = {
    "ENDPOINT_NAME": "movie-sentiment-local",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
_GOOD = {"wonderful", "good", "great", "loved", "moving", "brilliant"}
_BAD = {"awful", "bad", "boring", "terrible", "hated", "dull"}
# In an unsure review, the word that says why.
_BECAUSE: dict[str, Cause] = {"however": "mixed", "plot": "no_opinion", "jargon": "not_understood"}
_FEWEST_NAMED = 40  # words of a review


def judge(text: str) -> dict[str, Any]:
    """Return the verdict the fakes give: by which words are more, positive where there are none.

    As many good as bad words leave it unsure; 'zxqvy' occurs in no review.
    """
    words = re.findall("[a-z]+", text.lower())
    n_good, n_bad = (sum(word in kind for word in words) for kind in (_GOOD, _BAD))
    score = 0.973142 if n_good >= n_bad else 0.041
    side = "positive" if score >= 0.5 else "negative"
    verdict: dict[str, Any] = {"sentiment": side, "lean": side, "unsure_because": None}
    if n_good == n_bad > 0:
        score = 0.382
        because: Cause = next((kind for word, kind in _BECAUSE.items() if word in words), "close")
        lean = "negative" if because in ("mixed", "close") else None
        verdict = {"sentiment": "unsure", "lean": lean, "unsure_because": because}
        verdict["reason"] = REASONS[because]
    if "zxqvy" in words:
        score, reason = 0.5, "None of its words is known; only English is read."
        verdict = {"sentiment": "not_a_review", "lean": None, "unsure_because": None}
        verdict["reason"] = reason
    return {
        **verdict,
        "score": score,
        "confidence": max(score, 1 - score),
        "truncated": len(words) > 1000,
        "n_words": len(words),
        "n_words_read": min(len(words), 1000),
        "model_version": MODEL_VERSION,
    }


def explain(text: str) -> dict[str, Any]:
    """Return the reasons the fakes give: good words move by 2, bad ones by -1.5, the rest by 0.

    Places are in code points, and the strongest words are named, as the endpoint does.
    """
    weights = {**dict.fromkeys(_GOOD, 2.0), **dict.fromkeys(_BAD, -1.5)}
    words = [
        {
            "start": match.start(),
            "end": match.end(),
            "contribution": weights.get(match[0].lower(), 0.0),
        }
        for match in re.finditer("[A-Za-z]+", text)
    ]
    sentences = []
    for match in re.finditer(r"[^\s.!?][^.!?]*[.!?]*", text):
        inside = [w["contribution"] for w in words if match.start() <= w["start"] < match.end()]
        if inside:
            sentences.append(
                {"start": match.start(), "end": match.end(), "contribution": sum(inside)}
            )
    strongest = sorted(words, key=lambda word: -abs(word["contribution"]))
    named = strongest[: max(_FEWEST_NAMED, len(words) // 10)]
    words = sorted(named, key=lambda word: word["start"])
    return {"start_score": 0.5, "sentences": sentences, "words": words}


def answer_question(question: Any) -> dict[str, Any]:
    """Return what the model's container answers to the JSON it is asked."""
    request = read_request(json.dumps(question).encode(), "application/json")
    results = []
    for text in request.reviews:
        verdict = judge(str(text))
        if request.explain:
            is_review = verdict["sentiment"] != "not_a_review"
            reasons = explain(str(text))
            verdict |= reasons if is_review else reasons | {"sentences": [], "words": []}
        results.append(_Judged(verdict))
    answer: dict[str, Any] = json.loads(write_answer(request, cast("Any", results), None))
    return answer


@dataclass(frozen=True)
class _Judged:
    """A verdict for the handlers' own writer."""

    verdict: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return self.verdict


@dataclass(frozen=True)
class Failure:
    """One way in which InvokeEndpoint fails, as SageMaker Runtime words it."""

    code: str
    status: int
    body: Mapping[str, Any]

    def as_client_error(self) -> ClientError:
        """Return what boto3 raises for it."""
        message = self.body.get("Message") or self.body.get("message") or ""
        response: Any = {
            **self.body,
            "Error": {"Code": self.code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": self.status, "RetryAttempts": 0},
        }
        return ClientError(response, "InvokeEndpoint")


def model_error(status: int, message: str) -> Failure:
    """Return the ModelError for a container that answered `status` and `message`."""
    fault = "CLIENT" if 400 <= status < 500 else "SERVER"
    body = {
        "ErrorCode": f"{fault}_ERROR_FROM_MODEL",
        "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/x",
        "Message": f"Received {fault.lower()} error ({status}) from primary with message {message}",
        "OriginalMessage": message,
        "OriginalStatusCode": status,
    }
    return Failure("ModelError", 424, body)


def container_error(status: int, code: str) -> Failure:
    """Return the ModelError for our own container's refusal."""
    error = {"error": {"code": code, "message": f"The container's own words, {ARN}."}}
    return model_error(status, json.dumps(error))


THROTTLED = Failure("ThrottlingException", 400, {"message": "Rate exceeded"})
UNAVAILABLE = Failure("ServiceUnavailable", 503, {"Message": "Service is unavailable."})
NOT_READY = Failure("ModelNotReadyException", 429, {"Message": f"{ARN} is scaling up."})
INTERNAL = Failure("InternalFailure", 500, {"Message": "Internal failure."})
MISSING = Failure(
    "ValidationError",
    400,
    {"Message": "Endpoint movie-sentiment-local of account 123456789012 not found."},
)
FORBIDDEN = Failure(
    "AccessDeniedException",
    403,
    {"Message": f"User: arn:aws:sts::123456789012:x is not authorized on resource: {ARN}"},
)
CRASHED = model_error(500, 'Traceback (most recent call last):\n  File "predict.py", line 1')


@dataclass
class FakeClient:
    """boto3's sagemaker-runtime client, handed in: plays `script` first, then judges."""

    script: list[Failure | Exception | bytes] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)

    def invoke_endpoint(
        self,
        *,
        EndpointName: str,  # noqa: N803
        ContentType: str,  # noqa: N803
        Accept: str,  # noqa: N803
        Body: bytes,  # noqa: N803
    ) -> Mapping[str, Any]:
        assert (ContentType, Accept) == ("application/json", "application/json")
        assert EndpointName
        self.asked.append(json.loads(Body))
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Failure):
            raise step.as_client_error()
        if isinstance(step, Exception):
            raise step
        content = json.dumps(answer_question(self.asked[-1])).encode() if step is None else step
        return {"Body": io.BytesIO(content), "ContentType": Accept, "InvokedProductionVariant": "x"}


class FakeRuntime(ThreadingHTTPServer):
    """SageMaker Runtime on loopback. `failures` are played first; `hold` keeps answers back."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeHandler)
        self.failures: list[Failure] = []
        self.asked: list[Any] = []
        self.after_reset: Callable[[], None] = lambda: None
        self._open = threading.Event()
        self._open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead an unmodified boto3 client here."""
        return {**APP_ENVIRONMENT, "AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME": self.url}

    def fail(self, failure: Failure, times: int = 1) -> None:
        self.failures.extend([failure] * times)

    def reset(self) -> None:
        self.failures.clear()
        self.asked.clear()
        self._open.set()
        self.after_reset()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every answer back until the block ends."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def wait_until_open(self) -> None:
        self._open.wait(timeout=HANG_S)


class _RuntimeHandler(BaseHTTPRequestHandler):
    server: FakeRuntime
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match = re.fullmatch(r"/endpoints/([^/]+)/invocations", self.path)
        if match is None:
            self._send(404, {"message": "no such operation"}, "UnknownOperationException")
            return
        self.server.asked.append(json.loads(body))
        self.server.wait_until_open()
        failure = self.server.failures.pop(0) if self.server.failures else None
        if failure is None and unquote(match[1]) != "movie-sentiment-local":
            failure = MISSING
        if failure is not None:
            self._send(failure.status, failure.body, failure.code)
        else:
            self._send(200, answer_question(json.loads(body)))

    def _send(self, status: int, value: Mapping[str, Any], error: str | None = None) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("x-Amzn-Invoked-Production-Variant", "AllTraffic")
        if error is not None:
            self.send_header("x-amzn-ErrorType", error)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: a test reads `asked`."""
