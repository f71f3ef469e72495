"""Answer requests that arrive while the model is busy together.

An idle model answers a request at once, alone. Requests that arrive while it is busy form the next
batches, one for each core that becomes free. So batches grow with the load, and reviews in a batch
take less time than one after the other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar

_MOST_REVIEWS = 64  # of a batch; a larger request is split, and others run between its parts
_FEWEST_REVIEWS = 8  # of a part; splitting further does not make two cores faster than one

Result = TypeVar("Result")
Other = TypeVar("Other")


class QueueFullError(Exception):
    """As many requests as may wait are waiting."""


@dataclass(frozen=True)
class _Part(Generic[Result]):
    reviews: Sequence[str]
    answer: asyncio.Future[list[Result]]


class MicroBatcher(Generic[Result]):
    """Runs `predict` in threads of its own, over the reviews of all requests that wait.

    `predict` returns one result a review, in order, none of which depends on the others. It runs
    `n_threads` times at once, each on one core.
    """

    def __init__(
        self,
        predict: Callable[[Sequence[str]], list[Result]],
        most_waiting: int,
        n_threads: int = 1,
    ) -> None:
        self._predict = predict
        self._most_waiting = most_waiting
        self._n_threads = n_threads
        self._n_waiting = 0
        self._parts: deque[_Part[Result]] = deque()
        self._n_busy = 0
        self._workers: set[asyncio.Task[None] | None] = set()
        self._threads = ThreadPoolExecutor(n_threads, "model")

    async def predict(self, reviews: Sequence[str]) -> list[Result]:
        """Return one result a review, in order.

        Raises:
            QueueFullError: at once, if too many requests are waiting.
        """
        with self._place():
            size = min(max(-(-len(reviews) // self._n_threads), _FEWEST_REVIEWS), _MOST_REVIEWS)
            parts = [reviews[start : start + size] for start in range(0, len(reviews), size)]
            results: list[Result] = []
            for first in range(0, len(parts), self._n_threads):
                answers = [self._queue(part) for part in parts[first : first + self._n_threads]]
                try:
                    for answer in answers:
                        results += await answer
                finally:
                    for answer in answers:
                        answer.cancel()  # the client has gone away, or one of them failed
            return results

    async def alone(self, work: Callable[[], Other]) -> Other:
        """Return what `work` returns, computed between two batches.

        Raises:
            QueueFullError: at once, if too many requests are waiting.
        """
        with self._place():
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if self._n_waiting >= self._most_waiting:
            raise QueueFullError
        self._n_waiting += 1
        try:
            yield
        finally:
            self._n_waiting -= 1

    def _queue(self, reviews: Sequence[str]) -> asyncio.Future[list[Result]]:
        """Return a future with the results, one a review."""
        answer: asyncio.Future[list[Result]] = asyncio.get_running_loop().create_future()
        self._parts.append(_Part(reviews, answer))
        if len(self._workers) < self._n_threads:
            self._workers.add(asyncio.create_task(self._work()))
        return answer

    async def _work(self) -> None:
        try:
            while self._parts:
                batch = self._take_batch()
                self._n_busy += 1
                try:
                    await self._answer(batch)
                finally:
                    self._n_busy -= 1
        finally:
            self._workers -= {asyncio.current_task()}

    def _take_batch(self) -> list[_Part[Result]]:
        """Take a free core's share of the queue, oldest first; skip clients that have gone."""
        batch: list[_Part[Result]] = []
        n_reviews = 0
        share = sum(len(part.reviews) for part in self._parts) / (self._n_threads - self._n_busy)
        most = min(share, _MOST_REVIEWS)
        while self._parts and (not batch or n_reviews + len(self._parts[0].reviews) <= most):
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
            results = iter(await loop.run_in_executor(self._threads, self._predict, reviews))
        except Exception as error:  # noqa: BLE001 - passed on to the request
            if len(batch) == 1:
                _settle(batch[0].answer, error)
            else:
                for part in batch:  # one request is at fault, and must not fail the others
                    await self._answer([part])
            return
        for part in batch:
            found = [next(results) for _ in part.reviews]
            if not part.answer.done():
                part.answer.set_result(found)


def _settle(answer: asyncio.Future[list[Result]], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
