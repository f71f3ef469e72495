"""The endpoint: one review at a time, and 32 clients at once, against a plain server.

Both servers serve the same untrained classic model over HTTP on loopback. The clients are a
separate process on the same cores.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from benchmarks.pairing import MS_PER_S, take_turns
from benchmarks.reviews import sample_reviews
from benchmarks.servers import Endpoint, endpoints
from benchmarks.stage import TOLERANCE, Measurement, Setting, Stage, max_difference, require

_CLIENTS = 32


def measure_one(setting: Setting) -> Measurement:
    """Measure the median time of a request with one client and the same classic model."""
    found = _measured(setting)
    return Measurement(*found.one, note=f"{found.n_one} requests a round", checked=found.checked)


def measure_many(setting: Setting) -> Measurement:
    """Measure the time a review with 32 clients and the same classic model, one process each."""
    found = _measured(setting)
    rate = MS_PER_S / statistics.median(found.many[1])
    return Measurement(
        *found.many,
        note=f"{found.n_plain} requests plainly and {found.n_ours} by us a round, {rate:.0f} "
        f"reviews a second; the clients' own work is {found.clients_share:.0%} of a core",
        checked=found.checked,
    )


def measure_tail(setting: Setting) -> Measurement:
    """Measure p99 over p50 of our requests in the same rounds."""
    found = _measured(setting)
    middle, tail = (statistics.median(values) for values in zip(*found.quantiles, strict=True))
    return Measurement(
        [],
        [tail / middle for middle, tail in found.quantiles],
        note=f"{found.n_ours} requests a round; p50 {middle * MS_PER_S:.0f} ms, "
        f"p99 {tail * MS_PER_S:.0f} ms",
        checked=found.checked,
        details={"p50_p99_s": found.quantiles},
    )


def measure_served(setting: Setting) -> Measurement:
    """Measure the served model's time a review against the plain classic one's."""
    from benchmarks import one_review
    from sentiment.serving.predictor import Predictor

    reviews = sample_reviews(setting, setting.size(10, 300))
    predictor = Predictor.load(setting.model)
    rounds = [one_review.measure(predictor, reviews) for _ in range(setting.size(2, 5))]
    return Measurement(
        [found.classic_ms for found in rounds],
        [found.served_ms for found in rounds],
        note=f"{len(reviews)} reviews a round, text to probability, without HTTP",
        checked="nothing: these are two models; the model card has the served one's accuracy",
    )


def measure_explained(setting: Setting) -> Measurement:
    """Measure the served model's time to explain a review against its time to score it."""
    from benchmarks import one_review
    from sentiment.artifact.onnx_network import usable_cores
    from sentiment.serving.predictor import Predictor

    reviews = sample_reviews(setting, setting.size(10, 300))
    predictor = Predictor.load(setting.model)
    for review in reviews:
        plain, explained = predictor.predict([review])[0], predictor.explain(review)
        require(
            equal=abs(plain.score - explained.score) < TOLERANCE,  # type: ignore[union-attr]
            what="an explained review has another score",
        )
    rounds = [
        one_review.medians(
            [
                [partial(predictor.predict, [review]) for review in reviews],
                [partial(predictor.explain, review) for review in reviews],
            ]
        )
        for _ in range(setting.size(2, 5))
    ]
    return Measurement(
        [plain for plain, _ in rounds],
        [explained for _, explained in rounds],
        note=f"{len(reviews)} reviews a round, {usable_cores()} threads, without HTTP",
        checked="the scores are equal",
    )


@dataclass(frozen=True)
class _Found:
    """The clients' figures over the rounds."""

    n_one: int
    n_plain: int
    n_ours: int
    one: tuple[list[float], list[float]]  # p50 of one client, ms, plain and ours
    many: tuple[list[float], list[float]]  # ms a review with 32 clients
    quantiles: list[tuple[float, float]]  # our p50 and p99 with 32 clients, seconds
    clients_share: float  # of one core, which the 32 clients use while they load our server
    checked: str


@lru_cache(maxsize=1)
def _measured(setting: Setting) -> _Found:
    """Measure three rows of the table with servers that are started once."""
    n_one, n_plain, n_ours = (
        setting.size(*sizes) for sizes in ((16, 100), (32, 128), (384, 1_024))
    )
    found: list[dict[str, Any]] = []
    with endpoints(setting, n_ours) as (plain, ours):
        checked = _compare(plain, ours)
        ours.load(_CLIENTS, n_ours)  # fill the caches of words and memory

        def by_us() -> float:
            found.append(ours.load(_CLIENTS, n_ours))
            return float(found[-1]["seconds"]) / n_ours * MS_PER_S

        def plainly() -> float:
            return float(plain.load(_CLIENTS, n_plain)["seconds"]) / n_plain * MS_PER_S

        one = take_turns(
            partial(_median_ms, plain, n_one), partial(_median_ms, ours, n_one), setting.size(3, 9)
        )
        many = take_turns(plainly, by_us, setting.size(3, 7))
    shares = [each["busy_s"] / each["seconds"] for each in found]
    quantiles = [_quantiles(each["latencies_s"]) for each in found]
    return _Found(n_one, n_plain, n_ours, one, many, quantiles, statistics.median(shares), checked)


def _median_ms(endpoint: Endpoint, n_requests: int) -> float:
    latencies_s: list[float] = endpoint.load(1, n_requests)["latencies_s"]
    return statistics.median(latencies_s) * MS_PER_S


def _quantiles(latencies_s: Sequence[float]) -> tuple[float, float]:
    """Return the median and the 99th percentile."""
    percentiles = statistics.quantiles(latencies_s, n=100)
    return statistics.median(latencies_s), percentiles[98]


def _compare(plain: Endpoint, ours: Endpoint) -> str:
    """Compare both servers' scores of the first reviews, ours also from batches."""
    n = min(32, len(plain.reviews))
    expected = plain.load(1, n)["scores"]
    for n_clients in (1, _CLIENTS):
        apart = max_difference(expected, ours.load(n_clients, n)["scores"])
        require(equal=apart <= TOLERANCE, what=f"scores differ by {apart:.1e}")
    spread = max(expected) - min(expected)
    require(equal=spread > 100 * TOLERANCE, what="the model gives every review the same score")
    return f"scores of {n} reviews within {TOLERANCE:g}, alone and in batches"


_stage = partial(Stage, forget=_measured.cache_clear)

STAGES = (
    _stage("one review at the endpoint, p50", "times_faster", 5, "ms", measure_one),
    _stage("endpoint, 32 clients", "times_faster", 12, "ms a review", measure_many),
    _stage("endpoint, 32 clients, p99 over p50", "at_most", 6, "times", measure_tail),
    Stage(
        "one review, the served model over the classic one plainly",
        "times_as_long",
        0.7,
        "ms",
        measure_served,
    ),
    Stage(
        "one review, explaining over judging, the served model",
        "times_as_long",
        3,
        "ms",
        measure_explained,
    ),
)
