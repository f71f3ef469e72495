"""HTTP servers for the length of a block; the app under Chalice's own, behind a stage if wanted."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from chalice.config import Config
from chalice.local import (
    ChaliceRequestHandler,
    LambdaEventConverter,
    create_local_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from socketserver import TCPServer

    from chalice import Chalice


@contextmanager
def running(server: TCPServer) -> Iterator[str]:
    """Serve in a thread for the length of the block; the value is the server's URL."""
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _StagedEvents(LambdaEventConverter):  # type: ignore[misc]  # Chalice has no types
    """Events as API Gateway makes them under a stage: routes without it, the full path beside."""

    def __init__(self, inner: LambdaEventConverter, stage: str) -> None:
        self.__dict__.update(vars(inner))
        self._prefix = f"/{stage}"

    def create_lambda_event(self, method: str, path: str, *args: Any, **more: Any) -> Any:
        if not path.startswith(self._prefix):
            raise ValueError(path)  # a 403, as there
        route = path.removeprefix(self._prefix) or "/"
        event = super().create_lambda_event(method, route, *args, **more)
        event["requestContext"]["path"] = path.partition("?")[0]
        return event


class _QuietHandler(ChaliceRequestHandler):  # type: ignore[misc]  # Chalice has no types
    disable_nagle_algorithm = True  # else 44 ms a request on a kept connection
    stage: str | None = None

    def handle(self) -> None:
        if self.stage is not None:
            gateway = self.local_gateway
            gateway.event_converter = _StagedEvents(gateway.event_converter, self.stage)
        super().handle()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _StagedHandler(_QuietHandler):
    stage = "prod"


@contextmanager
def local_server(app: Chalice, *, under_stage: bool = False) -> Iterator[str]:
    """Run `app` under Chalice's own local server for the block; the value is its URL.

    With `under_stage` its addresses begin with /prod, as behind API Gateway.
    """
    config = Config.create(lambda_timeout=20)
    server = create_local_server(app, config, "127.0.0.1", 0).server
    server.block_on_close = False  # browsers keep connections open
    handler = _StagedHandler if under_stage else _QuietHandler
    server.RequestHandlerClass = partial(handler, app_object=app, config=config)
    with running(server) as url:
        yield url
