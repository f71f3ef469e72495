"""The one time limit of the tests: it ends what hangs, on the slowest machine too."""

from typing import Any

HANG_S = 600.0  # below pytest's own limit, so that the test that waits says what for
# boto3's waiters look every 30 seconds, and some give up after a minute
OFTEN: Any = {"Delay": 0.1, "MaxAttempts": int(HANG_S / 0.1)}
