"""Asynchronous tests, in a thread of their own: the browser tests fill the main one."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.support.timeouts import HANG_S


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Return when the test is through. Raises what it raises, and TimeoutError."""

    def within_time() -> None:
        asyncio.run(asyncio.wait_for(test(), HANG_S))

    with ThreadPoolExecutor(1) as thread:
        thread.submit(within_time).result()
