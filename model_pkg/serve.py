"""The model server: GET /ping and POST /invocations around predict.py, as SageMaker expects.

    python serve.py serve     [--host 0.0.0.0] [--port 8080] [--model-dir /opt/ml/model]

SageMaker starts a container with the argument `serve`. The model is loaded before the port opens,
so a broken artifact ends the process with one error message, instead of failing each request.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import predict
    from sentiment.errors import InvalidRequest
    from sentiment.serving.predictor import Predictor, Verdict

_SHUTDOWN_GRACE_S = 20  # SageMaker kills a container 30 s after SIGTERM
_MAX_WAITING = 256  # requests; further ones get 503 at once
_DEADLINE_S = 60.0  # SageMaker then gives up on an invocation
_TRANSFORM_DEADLINE_S = 3600.0  # the longest that a batch transform can be told to wait
_SWITCH_INTERVAL_S = 0.0005  # a tenth of Python's; /ping waits for one for each busy thread
_OK, _NOT_FOUND, _NOT_ALLOWED, _BUSY = 200, 404, 405, 503
_RETRY_AFTER_S = b"1"
_SMALL_BODY_BYTES = 16 * 1024  # read in less time than it takes to start a thread
_METHODS = {"/ping": ("GET", "HEAD"), "/invocations": ("POST",)}

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Returned = TypeVar("Returned")


class ResponseStatus:
    """The response's status, with the interface of a model server's context."""

    def __init__(self) -> None:
        self.code = _OK

    def set_response_status(self, code: int = 200, phrase: str = "") -> None:  # noqa: ARG002 - AWS's signature
        """Set the status of the response."""
        self.code = code


class _ClientLeft(Exception):
    """The client closed its connection before it had sent the whole request."""


@dataclass(frozen=True)
class _Response:
    status: int
    content: bytes = b""
    headers: Headers = field(default_factory=list)


class ModelServer:
    """The ASGI application that answers requests with the predictor.

    A request ends after `deadline_s`, or when its client leaves; what is left of it is not
    computed. One that could not be answered in time is refused at once.
    """

    def __init__(
        self, predictor: Predictor, deadline_s: float = _DEADLINE_S, endpoint: str = ""
    ) -> None:
        from sentiment.artifact.onnx_network import usable_cores
        from sentiment.serving.micro_batching import WORDS_PER_SECOND, MicroBatcher

        self._predictor = predictor
        self._deadline_s = deadline_s
        self._endpoint = endpoint  # for the log; without it, no request is logged
        n_cores = usable_cores()
        most_words = int(deadline_s * WORDS_PER_SECOND * n_cores)
        self._batcher = MicroBatcher(predictor.predict, _MAX_WAITING, n_cores, most_words)
        self._bodies = ThreadPoolExecutor(1, "bodies")  # more would only delay /ping

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        methods = _METHODS.get(scope["path"])
        if methods is None:
            response: _Response | None = _Response(_NOT_FOUND)
        elif scope["method"] not in methods:
            response = _Response(_NOT_ALLOWED, headers=[(b"allow", ", ".join(methods).encode())])
        elif scope["path"] == "/ping":
            response = _Response(_OK)
        else:
            response = await self._invoke(scope, receive)
        if response is not None:
            await _send(send, response)

    async def _invoke(self, scope: Message, receive: Receive) -> _Response | None:
        """Return the answer, or None if the client has left."""
        from sentiment.errors import InvalidRequest

        started = time.monotonic()
        asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
        accept = asked.get(b"accept")
        try:
            async with asyncio.timeout(self._deadline_s):
                body = await _read(receive)
                work = self._respond(body, asked.get(b"content-type"), accept, started)
                return await _while_connected(work, receive)
        except _ClientLeft:
            return None
        except TimeoutError:
            reason = f"no answer within {self._deadline_s:g} s; send fewer reviews, or try later"
            error = InvalidRequest("busy", reason, _BUSY)
            self._note([error], started)
            return _write(error, accept)

    async def _respond(
        self, body: bytes, content_type: str | None, accept: str | None, started: float
    ) -> _Response:
        prediction = await self._answer(body, content_type)
        response = await self._beside_the_loop(partial(_write, prediction, accept), body)
        self._note(prediction[1] if isinstance(prediction, tuple) else [prediction], started)
        return response

    def _note(self, results: Sequence[Verdict | InvalidRequest], started: float) -> None:
        """Print the request's metrics, which CloudWatch reads from the log."""
        from sentiment.serving.metrics_line import metrics_line

        if self._endpoint:
            elapsed_s = time.monotonic() - started
            print(metrics_line(self._endpoint, results, elapsed_s, time.time()), flush=True)

    async def _answer(
        self, body: bytes, content_type: str | None
    ) -> predict.Answered | InvalidRequest:
        import predict
        from sentiment.errors import InvalidRequest
        from sentiment.serving.micro_batching import QueueFull

        request = await self._beside_the_loop(partial(predict.input_fn, body, content_type), body)
        if isinstance(request, InvalidRequest):
            return request
        readable = predict.readable_reviews(request)
        try:
            if request.explain:
                work = partial(predict.predict_fn, request, self._predictor)
                return await self._batcher.alone(work, "".join(readable))
            found = await self._batcher.predict(readable)
        except QueueFull:
            return InvalidRequest("busy", "too many requests are waiting; try again later", _BUSY)
        return predict.join_results(request, found)

    async def _beside_the_loop(self, work: Callable[[], Returned], body: bytes) -> Returned:
        """Return `work()`, run in a thread if the body is large: /ping is still answered."""
        if len(body) < _SMALL_BODY_BYTES:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._bodies, work)


