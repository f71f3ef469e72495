"""Many clients of one address, in a process of their own; each answer is checked.

    python -m tests.support.soak.clients URL --clients 200 --seconds 60 < REVIEWS.json

Standard input is a JSON list of `[review, score, n_words]`. Standard output is a JSON object with
the number of answers of each kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from tests.support.timeouts import HANG_S

TOLERANCE = 1e-4  # of a score; the reviews' scores lie further apart
SHED = (429, 503)

Review = tuple[str, float, int]  # text, score, n_words


class Client:
    """One connection that is kept open, as a browser does."""

    def __init__(self, url: str, counts: Counter[str]) -> None:
        self._address = urlsplit(url)
        self._counts = counts
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, reviews: Sequence[Review], ends_at: float) -> None:
        while (left_s := ends_at - time.monotonic()) > 0:
            review = random.choice(reviews)  # noqa: S311 - no secret
            try:
                async with asyncio.timeout(HANG_S):
                    status, headers, body = await self._ask(review[0])
            except (OSError, EOFError, ValueError) as error:
                self._counts[f"lost: {type(error).__name__}"] += 1
                self._streams = None
                continue
            kind = classify(status, headers, body, review)
            self._counts[kind] += 1
            if kind == "shed":
                wait_s = float(headers[b"retry-after"])
                wait_s *= random.uniform(1, 1.25)  # noqa: S311 - no secret
                await asyncio.sleep(min(wait_s, left_s))
        if self._streams is not None:
            self._streams[1].close()

    async def _ask(self, text: str) -> tuple[int, dict[bytes, bytes], bytes]:
        if self._streams is None:
            host, port = self._address.hostname, self._address.port
            self._streams = await asyncio.open_connection(host, port)
        reader, writer = self._streams
        body = json.dumps({"review": text}).encode()
        writer.write(
            f"POST {self._address.path} HTTP/1.1\r\nHost: {self._address.netloc}\r\n"
            "Content-Type: application/json\r\nAccept: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.strip().split(b"\r\n")
        headers = {
            name.lower(): value.strip() for name, value in (line.split(b":", 1) for line in lines)
        }
        answer = await reader.readexactly(int(headers[b"content-length"]))
        if headers.get(b"connection", b"").lower() == b"close":
            writer.close()
            self._streams = None
        return int(first.split()[1]), headers, answer


def classify(status: int, headers: dict[bytes, bytes], body: bytes, review: Review) -> str:
    """Return 'right', 'shed', or what is wrong with the answer."""
    if status in SHED:
        return "shed" if b"retry-after" in headers else f"{status} without Retry-After"
    if status != 200:
        return f"status {status}"
    answer = json.loads(body)
    _, score, n_words = review
    is_its_own = abs(answer["score"] - score) < TOLERANCE and answer["n_words"] == n_words
    return "right" if is_its_own else "wrong: another review's answer"


async def attack(
    url: str, n_clients: int, seconds: float, reviews: Sequence[Review]
) -> Counter[str]:
    """Return the number of answers of each kind that the clients got."""
    counts: Counter[str] = Counter()
    ends_at = time.monotonic() + seconds
    clients = [Client(url, counts) for _ in range(n_clients)]
    await asyncio.gather(*(client.run(reviews, ends_at) for client in clients))
    return counts


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args(arguments)
    reviews = [(text, score, n) for text, score, n in json.load(sys.stdin)]
    counts = asyncio.run(attack(options.url, options.clients, options.seconds, reviews))
    json.dump(counts, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
