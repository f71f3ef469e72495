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
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import predict
    from sentiment.errors import InvalidRequest
    from sentiment.serving.predictor import Predictor

_SHUTDOWN_GRACE_S = 20  # SageMaker kills a container 30 s after SIGTERM
_MAX_WAITING = 256  # requests; further ones get 503 at once
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
        self.code = code


class ModelServer:
    """The ASGI application that answers requests with the predictor."""

    def __init__(self, predictor: Predictor) -> None:
        from sentiment.artifact.onnx_network import usable_cores
        from sentiment.serving.micro_batching import MicroBatcher

        self._predictor = predictor
        self._batcher = MicroBatcher(predictor.predict, _MAX_WAITING, usable_cores())

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        methods = _METHODS.get(scope["path"])
        if methods is None:
            await _send(send, _NOT_FOUND, b"")
        elif scope["method"] not in methods:
            await _send(send, _NOT_ALLOWED, b"", [(b"allow", ", ".join(methods).encode())])
        elif scope["path"] == "/ping":
            await _send(send, _OK, b"")
        else:
            await self._invoke(scope, receive, send)

    async def _invoke(self, scope: Message, receive: Receive, send: Send) -> None:
        import predict

        asked = {name: value.decode("latin-1") for name, value in scope["headers"]}
        body = await _read(receive)
        prediction = await self._answer(body, asked.get(b"content-type"))
        status = ResponseStatus()
        write = partial(predict.output_fn, prediction, asked.get(b"accept"), status)
        content, media_type = await _beside_the_loop(write, body)
        headers = [(b"content-type", media_type.encode())]
        if media_type.startswith("text/"):
            headers = [(b"content-type", f"{media_type}; charset=utf-8".encode())]
        if status.code == _BUSY:
            headers.append((b"retry-after", _RETRY_AFTER_S))
        await _send(send, status.code, content, headers)

    async def _answer(
        self, body: bytes, content_type: str | None
    ) -> predict.Answered | InvalidRequest:
        import predict
        from sentiment.errors import InvalidRequest
        from sentiment.serving.micro_batching import QueueFullError

        request = await _beside_the_loop(partial(predict.input_fn, body, content_type), body)
        if isinstance(request, InvalidRequest):
            return request
        try:
            if request.explain:
                return await self._batcher.alone(
                    partial(predict.predict_fn, request, self._predictor)
                )
            found = await self._batcher.predict(predict.readable_reviews(request))
        except QueueFullError:
            return InvalidRequest("busy", "too many requests are waiting; try again later", _BUSY)
        return predict.join_results(request, found)


async def _beside_the_loop(work: Callable[[], Returned], body: bytes) -> Returned:
    """Return `work()`, run in a thread if the body is large, so that /ping is still answered."""
    return work() if len(body) < _SMALL_BODY_BYTES else await asyncio.to_thread(work)


async def _read(receive: Receive) -> bytes:
    """Return the request's body, or a beginning of it that is longer than the limit."""
    from sentiment.serving.http_format import MAX_BODY_BYTES

    body = bytearray()
    more = True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _send(send: Send, status: int, content: bytes, headers: Headers | None = None) -> None:
    length = (b"content-length", b"%d" % len(content))
    await send(
        {"type": "http.response.start", "status": status, "headers": [length, *(headers or [])]}
    )
    await send({"type": "http.response.body", "body": content})


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
    uvicorn.run(
        ModelServer(predictor),
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