async def _read(receive: Receive) -> bytes:
    """Return the request's body, or a beginning of it that is longer than the limit."""
    from sentiment.serving.http_format import MAX_BODY_BYTES

    body = bytearray()
    more = True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _ClientLeft
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _while_connected(work: Coroutine[Any, Any, Returned], receive: Receive) -> Returned:
    """Return what `work` returns; cancel it when the client leaves."""

    async def wait_for_disconnect() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    answer, gone = asyncio.create_task(work), asyncio.create_task(wait_for_disconnect())
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise _ClientLeft
    finally:
        answer.cancel()
        gone.cancel()


def _write(prediction: predict.Answered | InvalidRequest, accept: str | None) -> _Response:
    import predict

    status = ResponseStatus()
    content, media_type = predict.output_fn(prediction, accept, status)
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    headers = [(b"content-type", f"{media_type}{charset}".encode())]
    if status.code == _BUSY:
        headers.append((b"retry-after", _RETRY_AFTER_S))
    return _Response(status.code, content, headers)


async def _send(send: Send, response: _Response) -> None:
    headers = [(b"content-length", b"%d" % len(response.content)), *response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM; return exit code 1 if the model cannot be loaded."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    parser = argparse.ArgumentParser(prog="serve.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=["serve"], help="as SageMaker calls it")
    parser.add_argument("--host", default=os.environ.get("SAGEMAKER_BIND_TO_HOST", "0.0.0.0"))  # noqa: S104 - inside a container
    parser.add_argument(
        "--port", type=int, default=os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
    )
    parser.add_argument("--model-dir", type=Path, default=base / "model")
    options = parser.parse_args(arguments)

    # An artifact must be served by the code that it was packed with.
    if (options.model_dir / "code" / "predict.py").is_file():
        sys.path.insert(0, str(options.model_dir / "code"))
    import uvicorn

    import predict
    from sentiment.errors import SentimentError

    try:
        predictor = predict.model_fn(str(options.model_dir))
    except SentimentError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 1
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    uvicorn.run(
        ModelServer(
            predictor,
            _TRANSFORM_DEADLINE_S if predict.is_transform() else _DEADLINE_S,
            os.environ.get("ENDPOINT_NAME", ""),
        ),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
