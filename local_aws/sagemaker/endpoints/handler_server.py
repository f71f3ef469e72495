"""The program that serves an inference script: AWS's handler service behind HTTP.

    python handler_server.py MODEL_DIRECTORY

AWS's images put a Java model server in front of `sagemaker_inference`, which calls model_fn,
input_fn, predict_fn and output_fn of code/inference.py. Here an ASGI server of this one module is
in front of it. The model is loaded first, so a script that does not load ends the program. Requests
are computed one at a time, as by one worker of the model server, while /ping is answered.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

_OK, _NOT_FOUND = 200, 404
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Context:
    """The model server's context of a request, as the toolkit and the script's functions use it."""

    def __init__(self, model_dir: str) -> None:
        self.system_properties = {"model_dir": model_dir, "gpu_id": None}
        self.request_processor = [self]
        self.begin({})

    def begin(self, headers: dict[str, str]) -> None:
        """Forget the last request."""
        self._headers = headers
        self.status = _OK
        self.content_type = ""

    def get_request_properties(self) -> dict[str, str]:
        return self._headers

    def get_request_header(self, _index: int, name: str) -> str | None:
        return self._headers.get(name.title())

    def set_response_status(self, code: int = _OK, phrase: str = "", _index: int = 0) -> None:  # noqa: ARG002 - the model server's signature
        self.status = code

    def set_response_content_type(self, _index: int, value: str) -> None:
        self.content_type = value


class HandlerServer:
    """The ASGI application around AWS's handler service."""

    def __init__(self, service: Any, context: Any) -> None:
        self._service = service
        self._context = context
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        line = f"{scope['method']} {scope['path']}"
        if line == "POST /invocations":
            headers = {name.decode().title(): v.decode("latin-1") for name, v in scope["headers"]}
            body = await _read(receive)
            async with self._turn:
                answer = await asyncio.to_thread(self._handle, headers, body)
        else:
            answer = _OK if line == "GET /ping" else _NOT_FOUND, b"", ""
        await _send(send, *answer)

    def _handle(self, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str]:
        """Return status, content and media type of the script's answer."""
        self._context.begin(headers)
        (answer,) = self._service.handle([{"body": body}], self._context)
        if self._context.status >= 500:  # noqa: PLR2004 - the script failed
            print(answer, file=sys.stderr, flush=True)
        return self._context.status, _as_bytes(answer), self._context.content_type


def _as_bytes(answer: Any) -> bytes:
    if isinstance(answer, bytes | bytearray):
        return bytes(answer)
    return (answer if isinstance(answer, str) else json.dumps(answer)).encode()


async def _read(receive: Receive) -> bytes:
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _send(send: Send, status: int, content: bytes, media_type: str) -> None:
    headers = [(b"content-length", b"%d" % len(content))]
    if media_type:
        headers.append((b"content-type", media_type.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


def main() -> None:
    """Load the model of the folder in the first argument, then serve until SIGTERM."""
    model_dir = sys.argv[1]
    sys.path[0] = str(Path(model_dir, "code"))  # in place of this module's folder
    import uvicorn
    from sagemaker_inference.default_handler_service import DefaultHandlerService

    service, context = DefaultHandlerService(), _Context(model_dir)
    service.initialize(context)
    uvicorn.run(
        HandlerServer(service, context),
        host=os.environ["SAGEMAKER_BIND_TO_HOST"],
        port=int(os.environ["SAGEMAKER_BIND_TO_PORT"]),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=20,
    )


if __name__ == "__main__":
    main()
