"""Requests that arrive while the model is busy are answered together.

Nobody waits for company: a request that finds the model idle is computed at once, alone. Those that
arrive meanwhile make the next batch. So batches grow with the load, and one LSTM pass over many
reviews takes little longer than over one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

_MOST_REVIEWS = 64  # of a batch; a larger request goes in parts, and others go between them

Result = TypeVar("Result")
Other = TypeVar("Other")


class QueueFullError(Exception):
    """As many requests as may wait are waiting."""


@dataclass(frozen=True)
class _Part(Generic[Result]):
    reviews: Sequence[str]
    answer: asyncio.Future[list[Result]]


class MicroBatcher(Generic[Result]):
    """Runs `predict` in a thread of its own, over the reviews of all requests that wait.

    `predict` returns one result a review, in order, none of which depends on the others.
    """

    def __init__(self, predict: Callable[[Sequence[str]], list[Result]], most_waiting: int) -> None:
        self._predict = predict
        self._most_waiting = most_waiting
        self._n_waiting = 0
        self._parts: deque[_Part[Result]] = deque()
        self._worker: asyncio.Task[None] | None = None
        # The network uses all cores for one batch; batches side by side would only share them.
        self._thread = ThreadPoolExecutor(1, "model")

    async def predict(self, reviews: Sequence[str]) -> list[Result]:
        """One result a review, in order.

        Raises:
            QueueFullError: at once, where too many requests are waiting.
        """
        with self._place():
            results: list[Result] = []
            for start in range(0, len(reviews), _MOST_REVIEWS):
                results += await self._join_a_batch(reviews[start : start + _MOST_REVIEWS])
            return results

    async def alone(
        self, work: Callable[[], Other], ready: Awaitable[object] | None = None
    ) -> Other:
        """What `work` returns, computed between two batches once `ready` is done.

        Raises:
            QueueFullError: at once, where too many requests are waiting.
        """
        with self._place():
            if ready is not None:
                await ready
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._n_waiting >= self._most_waiting:
            raise QueueFullError
        self._n_waiting += 1
        try:
            yield
        finally:
            self._n_waiting -= 1

    async def _join_a_batch(self, reviews: Sequence[str]) -> list[Result]:
        answer: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        self._parts.append(_Part(reviews, answer))
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        try:
            while self._parts:
                await self._answer(self._take_batch())
        finally:
            self._worker = None

    def _take_batch(self) -> list[_Part[Result]]:
        """What waits, in order of arrival, as far as it fits; who has gone away is left out."""
        batch: list[_Part[Result]] = []
        n_reviews = 0
        while self._parts and n_reviews + len(self._parts[0].reviews) <= _MOST_REVIEWS:
            part = self._parts.popleft()
            if not part.answer.cancelled():
                batch.append(part)
                n_reviews += len(part.reviews)
        return batch

    async def _answer(self, batch: Sequence[_Part[Result]]) -> None:
        reviews = [review for part in batch for review in part.reviews]
        if not reviews:
            return
        loop = asyncio.get_running_loop()
        try:
            results = iter(await loop.run_in_executor(self._thread, self._predict, reviews))
        except Exception as error:  # noqa: BLE001 - it goes to whom it belongs
            if len(batch) == 1:
                _settle(batch[0].answer, error)
            else:
                for part in batch:  # one of them is at fault; the others are not to suffer
                    await self._answer([part])
            return
        for part in batch:
            found = [next(results) for _ in part.reviews]
            if not part.answer.done():
                part.answer.set_result(found)


def _settle(answer: asyncio.Future[list[Result]], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
