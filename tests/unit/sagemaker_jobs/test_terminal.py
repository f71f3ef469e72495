"""What a step says where nobody is at a terminal."""

import io
import sys

import pytest

from sagemaker_jobs.errors import Declined
from sagemaker_jobs.terminal import Ui


def test_away_from_a_terminal_progress_is_a_line_now_and_then() -> None:
    """A log shows that long work goes on, and is not filled with bars."""
    now = 0.0
    said = io.StringIO()
    with Ui(said, clock=lambda: now).progress("training", 200, "%", initial=10) as advance:
        for _ in range(5):
            now += 20
            advance(10)
    assert said.getvalue() == "training: 25%\n"


def test_a_closed_standard_input_confirms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can say yes, so it was no."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(Declined, match="there is no terminal"):
        Ui(io.StringIO()).confirm("Remove all?", otherwise="--yes")
