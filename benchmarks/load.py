"""Clients of an endpoint, in a process of their own: what each request took.

    python -m benchmarks.load --port PORT --clients 32 --requests 2000 < REVIEWS.json

Each client keeps one connection open and asks for its next review when it has the answer to the
last. Standard input is a JSON list of reviews; standard output is `{"seconds": ..., "busy_s":
..., "latencies_s": [...], "scores": [...]}`, in the order of the requests; `busy_s` is what the
clients themselves computed.
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
    """Seconds and bytes of each answer, by the question's number."""

    answers: dict[int, tuple[float, bytes]] = field(default_factory=dict)


class _Client(asyncio.Protocol):
    """One connection: sends a question, takes the answer's time, sends the next."""

    def __init__(
        self, questions: Iterator[tuple[int, bytes]], log: _Log, done: asyncio.Future[None]
    ) -> None:
        self._questions, self._log, self._done = questions, log, done
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, end, body = self._answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return
        self._log.answers[self._number] = time.perf_counter() - self._asked, self._answer
        self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(error or ConnectionError("the endpoint closed a connection"))

    def _ask(self) -> None:
        self._answer = b""
        self._number, question = next(self._questions, (-1, b""))
        if question:
            self._asked = time.perf_counter()
            self._transport.write(question)
        else:
            self._done.set_result(None)
            self._transport.close()


def _score(answer: bytes) -> float:
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " not in head[:20]:
        raise RuntimeError(f"the endpoint answered {answer[:240]!r}")
    score: float = json.loads(body)["score"]
    return score


async def _run(port: int, n_clients: int, questions: Sequence[bytes]) -> dict[str, object]:
    log = _Log()
    remaining = iter(enumerate(questions))
    loop = asyncio.get_running_loop()
    done = [loop.create_future() for _ in range(n_clients)]
    started, busy = time.perf_counter(), time.process_time()
    for each in done:
        await loop.create_connection(partial(_Client, remaining, log, each), "127.0.0.1", port)
    await asyncio.gather(*done)
    seconds, busy_s = time.perf_counter() - started, time.process_time() - busy
    answers = [log.answers[i] for i in range(len(questions))]
    return {
        "seconds": seconds,
        "busy_s": busy_s,
        "latencies_s": [latency_s for latency_s, _ in answers],
        "scores": [_score(answer) for _, answer in answers],
    }


def main(arguments: Sequence[str]) -> int:
    """0 when every request was answered."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    options = parser.parse_args(arguments)
    reviews = json.load(sys.stdin)
    bodies = [json.dumps({"review": review}).encode() for review in reviews]
    questions = [_HEAD.format(len(body)).encode() + body for body in bodies]
    chosen = [questions[i % len(questions)] for i in range(options.requests)]
    json.dump(asyncio.run(_run(options.port, options.clients, chosen)), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
