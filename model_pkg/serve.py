"""The model server: GET /ping and POST /invocations around predict.py, as SageMaker expects.

    python serve.py serve     [--host 0.0.0.0] [--port 8080] [--model-dir /opt/ml/model]

SageMaker starts a container with the argument `serve`. The model is loaded before the port opens,
so that an artifact that cannot be served ends the process with a sentence, not each request.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from sentiment.predictor import Predictor

_SHUTDOWN_GRACE_S = 20  # SageMaker kills a container 30 s after SIGTERM
_MAX_WAITING = 256  # requests at a time, beyond which the answer is 503 at once
_BUSY = 503
_RETRY_AFTER_S = "1"


class ResponseStatus:
    """The status that the handlers chose, in the shape of a model server's context."""

    def __init__(self) -> None:
        self.code = 200

    def set_response_status(self, code: int = 200, phrase: str = "") -> None:  # noqa: ARG002 - AWS's signature
        self.code = code


def make_app(predictor: Predictor) -> Starlette:
    """The ASGI application that answers with the predictor."""
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Route

    import predict
    from sentiment.errors import InvalidRequest
    from sentiment.micro_batching import MicroBatcher, QueueFullError
    from sentiment.wire import MAX_BODY_BYTES

    batcher = MicroBatcher(predictor.predict, _MAX_WAITING)

    async def answer(body: bytes, content_type: str | None) -> predict.Answered | InvalidRequest:
        if len(body) > MAX_BODY_BYTES:
            return InvalidRequest("too_long", "the request is larger than 6 MB", 413)
        request = predict.input_fn(body, content_type)
        if isinstance(request, InvalidRequest):
            return request
        try:
            if request.explain:
                return await batcher.alone(partial(predict.predict_fn, request, predictor))
            found = await batcher.predict(predict.readable_reviews(request))
        except QueueFullError:
            return InvalidRequest("busy", "too many requests are waiting; come back later", 503)
        return predict.join_results(request, found)

    async def ping(_request: Request) -> Response:
        return Response(b"", 200)

    async def invocations(request: Request) -> Response:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                break
        prediction = await answer(bytes(body), request.headers.get("content-type"))
        status = ResponseStatus()
        content, media_type = predict.output_fn(prediction, request.headers.get("accept"), status)
        headers = {"Retry-After": _RETRY_AFTER_S} if status.code == _BUSY else None
        return Response(content, status.code, headers, media_type)

    return Starlette(
        routes=[
            Route("/ping", ping, methods=["GET"]),
            Route("/invocations", invocations, methods=["POST"]),
        ]
    )


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM; exit code 1 with a sentence where the model cannot be loaded."""
    base = Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
    parser = argparse.ArgumentParser(prog="serve.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=["serve"], help="as SageMaker calls it")
    parser.add_argument("--host", default=os.environ.get("SAGEMAKER_BIND_TO_HOST", "0.0.0.0"))  # noqa: S104 - inside a container
    parser.add_argument(
        "--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    )
    parser.add_argument("--model-dir", type=Path, default=base / "model")
    options = parser.parse_args(arguments)

    # The code that travels in the artifact is the code that fits it.
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
        make_app(predictor),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_SHUTDOWN_GRACE_S,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
