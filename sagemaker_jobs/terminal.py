"""The terminal as a step sees it: lines and progress on stderr; stdout is for results."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from sagemaker_jobs.errors import Declined

_LINE_EVERY_S = 60.0


class Ui:
    """Lines always; progress bars and questions only at a terminal."""

    def __init__(
        self,
        stream: TextIO | None = None,
        answers: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.stream = sys.stderr if stream is None else stream
        # None where standard input is closed
        self.answers: TextIO | None = sys.stdin if answers is None else answers

    def say(self, line: str) -> None:
        """Print a line on stderr."""
        from tqdm import tqdm

        tqdm.write(line, file=self.stream)  # prints above a progress bar
        self.stream.flush()

    @contextmanager
    def progress(
        self, label: str, total: int, unit: str, *, initial: int = 0
    ) -> Iterator[Callable[[int], object]]:
        """Yield a function to call with each amount done; it shows a bar or a line a minute."""
        from tqdm import tqdm

        if not self.stream.isatty():
            yield self._lines(label, total, initial)
            return
        with tqdm(
            desc=label,
            total=total,
            initial=initial,
            unit=unit,
            unit_scale=unit == "B",
            unit_divisor=1000,
            file=self.stream,
            leave=False,
        ) as bar:
            yield bar.update

    def _lines(self, label: str, total: int, done: int) -> Callable[[int], None]:
        printed_at = self._clock()

        def advance(amount: int) -> None:
            nonlocal done, printed_at
            done += amount
            if self._clock() - printed_at > _LINE_EVERY_S:
                printed_at = self._clock()
                self.say(f"{label}: {done / max(1, total):.0%}")

        return advance

    def confirm(self, question: str, *, otherwise: str) -> None:
        """Return if the user answers yes.

        Raises:
            Declined: the user does not, or there is no terminal; `otherwise` is the hint.
        """
        if self.answers is None or not self.answers.isatty():
            raise Declined("there is no terminal to confirm at", hint=otherwise)
        self.stream.write(f"{question} [y/N] ")
        self.stream.flush()
        if self.answers.readline().strip().lower() not in {"y", "yes"}:
            raise Declined("not confirmed; nothing was changed", hint=otherwise)
