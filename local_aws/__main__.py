"""`python -m local_aws`: print how to use it, then serve until Ctrl-C or SIGTERM.

`python -m local_aws reset --data-dir FOLDER` deletes what was kept there.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from local_aws.errors import LocalAwsError
from local_aws.kept_state import reset
from local_aws.server import LocalAws

_LOOK_S = 0.25  # between two looks for a signal


def main() -> int:
    """Return the exit status after serving until SIGTERM or SIGINT."""
    parser = _parser()
    options = parser.parse_args()
    if options.command == "reset" and options.data_dir is None:
        parser.error("reset needs --data-dir, the folder whose state to delete")
    os.environ.pop("AWS_PROFILE", None)  # not needed here, and botocore fails at unknown ones
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        if options.command == "reset":
            for path in reset(options.data_dir):
                print(f"deleted {path}")
            return 0
        keep = options.data_dir is not None
        running = LocalAws(options.port, options.data_dir, keep=keep, allow_pip=options.allow_pip)
    except LocalAwsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    with running:
        for name, value in running.environment.items():
            print(f"export {name}={value}")
        sys.stdout.flush()
        while not stopping.wait(_LOOK_S):
            pass  # a signal that another thread receives does not wake this one
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local_aws",
        description="Run AWS on 127.0.0.1: SageMaker training jobs, endpoints and batch transform, "
        "Lambda and API Gateway really run; the rest is simulated by moto. "
        "Prints the variables that point AWS clients here. Ctrl-C or SIGTERM ends it; nothing is "
        "kept without --data-dir.",
    )
    parser.add_argument(
        "command", nargs="?", choices=["reset"], help="delete what --data-dir has kept, and end"
    )
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free)")
    parser.add_argument(
        "--data-dir",
        type=Path,
        help="new or own folder that keeps S3, tables, roles, functions, REST APIs, models and "
        "endpoint configurations for the next start",
    )
    parser.add_argument(
        "--allow-pip",
        action="store_true",
        help="install the requirements.txt of jobs and models with pip, apart from local_aws's own "
        "packages and once for all (in ~/.cache/local_aws)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
