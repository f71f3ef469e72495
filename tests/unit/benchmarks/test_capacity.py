"""The simulation of the server's queue, against laws of queueing theory."""

import statistics

import pytest

from benchmarks.capacity import find_rate, main
from benchmarks.server_queue import (
    MEASURED,
    Service,
    percentile,
    simulate_clients,
    simulate_rate,
)

ONE_SECOND_IN_TEN = Service(batch_s=0.0, review_s=0.1, word_s=0.0)


def test_a_request_to_an_idle_server_takes_its_own_time() -> None:
    """Nobody waits where one request comes in an hour."""
    found = simulate_rate(ONE_SECOND_IN_TEN, 2, 1 / 3_600, n_requests=500)
    assert found == pytest.approx([0.1] * 500)


@pytest.mark.parametrize("load", [0.3, 0.6, 0.8])
def test_one_core_without_batches_waits_as_pollaczek_and_khinchine_say(load: float) -> None:
    """M/D/1: the mean wait is load / (2 * (1 - load)) services."""
    found = simulate_rate(ONE_SECOND_IN_TEN, 1, load * 10, n_requests=40_000, most_reviews=1)
    assert statistics.mean(found) - 0.1 == pytest.approx(0.1 * load / (2 * (1 - load)), rel=0.1)


def test_clients_share_what_the_cores_give() -> None:
    """A closed loop keeps both cores busy, and each client waits for its turn."""
    per_s, found = simulate_clients(ONE_SECOND_IN_TEN, 2, 8, [100] * 400)
    assert per_s == pytest.approx(20)
    assert statistics.median(found) == pytest.approx(8 / 20)
    alone, _ = simulate_clients(ONE_SECOND_IN_TEN, 2, 1, [100] * 40)
    assert alone == pytest.approx(10)


def test_batches_serve_more_where_a_batch_costs() -> None:
    """What a batch costs is shared by its reviews."""
    costly = Service(batch_s=0.1, review_s=0.01, word_s=0.0)
    alone, _ = simulate_clients(costly, 1, 1, [100] * 50)
    together, _ = simulate_clients(costly, 1, 16, [100] * 800)
    assert together > 5 * alone


def test_the_rate_that_is_found_is_met_and_a_higher_one_is_not() -> None:
    """And two cores take more than twice what one takes: a free core is found more often."""
    rates = [find_rate(MEASURED, n_vcpus, 0.25) for n_vcpus in (1, 2)]
    assert rates[1] > 2 * rates[0]
    assert percentile(simulate_rate(MEASURED, 2, rates[1]), 0.95) <= 0.25
    assert percentile(simulate_rate(MEASURED, 2, 1.1 * rates[1]), 0.95) > 0.25
    assert find_rate(Service(batch_s=1.0, review_s=0.0, word_s=0.0), 2, 0.25) == 0.0


def test_the_program_prints_the_instances_of_each_rate(capsys: pytest.CaptureFixture[str]) -> None:
    """As docs/scaling.md has them."""
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["1", "a", "second:", "1", "instances"]
    assert len(lines) == 4
    assert main(["--p95-ms", "1"]) == 1
