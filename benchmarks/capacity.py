"""How many instances answer a load in time: a simulation of the model server's queue.

    python -m benchmarks.capacity [--p95-ms 250] [--vcpus 2] [--rate 1 100 10000]
    python -m benchmarks.capacity --check [--model pretrained]

SageMaker sends each request to a random instance, so one of c gets a c-th of them at random.
`server_queue` simulates that one; docs/scaling.md has the assumptions.

`--check` measures the server here. It counts processor time, so other programs on the machine
matter little. Three loads of equal reviews fit the times. The simulation of several clients with
reviews of all lengths is then compared with what these get from whole cores.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.server_queue import (
    MEASURED,
    Service,
    percentile,
    simulate_clients,
    simulate_rate,
)

_MS = 1_000
_CHECK_REQUESTS = 240
_CHECK_CLIENTS = 16
_SHORT, _LONG = 25, 800  # words
_PRECISION = 1.02  # of the highest rate


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
