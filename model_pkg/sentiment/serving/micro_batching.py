"""Answer requests that arrive while the model is busy together.

An idle model answers a request at once, alone. Requests that arrive while it is busy form the next
batches, one for each core that becomes free. So batches grow with the load, and reviews in a batch
take less time than one after the other.

A large request runs in parts and queues again after each, so that small ones take turns with it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

WORDS_PER_SECOND = 50_000  # on a slow core; words as `count_words` counts them
_MOST_REVIEWS = 64  # of a batch
_MOST_WORDS = 16_000  # of a batch; one review may have more
_FEWEST_REVIEWS = 8  # of a part; splitting further does not make two cores faster than one
_CHARACTERS_A_WORD = 5  # counting the words would take as long as reading the review
_REVIEW_WORDS = 30  # a review of one word takes as long as this many further words
_EXPLANATION = 4  # times as long as a score

Result = TypeVar("Result")
Other = TypeVar("Other")


class QueueFull(Exception):
    """As much work as may wait is waiting."""


def count_words(review: str) -> int:
    """Return the work of scoring a review: an estimate of its words, from its length.

    >>> count_words("A wonderful film."), count_words("x" * 100_000)
    (33, 20030)
    """
    return _REVIEW_WORDS + len(review) // _CHARACTERS_A_WORD


@dataclass(eq=False)
class _Request:
    """What of a request is still to be done."""

    n_words: int


@dataclass(frozen=True)
class _Part:
    """Work that runs without a break: some reviews of a request, or `work` alone."""

    reviews: Sequence[str]
    n_words: int
    answer: asyncio.Future[Any]
    work: Callable[[], Any] | None = None


class MicroBatcher(Generic[Result]):
    """Runs `predict` in threads of its own, over the reviews of all requests that wait.

    `predict` returns one result a review, in order, none of which depends on the others. It runs
    `n_threads` times at once, each on one core. At most `most_waiting` requests wait. A request is
    refused if more than `most_words` words of other requests would be computed before its end.
    """

    def __init__(
        self,
        predict: Callable[[Sequence[str]], list[Result]],
        most_waiting: int,
        n_threads: int = 1,
        most_words: int = 60 * WORDS_PER_SECOND,
    ) -> None:
        self._predict = predict
        self._most_waiting = most_waiting
        self._most_words = most_words
        self._n_threads = n_threads
        self._requests: set[_Request] = set()
        self._parts: deque[_Part] = deque()
        self._n_busy = 0
        self._workers: set[asyncio.Task[None] | None] = set()
        self._threads = ThreadPoolExecutor(n_threads, "model")

    async def predict(self, reviews: Sequence[str]) -> list[Result]:
        """Return one result a review, in order.

        Raises:
            QueueFull: at once, if too much work is waiting.
        """
        words = [count_words(review) for review in reviews]
        with self._place(sum(words)) as request:
            size = min(max(-(-len(reviews) // self._n_threads), _FEWEST_REVIEWS), _MOST_REVIEWS)
            parts = list(_split(words, size))
            results: list[Result] = []
            for first in range(0, len(parts), self._n_threads):
                turn = [
                    self._queue(reviews[part], sum(words[part]))
                    for part in parts[first : first + self._n_threads]
                ]
                for part in await _all(turn):
                    results += part
                request.n_words = sum(words[len(results) :])
            return results

    async def alone(self, work: Callable[[], Other], review: str) -> Other:
        """Return what `work`, an explanation of the review, returns; no batch includes it.

        Raises:
            QueueFull: at once, if too much work is waiting.
        """
        with self._place(_EXPLANATION * count_words(review)) as request:
            found: Other = (await _all([self._queue([], request.n_words, work)]))[0]
            return found

    @contextmanager
    def _place(self, n_words: int) -> Iterator[_Request]:
        turn = max(n_words, self._n_threads * _MOST_WORDS)
        before = sum(min(request.n_words, turn) for request in self._requests)
        if len(self._requests) >= self._most_waiting or before > self._most_words:
            raise QueueFull
        request = _Request(n_words)
        self._requests.add(request)
        try:
            yield request
        finally:
            self._requests.remove(request)

    def _queue(
        self, reviews: Sequence[str], n_words: int, work: Callable[[], Any] | None = None
    ) -> asyncio.Future[Any]:
        """Return a future with the part's result: one a review, or what `work` returns."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._parts.append(_Part(reviews, n_words, answer, work))
        if len(self._workers) < self._n_threads:
            self._workers.add(asyncio.create_task(self._work()))
        return answer

    async def _work(self) -> None:
        try:
            while batch := self._take_batch():
                self._n_busy += 1
                try:
                    await self._answer(batch)
                finally:
                    self._n_busy -= 1
        finally:
            self._workers -= {asyncio.current_task()}

    def _take_batch(self) -> list[_Part]:
        """Take a free core's share of the queue, oldest first; forget clients that have gone."""
        self._parts = deque(part for part in self._parts if not part.answer.done())
        share = sum(len(part.reviews) for part in self._parts) / (self._n_threads - self._n_busy)
        batch: list[_Part] = []
        n_reviews = n_words = 0
        while self._parts:
            part = self._parts[0]
            n_reviews += len(part.reviews)
            n_words += part.n_words
            if batch and (
                part.work is not None
                or n_reviews > min(share, _MOST_REVIEWS)
                or n_words > _MOST_WORDS
            ):
                break
            batch.append(self._parts.popleft())
            if part.work is not None:
                break
        return batch

    async def _answer(self, batch: Sequence[_Part]) -> None:
        reviews = [review for part in batch for review in part.reviews]
        work = batch[0].work or (lambda: self._predict(reviews))
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except Exception as error:  # noqa: BLE001 - passed on to the request
            if len(batch) > 1:
                for part in batch:  # one request is at fault, and must not fail the others
                    await self._answer([part])
            elif not batch[0].answer.done():
                batch[0].answer.set_exception(error)
            return
        if batch[0].work is not None:
            _settle(batch[0], found)
            return
        results = iter(found)
        for part in batch:
            _settle(part, [next(results) for _ in part.reviews])


def _split(words: Sequence[int], n_reviews: int) -> Iterator[slice]:
    """Yield parts of at most `n_reviews` reviews; those of several reviews have bounded words."""
    start = n_words = 0
    for i, n in enumerate(words):
        if i > start and (i - start == n_reviews or n_words + n > _MOST_WORDS):
            yield slice(start, i)
            start, n_words = i, 0
        n_words += n
    if words:
        yield slice(start, len(words))


async def _all(answers: Sequence[asyncio.Future[Any]]) -> list[Any]:
    """Return all results; if the client leaves or one of them fails, cancel the others."""
    try:
        return [await answer for answer in answers]
    finally:
        for answer in answers:
            answer.cancel()


def _settle(part: _Part, result: Any) -> None:
    if not part.answer.done():
        part.answer.set_result(result)
