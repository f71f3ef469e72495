"""Requests that are answered together."""

import asyncio
import threading
import time
from collections.abc import Sequence
from functools import partial

import pytest

from sentiment.serving.micro_batching import MicroBatcher, QueueFull
from tests.support.event_loop import run
from tests.support.timeouts import HANG_S


class Model:
    """Says how long each review is; a gate keeps it busy, 'bad' breaks it."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.started = threading.Event()
        self.gate = threading.Event()
        self.gate.set()

    def predict(self, reviews: Sequence[str]) -> list[int]:
        self.batches.append(list(reviews))
        self.started.set()
        assert self.gate.wait(HANG_S)
        if "bad" in reviews:
            raise ValueError("bad")
        return [len(review) for review in reviews]

    def has_begun(self, n_batches: int) -> None:
        """Return when so many batches were begun."""
        give_up_at = time.monotonic() + HANG_S
        while len(self.batches) < n_batches and time.monotonic() < give_up_at:
            time.sleep(0.001)

    async def is_busy(self) -> None:
        assert await asyncio.to_thread(self.started.wait, HANG_S)


@pytest.fixture
def model() -> Model:
    return Model()


def test_an_idle_model_is_asked_at_once_and_alone(model: Model) -> None:
    """Nobody waits for company."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=4)
        assert await batcher.predict(["one"]) == [3]
        assert await batcher.predict(["four", "x"]) == [4, 1]

    run(ask)
    assert model.batches == [["one"], ["four", "x"]]


def test_who_comes_meanwhile_is_answered_together(model: Model) -> None:
    """In one batch, in order of arrival, each with its own results."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=10)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        others = [asyncio.create_task(batcher.predict(["a" * n, "b"])) for n in (2, 3, 4)]
        await asyncio.sleep(0)  # they take their places
        model.gate.set()
        assert await first == [5]
        assert [await other for other in others] == [[2, 1], [3, 1], [4, 1]]

    run(ask)
    assert model.batches == [["first"], ["aa", "b", "aaa", "b", "aaaa", "b"]]


def test_two_threads_share_the_work(model: Model) -> None:
    """A large request is halved; two small ones are computed side by side."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=10, n_threads=2)
        assert await batcher.predict([str(n) for n in range(20)]) == [1] * 10 + [2] * 10
        assert model.batches == [[str(n) for n in range(10)], [str(n) for n in range(10, 20)]]
        model.gate.clear()
        busy = [asyncio.create_task(batcher.predict([text])) for text in ("a", "bb")]
        await asyncio.to_thread(model.has_begun, 4)
        assert sorted(model.batches[2:]) == [["a"], ["bb"]]
        model.gate.set()
        assert [await answer for answer in busy] == [[1], [2]]
        assert await batcher.predict(["again"]) == [5]

    run(ask)


def test_a_full_queue_refuses_at_once(model: Model) -> None:
    """While the model is still busy; when it is done, there is room again."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=2)
        model.gate.clear()
        waiting = [asyncio.create_task(batcher.predict([text])) for text in ("a", "bb")]
        await model.is_busy()
        with pytest.raises(QueueFull):
            await batcher.predict(["c"])
        with pytest.raises(QueueFull):
            await batcher.alone(lambda: 1, "c")
        model.gate.set()
        assert [await answer for answer in waiting] == [[1], [2]]
        assert await batcher.predict(["c"]) == [1]

    run(ask)


def test_a_request_that_breaks_the_model_fails_alone(model: Model) -> None:
    """Its batch mates are computed again without it."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=10)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        others = [asyncio.create_task(batcher.predict([t])) for t in ("good", "bad", "fine!")]
        await asyncio.sleep(0)
        model.gate.set()
        await first
        results = await asyncio.gather(*others, return_exceptions=True)
        assert results[0] == [4]
        assert isinstance(results[1], ValueError)
        assert results[2] == [5]
        assert await batcher.predict(["again"]) == [5]

    run(ask)


