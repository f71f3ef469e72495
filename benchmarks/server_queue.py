"""A simulation of the model server's queue: the time of each request under a load.

- Requests arrive at random (Poisson), one review each. Review lengths are lognormal, with IMDB's
  median of 174 words and mean of 232; 1,024 words are read at most.
- One instance is simulated: M/G/v for its v vCPUs, with the server's micro-batches.
- A vCPU needs a fixed time for a batch, for each review and for each word. Nothing else runs on it,
  and the network takes no time.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

_MOST_REVIEWS = 64  # of a batch, as sentiment.serving.micro_batching
_MOST_WORDS = 16_000
_WORDS_READ = 1_024
_MEDIAN_WORDS, _MEAN_WORDS = 174, 232
_N_REQUESTS = 20_000


@dataclass(frozen=True)
class Service:
    """The seconds that one vCPU needs for a batch, for each of its reviews, and for each word."""

    batch_s: float
    review_s: float
    word_s: float

    def seconds(self, words: Sequence[int]) -> float:
        """Return the time of a batch of reviews with these numbers of words."""
        n_words = sum(min(n, _WORDS_READ) for n in words)
        return self.batch_s + len(words) * self.review_s + n_words * self.word_s

    @property
    def reviews_per_s(self) -> float:
        """Return the reviews of mean length that one vCPU answers one by one."""
        return 1 / self.seconds([_MEAN_WORDS])


MEASURED = Service(batch_s=0.0027, review_s=0.0, word_s=0.000059)  # docs/scaling.md


@dataclass
class _Instance:
    """A server with its queue; times are seconds since the start of the simulation."""

    service: Service
    n_vcpus: int
    most_reviews: int = _MOST_REVIEWS
    queue: deque[tuple[float, int, int]] = field(default_factory=deque)  # arrival, client, words
    ends: list[tuple[float, int, list[tuple[float, int, int]]]] = field(default_factory=list)
    n_started: int = 0

    def start(self, now: float) -> None:
        """Let each free vCPU take its share of the queue, as `MicroBatcher` does."""
        while self.queue and len(self.ends) < self.n_vcpus:
            share = min(len(self.queue) / (self.n_vcpus - len(self.ends)), self.most_reviews)
            batch = [self.queue.popleft()]
            n_words = batch[0][2]
            while (
                self.queue and len(batch) + 1 <= share and n_words + self.queue[0][2] <= _MOST_WORDS
            ):
                batch.append(self.queue.popleft())
                n_words += batch[-1][2]
            self.n_started += 1
            end = now + self.service.seconds([words for _, _, words in batch])
            heapq.heappush(self.ends, (end, self.n_started, batch))


def draw_words(draw: random.Random) -> int:
    """Return the number of words of a random review."""
    sigma = math.sqrt(2 * math.log(_MEAN_WORDS / _MEDIAN_WORDS))
    return max(1, round(draw.lognormvariate(math.log(_MEDIAN_WORDS), sigma)))


def simulate_rate(
    service: Service,
    n_vcpus: int,
    rate: float,
    *,
    n_requests: int = _N_REQUESTS,
    most_reviews: int = _MOST_REVIEWS,
) -> list[float]:
    """Return the seconds that each request takes when `rate` of them arrive a second."""
    draw = random.Random(1)  # noqa: S311 - a simulation, the same each time
    instance = _Instance(service, n_vcpus, most_reviews)
    found: list[float] = []
    arrival = 0.0
    for _ in range(n_requests):
        arrival += draw.expovariate(rate)
        while instance.ends and instance.ends[0][0] <= arrival:
            _end(instance, found)
        instance.queue.append((arrival, 0, draw_words(draw)))
        instance.start(arrival)
    while instance.ends:
        _end(instance, found)
    return found


def simulate_clients(
    service: Service, n_vcpus: int, n_clients: int, words: Sequence[int]
) -> tuple[float, list[float]]:
    """Return the requests a second, and the seconds of each, of clients that wait for answers."""
    waiting = deque(words)
    instance = _Instance(service, n_vcpus)
    found: list[float] = []
    for client in range(min(n_clients, len(waiting))):
        instance.queue.append((0.0, client, waiting.popleft()))
    now = 0.0
    instance.start(now)
    while instance.ends:
        now, batch = _end(instance, found, restart=False)
        for _, client, _ in batch:
            if waiting:
                instance.queue.append((now, client, waiting.popleft()))
        instance.start(now)
    return len(words) / now, found


def _end(
    instance: _Instance, found: list[float], *, restart: bool = True
) -> tuple[float, list[tuple[float, int, int]]]:
    """End the batch that is due first; add its requests' times to `found`."""
    now, _, batch = heapq.heappop(instance.ends)
    found += [now - arrival for arrival, _, _ in batch]
    if restart:
        instance.start(now)
    return now, batch


def percentile(seconds: Sequence[float], share: float) -> float:
    """Return the time within which that share of the requests is answered.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.0
    """
    ordered = sorted(seconds)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
