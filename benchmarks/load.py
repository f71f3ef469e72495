"""Clients of an endpoint, in a process of their own; they time each request.

    python -m benchmarks.load --port PORT --clients 32 --requests 2000 < REVIEWS.json

Each client keeps one connection open and sends its next review once it has the last answer.
Standard input is a JSON list of reviews. Standard output is `{"seconds": ..., "busy_s": ...,
"latencies_s": [...], "scores": [...]}`, in the order of the requests. `busy_s` is the clients' own
processor time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

_HEAD = (
    "POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Accept: application/json\r\nContent-Length: {}\r\n\r\n"
)
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class _Log:
    """Seconds and bytes of each answer, by the request's number."""

    answers: dict[int, tuple[float, bytes]] = field(default_factory=dict)


class _Client(asyncio.Protocol):
    """One connection: sends a request, times the answer, sends the next."""

    def __init__(
        self, requests: Iterator[tuple[int, bytes]], log: _Log, done: asyncio.Future[None]
    ) -> None:
        self._requests, self._log, self._done = requests, log, done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        self._log.answers[self._number] = time.perf_counter() - self._sent_at, self._answer
        self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the endpoint closed a connection"))

    def _send(self) -> None:
        self._answer = b""
        self._number, request = next(self._requests, (-1, b""))
        if request:
            self._sent_at = time.perf_counter()
            self._transport.write(request)
        else:
            self._done.set_result(None)
            self._transport.close()


def _score(answer: bytes) -> float:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head[:20]:
        raise RuntimeError(f"the endpoint answered {answer[:240]!r}")
    score: float = json.loads(body)["score"]
    return score


async def _run(port: int, n_clients: int, requests: Sequence[bytes]) -> dict[str, object]:
    log = _Log()
    remaining = iter(enumerate(requests))
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(n_clients)]
    started, busy = time.perf_counter(), time.process_time()
    for each in done:
        await loop.create_connection(partial(_Client, remaining, log, each), "127.0.0.1", port)
    await asyncio.gather(*done)
    seconds, busy_s = time.perf_counter() - started, time.process_time() - busy
    answers = [log.answers[i] for i in range(len(requests))]
    return {
        "seconds": seconds,
        "busy_s": busy_s,
        "latencies_s": [latency_s for latency_s, _ in answers],
        "scores": [_score(answer) for _, answer in answers],
    }


def main(arguments: Sequence[str]) -> int:
    """Print the times and scores as JSON; return 0 if every request was answered."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.load", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--port", type=int, required=True, help="port of the server on 127.0.0.1")
    parser.add_argument(
        "--clients", metavar="N", type=int, required=True, help="number of concurrent clients"
    )
    parser.add_argument(
        "--requests", metavar="N", type=int, required=True, help="number of requests in all"
    )
    options = parser.parse_args(arguments)
    reviews = json.load(sys.stdin)
    bodies = [json.dumps({"review": review}).encode() for review in reviews]
    requests = [_HEAD.format(len(body)).encode() + body for body in bodies]
    chosen = [requests[i % len(requests)] for i in range(options.requests)]
    json.dump(asyncio.run(_run(options.port, options.clients, chosen)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