def test_who_goes_away_is_not_computed(model: Model) -> None:
    """And spoils nothing for the others; its place is free."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=3)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        gone = asyncio.create_task(batcher.predict(["gone"]))
        stays = asyncio.create_task(batcher.predict(["stays"]))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        more = asyncio.create_task(batcher.predict(["more"]))
        await asyncio.sleep(0)
        model.gate.set()
        assert [await first, await stays, await more] == [[5], [5], [4]]

    run(ask)
    assert model.batches == [["first"], ["stays", "more"]]


def test_a_large_request_lets_others_between(model: Model) -> None:
    """It goes in parts; who comes after it does not wait for all of it."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=10)
        model.gate.clear()
        large = asyncio.create_task(batcher.predict([str(n) for n in range(200)]))
        await model.is_busy()
        small = asyncio.create_task(batcher.predict(["small"]))
        await asyncio.sleep(0)
        model.gate.set()
        assert await small == [5]
        assert not large.done()
        assert await large == [len(str(n)) for n in range(200)]

    run(ask)
    assert max(map(len, model.batches)) <= 64
    assert sum(map(len, model.batches)) == 201


def test_a_part_has_a_bounded_number_of_words(model: Model) -> None:
    """So a request of long reviews does not hold a core longer than one of short reviews."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=10)
        assert await batcher.predict(["x" * 50_000] * 3) == [50_000] * 3
        assert await batcher.predict(["x" * 5_000] * 32) == [5_000] * 32

    run(ask)
    assert list(map(len, model.batches)) == [1, 1, 1, 15, 15, 2]


def test_explanations_take_turns_with_scores(model: Model) -> None:
    """Who asks for a score waits for one explanation, not for all that were asked before."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=20)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        order: list[str] = []
        async with asyncio.TaskGroup() as waiting:
            for name in ("explain 1", "explain 2"):
                work = partial(order.append, name)
                waiting.create_task(batcher.alone(work, name))
            large = waiting.create_task(batcher.predict([str(n) for n in range(200)]))
            large.add_done_callback(lambda _: order.append("large"))
            await asyncio.sleep(0)
            waiting.create_task(batcher.alone(partial(order.append, "explain 3"), "late"))
            await asyncio.sleep(0)
            model.gate.set()
        await first
        assert order == ["explain 1", "explain 2", "explain 3", "large"]

    run(ask)


def test_an_explanation_that_nobody_waits_for_is_not_made(model: Model) -> None:
    """Its client left while the model was busy."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=4)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        made: list[str] = []
        gone = asyncio.create_task(batcher.alone(partial(made.append, "gone"), "gone"))
        await asyncio.sleep(0)
        gone.cancel()
        model.gate.set()
        await first
        assert await batcher.predict(["again"]) == [5]
        assert made == []

    run(ask)


def test_the_queue_is_counted_by_words(model: Model) -> None:
    """Large requests are refused once too much waits; a small one still gets its turn."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=50, most_words=100_000)
        model.gate.clear()
        large = ["x" * 50_000] * 20  # 200,600 words
        waiting = [asyncio.create_task(batcher.predict(large))]
        await model.is_busy()
        with pytest.raises(QueueFull):
            await batcher.predict(large)
        small = asyncio.create_task(batcher.predict(["small"]))
        await asyncio.sleep(0)
        model.gate.set()
        assert await small == [5]
        assert not waiting[0].done()
        await waiting[0]
        assert await batcher.predict(large) == [50_000] * 20

    run(ask)


def test_other_work_is_done_between_batches(model: Model) -> None:
    """In the same thread, so that the two never share the cores."""

    async def ask() -> None:
        batcher = MicroBatcher(model.predict, most_waiting=4)
        model.gate.clear()
        first = asyncio.create_task(batcher.predict(["first"]))
        await model.is_busy()
        other = asyncio.create_task(batcher.alone(lambda: len(model.batches), "c"))
        await asyncio.sleep(0)
        assert not other.done()
        model.gate.set()
        assert await other == 1
        assert await first == [5]

    run(ask)


def test_nothing_to_compute_is_answered(model: Model) -> None:
    """A request all of whose items are at fault asks for no review."""

    async def ask() -> None:
        assert await MicroBatcher(model.predict, most_waiting=1).predict([]) == []

    run(ask)
    assert model.batches == []
