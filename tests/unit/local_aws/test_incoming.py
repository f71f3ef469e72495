"""How long a client may take to send a request."""

from __future__ import annotations

import io
from typing import Any

import pytest

from local_aws.incoming import IDLE_LIMIT_S, MINIMUM_BYTES_PER_S, Incoming


class SlowClient:
    """A client that sends the same number of bytes once a second, by its own clock."""

    def __init__(self, bytes_per_s: int) -> None:
        self._bytes_per_s = bytes_per_s
        self.seconds = 0.0

    def recv_into(self, buffer: memoryview) -> int:
        self.seconds += 1
        buffer[: self._bytes_per_s] = bytes(self._bytes_per_s)
        return self._bytes_per_s

    def incoming(self) -> io.BufferedReader:
        connection: Any = self
        return io.BufferedReader(Incoming(connection, lambda: self.seconds))


def test_a_client_at_the_minimum_rate_may_take_any_time() -> None:
    """An hour, for example."""
    client = SlowClient(MINIMUM_BYTES_PER_S)
    content = client.incoming().read(3600 * MINIMUM_BYTES_PER_S)
    assert len(content) == 3600 * MINIMUM_BYTES_PER_S
    assert client.seconds >= 3600


@pytest.mark.parametrize("bytes_per_s", [1, MINIMUM_BYTES_PER_S // 2])
def test_a_slower_client_is_given_up(bytes_per_s: int) -> None:
    """After the idle limit and a second for every 500 bytes; then it has ended."""
    client = SlowClient(bytes_per_s)
    incoming = client.incoming()
    with pytest.raises(TimeoutError):
        incoming.read(10**6)
    assert IDLE_LIMIT_S < client.seconds <= 2 * IDLE_LIMIT_S + 4
    seconds = client.seconds
    while incoming.read(10**6):
        pass
    assert client.seconds == seconds


def test_the_next_request_of_a_connection_has_its_own_time() -> None:
    """Browsers keep connections, and send little on them."""
    client = SlowClient(10)
    connection: Any = client
    incoming = Incoming(connection, lambda: client.seconds)
    for _ in range(10):
        incoming.restart()
        assert len(incoming.read(10) or b"") == 10
        client.seconds += IDLE_LIMIT_S
