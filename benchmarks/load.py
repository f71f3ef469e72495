"""Clients of an endpoint, in a process of their own: what each request took.

    python -m benchmarks.load --port PORT --clients 32 --requests 2000 < REVIEWS.json

Each client keeps one connection open and asks for its next review when it has the answer to the
last. Standard input is a JSON list of reviews; standard output is `{"seconds": ..., "latencies_s":
[...], "scores": [...]}`, in the order of the requests.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_HEAD = (
    "POST /invocations HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Accept: application/json\r\nContent-Length: {}\r\n\r\n"
)


@dataclass
class _Log:
    latencies_s: dict[int, float] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)


async def _client(port: int, questions: Iterator[tuple[int, bytes]], log: _Log) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number, question in questions:
        started = time.perf_counter()
        writer.write(question)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        answer = await reader.readexactly(length)
        log.latencies_s[number] = time.perf_counter() - started
        if b" 200 " not in head[:20]:
            raise RuntimeError(f"the endpoint answered {head[:40]!r}: {answer[:200]!r}")
        log.scores[number] = json.loads(answer)["score"]
    writer.close()
    await writer.wait_closed()


async def _run(port: int, n_clients: int, questions: Sequence[bytes]) -> dict[str, object]:
    log = _Log()
    remaining = iter(enumerate(questions))
    started = time.perf_counter()
    await asyncio.gather(*(_client(port, remaining, log) for _ in range(n_clients)))
    seconds = time.perf_counter() - started
    order = range(len(questions))
    return {
        "seconds": seconds,
        "latencies_s": [log.latencies_s[i] for i in order],
        "scores": [log.scores[i] for i in order],
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
