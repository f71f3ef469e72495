"""Score files, scoring on this machine, and metrics."""
