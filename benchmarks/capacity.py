"""How many instances answer a load in time: a simulation of the model server's queue.

    python -m benchmarks.capacity [--p95-ms 250] [--vcpus 2] [--rate 1 100 10000]
    python -m benchmarks.capacity --check [--model pretrained]

Its assumptions are those of docs/scaling.md:

- Requests arrive at random (Poisson), one review each. Review lengths are lognormal, with IMDB's
  median of 174 words and mean of 232; 1,024 words are read at most.
- SageMaker sends each request to a random instance. So an instance of c gets a c-th of them at
  random, and one instance is simulated: M/G/v for its v vCPUs, with the server's micro-batches.
- A vCPU needs a fixed time for a batch, for each review and for each word. Nothing else runs on it,
  and the network takes no time.

`--check` measures the server here. It counts processor time, so other programs on the machine
matter little. Three loads of equal reviews fit the times. The simulation of several clients with
reviews of all lengths is then compared with what these get from whole cores.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import os
import random
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

_MOST_REVIEWS = 64  # of a batch, as sentiment.serving.micro_batching
_MOST_WORDS = 16_000
_WORDS_READ = 1_024
_MEDIAN_WORDS, _MEAN_WORDS = 174, 232
_N_REQUESTS = 20_000
_MS = 1_000
_CHECK_REQUESTS = 240
_CHECK_CLIENTS = 16
_SHORT, _LONG = 25, 800  # words
_PRECISION = 1.02  # of the highest rate


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
    words: Callable[[random.Random], int] = draw_words,
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
        instance.queue.append((arrival, 0, words(draw)))
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


def find_rate(service: Service, n_vcpus: int, p95_s: float) -> float:
    """Return the highest rate at which one instance answers 95 % of requests within `p95_s`.

    Zero if it cannot even answer single requests so fast.
    """

    def is_met(rate: float) -> bool:
        return percentile(simulate_rate(service, n_vcpus, rate), 0.95) <= p95_s

    low, high = 0.1, service.reviews_per_s * n_vcpus
    if not is_met(low):
        return 0.0
    while is_met(high):
        low, high = high, high * 2
    while high / low > _PRECISION:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if is_met(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class Check:
    """Reviews a second of whole cores, measured with several clients and simulated."""

    service: Service
    n_clients: int
    n_cores: int
    measured_per_s: float
    simulated_per_s: float
    load_average: float


def check(model: Path) -> Check:
    """Fit the times to the server here, and compare the simulation with it."""
    from benchmarks.reviews import synthetic_reviews
    from benchmarks.servers import our_command, serving_process, unpack
    from sentiment.artifact.onnx_network import usable_cores

    n_cores = usable_cores()
    mixed = synthetic_reviews(model, _CHECK_REQUESTS)
    of_words = " ".join(mixed).split()
    short, long = (" ".join(of_words[:n]) for n in (_SHORT, _LONG))
    with tempfile.TemporaryDirectory() as name:
        unpack(model, Path(name))
        with serving_process(our_command(Path(name))) as (port, process):
            measure = partial(_processor_seconds, port, process)
            measure(mixed, _CHECK_CLIENTS)  # warms up
            alone, alone_long = measure([short], 1), measure([long], 1, _CHECK_REQUESTS // 4)
            together = measure([short], _CHECK_CLIENTS)
            mixed_s = measure(mixed, _CHECK_CLIENTS)
    a_batch = _CHECK_CLIENTS // n_cores  # what waits when a core is free
    word_s = (alone_long - alone) / (_LONG - _SHORT)
    batch_s = max(alone - together, 0.0) / (1 - 1 / a_batch)
    service = Service(batch_s, max(alone - batch_s - _SHORT * word_s, 0.0), word_s)
    words = [len(review.split()) for review in mixed]
    simulated, _ = simulate_clients(service, n_cores, _CHECK_CLIENTS, words)
    return Check(service, _CHECK_CLIENTS, n_cores, n_cores / mixed_s, simulated, os.getloadavg()[0])


def _processor_seconds(
    port: int,
    process: int,
    reviews: Sequence[str],
    n_clients: int,
    n_requests: int = _CHECK_REQUESTS,
) -> float:
    """Return the server's processor time for a request, with that many clients."""
    from benchmarks.servers import Endpoint

    before = _processor_time(process)
    Endpoint(port, reviews).load(n_clients, n_requests)
    return (_processor_time(process) - before) / n_requests


def _processor_time(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # user and system


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the instances for each rate, or the check as JSON; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.capacity", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="measure the server here, and compare the simulation with it",
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=Path("pretrained"),
        help="model.tar.gz or artifact folder to serve for --check (default: %(default)s)",
    )
    parser.add_argument(
        "--rate",
        metavar="N",
        type=float,
        nargs="+",
        default=[1.0, 100.0, 10_000.0],
        help="reviews per second to plan for (default: 1 100 10000)",
    )
    parser.add_argument(
        "--vcpus",
        metavar="N",
        type=int,
        default=2,
        help="vCPUs of an instance (default: %(default)s)",
    )
    parser.add_argument(
        "--p95-ms",
        metavar="MS",
        type=float,
        default=250.0,
        help="time within which 95 %% of the answers come (default: %(default)s)",
    )
    for part in ("batch", "review", "word"):
        default = getattr(MEASURED, f"{part}_s") * _MS
        parser.add_argument(
            f"--{part}-ms",
            metavar="MS",
            type=float,
            default=default,
            help=f"time of one vCPU for each {part} (default: %(default)s)",
        )
    options = parser.parse_args(arguments)
    if options.check:
        print(json.dumps(asdict(check(options.model)), indent=2))
        return 0
    service = Service(options.batch_ms / _MS, options.review_ms / _MS, options.word_ms / _MS)
    most = find_rate(service, options.vcpus, options.p95_ms / _MS)
    print(
        f"one vCPU answers {service.reviews_per_s:.0f} reviews a second; an instance of "
        f"{options.vcpus} answers 95 % of {most:.0f} a second within {options.p95_ms:.0f} ms"
    )
    if not most:
        return 1
    for rate in options.rate:
        print(f"{rate:10,.0f} a second: {math.ceil(rate / most):6,} instances")
    return 0


if __name__ == "__main__":
    sys.exit(main())
