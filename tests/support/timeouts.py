"""The one time limit of the tests: it ends what hangs, on the slowest machine too."""

HANG_S = 600.0  # below pytest's own limit, so that the test that waits says what for
