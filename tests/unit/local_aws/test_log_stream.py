"""Lines of a program's output, as they come."""

from __future__ import annotations

import os

from local_aws.log_stream import follow_lines
from tests.support.timeouts import HANG_S


def test_who_catches_up_has_all_that_was_written() -> None:
    """Whole lines at once, one without an end at the output's end; none twice."""
    for _ in range(50):
        seen: list[str] = []
        reading, writing = os.pipe()
        follower = follow_lines(os.fdopen(reading, "rb"), seen.append)
        os.write(writing, b"one\r\n\ntw")
        follower.catch_up()
        assert seen == ["one", ""]
        os.write(writing, "o\ndrei \u00e4".encode()[:-1] + b"\n" + b"end")
        follower.catch_up()
        assert seen[2:] == ["two", "drei \ufffd"]
        os.close(writing)
        follower.join(HANG_S)
        assert seen[4:] == ["end"]
        follower.catch_up()  # of what is closed nothing comes
        assert len(seen) == 5
