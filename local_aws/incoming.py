"""Limits how long a client may take to send a request."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

IDLE_LIMIT_S = 20.0  # as S3 waits for a client that stops sending
MINIMUM_BYTES_PER_S = 500  # as Apache's mod_reqtimeout expects of a client after that


class Incoming(io.RawIOBase):
    """The bytes of one request, from a client that is not too slow.

    A request may take `IDLE_LIMIT_S` from its first byte, and a second more for every
    `MINIMUM_BYTES_PER_S` that have arrived. `restart` begins the next one of a kept connection.

    Raises:
        TimeoutError: on reading, the client took longer.
    """

    def __init__(self, connection: socket.socket, clock: Callable[[], float]) -> None:
        super().__init__()
        self._connection = connection
        self._clock = clock
        self._n_bytes = 0
        self._started_s = 0.0
        self._stalled = False

    def readable(self) -> bool:
        return True

    def restart(self) -> None:
        """Count from the next byte."""
        self._n_bytes = 0

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if self._stalled:
            return 0
        try:
            n_read = self._connection.recv_into(buffer)
            now_s = self._clock()
            if not self._n_bytes:
                self._started_s = now_s
            self._n_bytes += n_read
            if now_s - self._started_s > IDLE_LIMIT_S + self._n_bytes / MINIMUM_BYTES_PER_S:
                raise TimeoutError("the client sends too slowly")
        except TimeoutError:
            self._stalled = True
            raise
        return n_read
