"""A picture of how the served model's cost grows with clients, words and instances.

    python -m benchmarks.serving_growth [--model pretrained]

Clients: 1 to 64 clients of one server. Words: one client, reviews of equal length. Instances:
servers with one core each, like the small machines of one endpoint, that share 32 clients.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.pairing import MS_PER_S
from benchmarks.reviews import synthetic_reviews
from benchmarks.servers import Endpoint, our_command, serving, unpack
from sentiment.errors import NotOurs
from sentiment.safe_files import check_file

_CLIENTS = (1, 2, 4, 8, 16, 32, 64)
_WORDS = (25, 50, 100, 200, 400, 800, 1_600)
_REQUESTS = 192
_ALONE = 15


@dataclass(frozen=True)
class Growth:
    """The measured costs, in the order of the sizes."""

    clients: Sequence[int]
    reviews_per_s: list[float]
    p50_ms: list[float]
    p99_ms: list[float]
    words: Sequence[int]
    ms_by_words: list[float]
    instances: Sequence[int]
    reviews_per_s_by_instances: list[float]


def measure(model: Path) -> Growth:
    """Measure all three with synthetic reviews."""
    reviews = synthetic_reviews(model, _REQUESTS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(model, folder)
        command = our_command(folder)
        with serving(command) as port:
            endpoint = Endpoint(port, reviews)
            endpoint.load(8, _REQUESTS)
            loads = [endpoint.load(n, _REQUESTS if n > 1 else _REQUESTS // 4) for n in _CLIENTS]
            by_words = [
                Endpoint(port, [_of_words(reviews, n_words)]).load(1, _ALONE)["latencies_s"]
                for n_words in _WORDS
            ]
        by_instances = [
            _by_instances(["env", "OMP_NUM_THREADS=1", *command], reviews, n) for n in (1, 2)
        ]
    percentiles = [statistics.quantiles(found["latencies_s"], n=100) for found in loads]
    return Growth(
        _CLIENTS,
        [len(found["latencies_s"]) / found["seconds"] for found in loads],
        [each[49] * MS_PER_S for each in percentiles],
        [each[98] * MS_PER_S for each in percentiles],
        _WORDS,
        [statistics.median(latencies_s) * MS_PER_S for latencies_s in by_words],
        (1, 2),
        by_instances,
    )


def _of_words(reviews: Sequence[str], n_words: int) -> str:
    return " ".join(" ".join(reviews).split()[:n_words])


def _by_instances(command: Sequence[str], reviews: Sequence[str], n_instances: int) -> float:
    """Return the reviews a second of `n_instances` servers under load at the same time."""
    with ExitStack() as stack:
        ports = [stack.enter_context(serving(command)) for _ in range(n_instances)]
        endpoints = [Endpoint(port, reviews) for port in ports]
        with ThreadPoolExecutor(n_instances) as pool:
            found = list(pool.map(lambda each: each.load(32 // n_instances, _REQUESTS), endpoints))
    slowest = max(float(each["seconds"]) for each in found)
    return n_instances * _REQUESTS / slowest


def write_plot(growth: Growth, path: Path) -> None:
    """Write an SVG with a plot for each of the three."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "benchmarks"
    from matplotlib import pyplot as plt

    figure, (clients, words, instances) = plt.subplots(
        1, 3, figsize=(12, 3.4), layout="constrained"
    )
    clients.plot(growth.clients, growth.p50_ms, "o-", color="#1b7f5c", label="p50")
    clients.plot(growth.clients, growth.p99_ms, "o--", color="#b3401f", label="p99")
    clients.set(xscale="log", yscale="log", xlabel="clients at a time", ylabel="ms a request")
    clients.legend(frameon=False)
    words.plot(growth.words, growth.ms_by_words, "o-", color="#1b7f5c")
    words.set(
        xscale="log", yscale="log", xlabel="words in the review", ylabel="ms a request, alone"
    )
    instances.bar(
        [str(n) for n in growth.instances], growth.reviews_per_s_by_instances, color="#1b7f5c"
    )
    instances.set(xlabel="instances of one core", ylabel="reviews a second")
    for axes in (clients, words, instances):
        axes.grid(axis="y", which="both", alpha=0.25)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main() -> int:
    """Measure, write the picture and print the figures as JSON; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.serving_growth", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--model",
        metavar="PATH",
        type=Path,
        default=Path("pretrained"),
        help="model.tar.gz or artifact folder to serve (default: %(default)s)",
    )
    parser.add_argument(
        "--to",
        metavar="FILE",
        type=Path,
        default=Path("docs/serving-growth.svg"),
        help="plot to write (default: %(default)s)",
    )
    options = parser.parse_args()
    try:
        check_file(
            options.to, b'<?xml version="1.0" encoding="utf-8" standalone="no"?>\n<!DOCTYPE svg'
        )
    except NotOurs as error:
        print(f"error: {error}; try: --to with {error.hint}", file=sys.stderr)
        return 1
    growth = measure(options.model)
    write_plot(growth, options.to)
    print(json.dumps(asdict(growth) | {"load_average": os.getloadavg()[0]}))
    print(f"written: {options.to}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
