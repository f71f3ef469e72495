"""Busy loops beside a command."""

import sys

import psutil

from tools.busy_loops import busy_loops, main


def test_loops_end_with_the_block() -> None:
    """They are there in the block, and none of them behind it."""
    before = set(psutil.Process().children())
    with busy_loops(2):
        loops = set(psutil.Process().children()) - before
        assert len(loops) == 2
    assert not any(loop.is_running() for loop in loops)


def test_the_commands_exit_code_is_passed_on() -> None:
    """So that make fails where the tests do."""
    assert main([sys.executable, "-c", "raise SystemExit(3)"]) == 3
