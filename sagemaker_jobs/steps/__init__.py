"""One module a command, each with a `STEP` that `cli` lists."""
