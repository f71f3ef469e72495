"""Fuzz the deployed app with schemathesis, by its own description: part of `make fuzz`.

    python -m tests.support.fuzz.deployed [--seconds 60] [--seed 1]

It deploys the zip and the bundled model on local_aws. Schemathesis then sends valid and invalid
requests, and checks each answer against openapi.yaml.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.paths import APP_FOLDER
from tests.support.soak.__main__ import deployed

_SETTINGS = """
[checks.positive_data_acceptance]
# 422: valid, and no review; generated text seldom is one
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
[checks.negative_data_rejection]
expected-statuses = [400, 403, 405, 413, 415, 422]
[checks.unsupported_method]
enabled = false
"""


def main(arguments: Sequence[str]) -> int:
    """Return schemathesis's exit code: 0 if no answer broke the description."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="at most (default: 60)")
    parser.add_argument("--seed", type=int, default=1, help="of the requests (default: 1)")
    options = parser.parse_args(arguments)
    description = APP_FOLDER / "chalicelib/reference/openapi.yaml"
    with deployed() as url, tempfile.TemporaryDirectory() as folder:
        settings = Path(folder, "schemathesis.toml")
        settings.write_text(_SETTINGS)
        program = Path(sys.executable).with_name("st")
        limits = ["--max-time", f"{options.seconds:.0f}", "--seed", str(options.seed)]
        address = ["--url", url.removesuffix("/review"), *limits]
        command = [*map(str, (program, "--config-file", settings, "run", description)), *address]
        return subprocess.run(command, cwd=folder, check=False).returncode  # it keeps a cache there


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
